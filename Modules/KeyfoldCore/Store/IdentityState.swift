/// The state of a store as a value: the fold of journal entries. Written to be obviously right, not to be
/// fast.
///
/// The memory store keeps one; a rebuild from the journal makes one and compares its digest.
public struct IdentityState: Sendable {
  package struct Tid: Sendable, Hashable {
    var bornAt: Timestamp
    var parent: TID?
    /// Sequence of the commit that merged it into the one above it.
    var merged: Int64?
    var revoked = false
  }

  package struct Place: Sendable, Hashable {
    let key: Key
    let origin: TID
  }

  package struct Spot: Sendable, Hashable {
    let tid: TID
    let name: ExactText
  }

  package private(set) var space: Space
  package private(set) var sequence: Int64 = 0
  package private(set) var tids: [TID: Tid] = [:]
  private var children: [TID: [TID]] = [:]
  private var claims: [Place: Claim] = [:]
  private var origins: [Key: Set<TID>] = [:]
  private var keysOf: [TID: Set<Key>] = [:]
  private var released = ReleasedClaims()
  private var activity: [Spot: Activity] = [:]
  private var data: [Spot: Datum] = [:]
  private var spotsOf: [TID: (activity: Set<ExactText>, data: Set<ExactText>)] = [:]
  package private(set) var separations: Set<TIDPair> = []
  private var spentHandoffs: [Digest: Timestamp] = [:]
  package private(set) var pending: [PendingKey.ID: PendingKey] = [:]
  /// The memory of capture ids; without content where the profile was erased.
  private var captures: [Digest: (content: Digest, sequence: Int64)?] = [:]
  /// Nil where nobody will ask for erased TIDs.
  private var tombstones: Tombstones?
  package private(set) var conflicts: [ExactText: Int] = [:]

  /// An empty state.
  public init(space: Space) { self.space = space }

  /// An empty state that can tell erased TIDs from unknown ones.
  ///
  /// - Parameter digests: made with the store's secret.
  package init(space: Space, digests: KeyedDigests) {
    self.space = space
    tombstones = Tombstones(key: digests)
  }

  /// Looks at the same state with another space's eyes.
  package mutating func use(_ space: Space) {
    self.space = space
    func renewed(_ key: Key) -> Key { space.storedKey(attribute: key.attribute, value: key.value) }
    func renewed(_ claim: Claim) -> Claim {
      Claim(
        key: renewed(claim.key), origin: claim.origin, verified: claim.verified,
        capturedAt: claim.capturedAt, commit: claim.commit, ordinal: claim.ordinal)
    }
    pending = pending.mapValues { entry in
      PendingKey(
        id: entry.id, tid: entry.tid, key: renewed(entry.key), touchpoint: entry.touchpoint, at: entry.at,
        queuedAt: entry.queuedAt)
    }
    let (old, gone) = (claims.values, released.all)
    claims = [:]
    origins = [:]
    keysOf = [:]
    for claim in old { put(renewed(claim)) }
    released = ReleasedClaims()
    for one in gone { keep(ReleasedClaim(claim: renewed(one.claim), sequence: one.sequence, why: one.why)) }
  }

  // MARK: Folding

  /// Applies one entry. Entries must come in order of their sequence.
  public mutating func apply(_ entry: JournalEntry) {
    sequence = entry.sequence
    for effect in entry.effects { apply(effect, sequence: entry.sequence) }
    if case .operation(.erased(let capture?)) = entry.event { captures[capture] = .some(nil) }
    guard case .capture(let record) = entry.event else { return }
    if let identity = record.identity { captures[identity.id] = (identity.content, entry.sequence) }
    for attribute in entry.conflicts { conflicts[ExactText(attribute), default: 0] += 1 }
  }

  private mutating func apply(_ effect: Effect, sequence: Int64) {
    switch effect {
    case .born(let tid, let at, let parent):
      tids[tid] = Tid(bornAt: at, parent: parent)
      if let parent { children[parent, default: []].append(tid) }
    case .merged(let tid, let primary, _):
      tids[tid]?.parent = primary
      tids[tid]?.merged = sequence
      children[primary, default: []].append(tid)
    case .unmerged(let tid, let parent):
      tids[tid]?.parent = nil
      tids[tid]?.merged = nil
      children[parent]?.removeAll { $0 == tid }
    case .revoked(let tid): tids[tid]?.revoked = true
    case .separated(let a, let b): separations.insert(TIDPair(a, b))
    case .separationRemoved(let a, let b): separations.remove(TIDPair(a, b))
    case .handoffSpent(let number, let expires): spentHandoffs[number] = expires
    case .pendingQueued(let entry): pending[entry.id] = entry
    case .pendingSettled(let id, _): pending[id] = nil
    case .erased(let tombstone): tombstones?.insert(tombstone)
    case .claimed, .verified, .released, .restored: applyClaim(effect, sequence: sequence)
    case .active, .datum: applyRecord(effect, sequence: sequence)
    }
  }

  private mutating func applyClaim(_ effect: Effect, sequence: Int64) {
    switch effect {
    case .claimed(let key, let origin, let verified, let at, let ordinal):
      put(
        Claim(
          key: key, origin: origin, verified: verified, capturedAt: at, commit: sequence, ordinal: ordinal))
    case .verified(let key, let origin, let at, let ordinal):
      put(Claim(key: key, origin: origin, verified: true, capturedAt: at, commit: sequence, ordinal: ordinal))
    case .released(let key, let origin, let verified, let why):
      let claim = claims.removeValue(forKey: Place(key: key, origin: origin))
      origins[key]?.remove(origin)
      keysOf[origin]?.remove(key)
      if why == .invalid {
        released.forget(key, origin: origin, verified: verified)
      } else if let claim, isAccompanied(origin) {
        keep(ReleasedClaim(claim: claim, sequence: sequence, why: why))
      }
    case .restored(let claim):
      put(claim)
      released.forget(claim.key, origin: claim.origin, verified: claim.verified)
    default: break
    }
  }

  private mutating func put(_ claim: Claim) {
    claims[Place(key: claim.key, origin: claim.origin)] = claim
    origins[claim.key, default: []].insert(claim.origin)
    keysOf[claim.origin, default: []].insert(claim.key)
  }

  /// Keeps a released claim for an unmerge.
  package mutating func keep(_ claim: ReleasedClaim) { released.keep(claim) }

  /// Whether other TIDs are in the profile: only then an unmerge may bring back what is released.
  private func isAccompanied(_ tid: TID) -> Bool {
    tids[tid]?.parent != nil || !(children[tid] ?? []).isEmpty
  }

  private mutating func applyRecord(_ effect: Effect, sequence: Int64) {
    switch effect {
    case .active(let tid, let touchpoint, let at):
      let spot = Spot(tid: tid, name: ExactText(touchpoint))
      var known = activity[spot] ?? Activity(tid: tid, touchpoint: touchpoint, count: 0, first: at, last: at)
      known.count += 1
      known.first = min(known.first, at)
      known.last = max(known.last, at)
      activity[spot] = known
      spotsOf[tid, default: ([], [])].activity.insert(spot.name)
    case .datum(let tid, let name, let value, let at):
      let spot = Spot(tid: tid, name: ExactText(name))
      if let known = data[spot], known.at > at { return }
      data[spot] = Datum(tid: tid, name: name, value: value, at: at, commit: sequence)
      spotsOf[tid, default: ([], [])].data.insert(spot.name)
    default: break
    }
  }

  // MARK: Looking

  /// The primary TID of the profile a TID is in; nil where it is unknown.
  package func root(of tid: TID) -> TID? {
    guard var record = tids[tid] else { return nil }
    var root = tid
    while let parent = record.parent, let next = tids[parent] {
      root = parent
      record = next
    }
    return root
  }

  private func members(of root: TID) -> [TID] {
    var members = [root]
    var next = 0
    while next < members.count {
      members += children[members[next]] ?? []
      next += 1
    }
    return members
  }

  package var roots: [TID] { tids.filter { $0.value.parent == nil }.map(\.key).sorted() }

  private func records(_ members: [TID]) -> [TIDRecord] {
    members.compactMap { tid in
      tids[tid].map { TIDRecord(tid: tid, bornAt: $0.bornAt, parent: $0.parent, revoked: $0.revoked) }
    }
  }

  private func claims(_ members: [TID]) -> [Claim] {
    members.flatMap { origin in
      (keysOf[origin] ?? []).compactMap { claims[Place(key: $0, origin: origin)] }
    }
  }

  /// The profile a TID is in.
  package func profile(of tid: TID) -> Profile? {
    guard let root = root(of: tid) else { return nil }
    let members = members(of: root)
    return Profile(
      tids: records(members), claims: claims(members),
      activity: members.flatMap { tid in
        (spotsOf[tid]?.activity ?? []).compactMap { activity[Spot(tid: tid, name: $0)] }
      },
      data: members.flatMap { tid in (spotsOf[tid]?.data ?? []).compactMap { data[Spot(tid: tid, name: $0)] }
      })
  }

  /// Claims on a key, the verified one first, the others oldest first.
  package func claims(on key: Key) -> [Claim] {
    (origins[key] ?? []).compactMap { claims[Place(key: key, origin: $0)] }
      .sorted { $0.verified != $1.verified ? $0.verified : $1.isNewer(than: $0) }
  }

  package func counts() -> StoreCounts {
    var counts = StoreCounts()
    counts.tids = tids.count
    counts.profiles = roots.count
    counts.keys = claims.values.count { $0.verified }
    counts.unverified = claims.count - counts.keys
    counts.pending = pending.count
    counts.conflicts = conflicts
    counts.nearLimit = roots.count { root in
      let members = members(of: root)
      let live = members.count { !(tids[$0]?.revoked ?? true) }
      let keys = claims(members).count { $0.verified }
      return live >= StoreCounts.nearLimit(of: space.rules.maxTidsPerProfile)
        || keys >= StoreCounts.nearLimit(of: space.rules.maxKeysPerProfile)
    }
    return counts
  }

  /// What a footprint names.
  package func snapshot(_ footprint: Footprint) -> Snapshot {
    var snapshot = Snapshot(sequence: sequence + 1)
    var indices: [TID: Int] = [:]
    func index(_ root: TID) -> Int {
      if let known = indices[root] { return known }
      let members = members(of: root)
      let waiting = pending.values.filter { members.contains($0.tid) }.sorted { $0.id < $1.id }
      snapshot.profiles.append(
        ProfileView(tids: records(members), claims: claims(members), pending: waiting))
      indices[root] = snapshot.profiles.count - 1
      return snapshot.profiles.count - 1
    }
    snapshot.tids = footprint.tids.map { tid in
      guard let record = tids[tid], let root = root(of: tid) else {
        return isErased(tid) ? .erased : .unknown
      }
      return record.revoked ? .revoked(index(root)) : .live(index(root))
    }
    snapshot.owners = footprint.keys.map { key in
      claims(on: key).first { $0.verified }.flatMap { root(of: $0.origin) }.map(index)
    }
    for pair in separations.sorted() {
      guard let a = root(of: pair.first).flatMap({ indices[$0] }),
        let b = root(of: pair.second).flatMap({ indices[$0] })
      else { continue }
      snapshot.separations.append(Snapshot.Separation(profiles: (a, b), tids: (pair.first, pair.second)))
    }
    if let id = footprint.captureID, let memory = captures[id] {
      snapshot.memory = memory.map { .captured(content: $0.content, sequence: $0.sequence) } ?? .erased
    }
    snapshot.handoffSpent = footprint.handoff.map { spentHandoffs[$0] != nil } ?? false
    snapshot.freshExists = footprint.fresh.map { tids[$0] != nil || isErased($0) } ?? false
    snapshot.pendingTotal = pending.count
    if footprint.wantsPast, let tid = footprint.tids.first { snapshot.past = past(of: tid) }
    return snapshot
  }

  private func isErased(_ tid: TID) -> Bool { tombstones?.contains(tid) ?? false }

  private func past(of tid: TID) -> Snapshot.Past? {
    guard let record = tids[tid], let root = root(of: tid) else { return nil }
    let released = released.of(members(of: root))
    let taken = released.map(\.claim.key).filter { key in claims(on: key).contains { $0.verified } }
    return Snapshot.Past(merged: record.merged, released: released, taken: Set(taken))
  }

  /// All claims that were released and may come back.
  package var releasedClaims: [ReleasedClaim] { released.all }

  /// The claim of that kind that was released and may come back.
  package func releasedClaim(on key: Key, origin: TID, verified: Bool) -> ReleasedClaim? {
    released.of(key, origin: origin, verified: verified)
  }

  // MARK: Erasing

  /// The end of the profile a TID is in; nil where it is unknown.
  package func erasure(of tid: TID) -> Erasure? {
    guard let profile = profile(of: tid) else { return nil }
    let members = profile.tids.map(\.tid)
    return Erasure(
      of: profile, released: released.of(members),
      pending: pending.values.filter { members.contains($0.tid) }, in: space)
  }

  /// Whether a TID that is none of these claims a key, or owned it and may get it back.
  package func isHeld(_ key: Key, byOthersThan tids: Set<TID>) -> Bool {
    (origins[key] ?? []).contains { !tids.contains($0) }
      || released.all.contains { $0.claim.key == key && $0.claim.verified && !tids.contains($0.claim.origin) }
  }
}
