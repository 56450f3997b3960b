import KeyfoldCore

extension StateIndex {
  func record(_ number: UInt32) -> TIDRecord {
    let entry = tids[number]
    return TIDRecord(
      tid: entry.tid, bornAt: entry.bornAt, parent: entry.parent == none ? nil : tids[entry.parent].tid,
      revoked: entry.revoked)
  }

  private func claim(_ entry: ClaimEntry) -> Claim {
    Claim(
      key: key(entry.key), origin: tids[entry.origin].tid, verified: entry.verified,
      capturedAt: entry.capturedAt,
      commit: entry.commit, ordinal: Int(entry.ordinal))
  }

  private func claims(_ members: [UInt32]) -> [Claim] {
    var found: [Claim] = []
    for member in members {
      var number = tids[member].firstClaim
      while number != none {
        let entry = claims[number]
        found.append(claim(entry))
        number = entry.nextOfOrigin
      }
    }
    return found
  }

  func profile(root: UInt32) -> Profile {
    let members = members(of: root)
    return Profile(
      tids: members.map(record), claims: claims(members),
      activity: members.flatMap { member in
        list(tids[member].firstSeen, in: seen, next: \.next).map { entry in
          Activity(
            tid: tids[member].tid, touchpoint: touchpoints[entry.touchpoint], count: entry.count,
            first: entry.first, last: entry.last)
        }
      },
      data: members.flatMap { member in
        list(tids[member].firstDatum, in: data, next: \.next).map { entry in
          Datum(
            tid: tids[member].tid, name: dataNames[entry.name], value: texts.string(entry.value),
            at: entry.at,
            commit: entry.commit)
        }
      })
  }

  /// Claims on a key, the verified one first, the others oldest first.
  func claims(on key: Key) -> [Claim] {
    guard let number = number(of: key) else { return [] }
    return list(keys[number].firstClaim, in: claims, next: \.nextOfKey).map(claim)
      .sorted { $0.verified != $1.verified ? $0.verified : $1.isNewer(than: $0) }
  }

  /// Numbers of the primary TIDs, in order of the TIDs.
  var roots: [UInt32] {
    (0..<UInt32(tids.count)).filter { tids[$0].parent == none && !tids[$0].isErased }.sorted {
      tids[$0].tid < tids[$1].tid
    }
  }

  func counts() -> StoreCounts {
    var counts = StoreCounts()
    counts.tids = tids.count - erasedCount
    counts.profiles = primaryCount
    counts.keys = verifiedCount
    counts.unverified = unverifiedCount
    counts.pending = pending.count
    counts.conflicts = conflicts
    for root in roots where isNearLimit(root) { counts.nearLimit += 1 }
    return counts
  }

  private func isNearLimit(_ root: UInt32) -> Bool {
    var (live, verified) = (0, 0)
    for member in members(of: root) {
      if !tids[member].revoked { live += 1 }
      var number = tids[member].firstClaim
      while number != none {
        if claims[number].verified { verified += 1 }
        number = claims[number].nextOfOrigin
      }
    }
    return live >= StoreCounts.nearLimit(of: space.rules.maxTidsPerProfile)
      || verified >= StoreCounts.nearLimit(of: space.rules.maxKeysPerProfile)
  }

  // MARK: Snapshots

  /// What a footprint names.
  func snapshot(_ footprint: Footprint) -> Snapshot {
    var snapshot = Snapshot(sequence: sequence + 1)
    var places: [UInt32] = []
    for tid in footprint.tids {
      guard let number = number(of: tid) else {
        snapshot.tids.append(tombstones.contains(tid) ? .erased : .unknown)
        continue
      }
      let place = place(of: root(of: number), &places, &snapshot)
      snapshot.tids.append(tids[number].revoked ? .revoked(place) : .live(place))
    }
    snapshot.owners.reserveCapacity(footprint.keys.count)
    for key in footprint.keys {
      snapshot.owners.append(owner(of: key).map { place(of: $0, &places, &snapshot) })
    }
    if let id = footprint.captureID, let known = capture(id) {
      snapshot.memory =
        known.sequence == 0 ? .erased : .captured(content: known.content, sequence: known.sequence)
    }
    snapshot.handoffSpent = footprint.handoff.map { handoffs[$0] != nil } ?? false
    snapshot.freshExists = footprint.fresh.map { number(of: $0) != nil || tombstones.contains($0) } ?? false
    snapshot.pendingTotal = pending.count
    if places.count > 1 && !separations.isEmpty { addSeparations(places, &snapshot) }
    if footprint.wantsPast, let tid = footprint.tids.first { snapshot.past = past(of: tid) }
    return snapshot
  }

  private func owner(of key: Key) -> UInt32? {
    guard let number = number(of: key) else { return nil }
    var claim = keys[number].firstClaim
    while claim != none {
      if claims[claim].verified { return root(of: claims[claim].origin) }
      claim = claims[claim].nextOfKey
    }
    return nil
  }

  /// The place of a profile in the snapshot; adds it where it is not there yet.
  private func place(of root: UInt32, _ places: inout [UInt32], _ snapshot: inout Snapshot) -> Int {
    if let known = places.firstIndex(of: root) { return known }
    let members = members(of: root)
    var waiting: [PendingKey] = []
    if !pending.isEmpty {
      let own = Set(members.map { tids[$0].tid })
      waiting = pending.values.filter { own.contains($0.tid) }.sorted { $0.id < $1.id }
    }
    snapshot.profiles.append(
      ProfileView(tids: members.map(record), claims: claims(members), pending: waiting))
    places.append(root)
    return places.count - 1
  }

  func past(of tid: TID) -> Snapshot.Past? {
    guard let number = number(of: tid) else { return nil }
    let merge = tids[number].past == none ? 0 : past[merge: tids[number].past]
    var found = Snapshot.Past(merged: merge == 0 ? nil : merge, released: [], taken: [])
    for member in members(of: root(of: number)) where tids[member].past != none {
      for entry in past.released(tids[member].past) {
        let claim = Claim(
          key: key(entry.key), origin: tids[member].tid, verified: entry.verified,
          capturedAt: entry.capturedAt, commit: entry.commit, ordinal: Int(entry.ordinal))
        found.released.append(ReleasedClaim(claim: claim, sequence: entry.released, why: entry.why))
        if owner(of: claim.key) != nil { found.taken.insert(claim.key) }
      }
    }
    return found
  }

  private func addSeparations(_ places: [UInt32], _ snapshot: inout Snapshot) {
    for pair in separations.sorted() {
      guard let a = number(of: pair.first).flatMap({ places.firstIndex(of: root(of: $0)) }),
        let b = number(of: pair.second).flatMap({ places.firstIndex(of: root(of: $0)) })
      else { continue }
      snapshot.separations.append(Snapshot.Separation(profiles: (a, b), tids: (pair.first, pair.second)))
    }
  }

  // MARK: Checking

  /// Everything that contradicts itself.
  func problems() -> [String] {
    var problems: [String] = []
    for number in 0..<UInt32(tids.count) where tids[number].parent != none {
      var steps = 0
      var above = number
      while tids[above].parent != none, steps <= tids.count {
        above = tids[above].parent
        steps += 1
      }
      if steps > tids.count { problems.append("the TID \(tids[number].tid) is above itself") }
    }
    for number in 0..<UInt32(keys.count) {
      let owners = list(keys[number].firstClaim, in: claims, next: \.nextOfKey).count { $0.verified }
      if owners > 1 { problems.append("the key \(key(number)) has \(owners) owners") }
    }
    return problems
  }
}
