import KeyfoldCore

/// Names and numbers of attributes in one database.
struct AttributeNumbers: Sendable {
  /// Number by place in the space.
  private(set) var byStrength: [Int64] = []
  /// Name, and place in the space, by number; attributes the space no longer has included.
  private var attributes: [Int64: (name: String, strength: Int)] = [:]
  private var numbers: [ExactText: Int64] = [:]

  init(_ connection: Connection, space: Space) throws(StoreError) {
    let statement = try connection.prepare("SELECT id, name FROM attributes")
    defer { statement.finalize() }
    while try statement.step() {
      let (number, name) = (statement.int(0), statement.text(1))
      attributes[number] = (name, space.strength(of: name) ?? .max)
      numbers[ExactText(name)] = number
    }
    for attribute in space.attributes {
      guard let number = numbers[ExactText(attribute.name)] else {
        throw StoreError(.damaged, "the store has no number for the attribute '\(attribute.name)'")
      }
      byStrength.append(number)
    }
  }

  /// The name of an attribute; empty for a number that none has.
  func name(_ number: Int64) -> String { attributes[number]?.name ?? "" }

  /// A key as the database has it.
  func key(attribute number: Int64, value: String) -> Key {
    let (name, strength) = attributes[number] ?? ("", .max)
    return Key(attribute: name, value: value, strength: strength)
  }

  /// The number of a key's attribute; 0, which no attribute has, for one this store never saw.
  func number(_ key: Key) -> Int64 {
    key.strength < byStrength.count ? byStrength[key.strength] : numbers[ExactText(key.attribute)] ?? 0
  }
}

/// Reads profiles and snapshots over one connection, inside a transaction that its owner opened.
struct Reader {
  let connection: Connection
  let space: Space
  let attributes: AttributeNumbers
  /// Made with the store's secret.
  let digests: KeyedDigests

  /// The counters that change with commits.
  struct Head {
    var sequence: Int64
    /// The number the next TID gets.
    var nextNumber: Int64
    var pending: Int
    var separations: Int
    /// Changes with the rules of the space.
    var revision: Int64
    /// Whether any TID was ever erased.
    var hasErased: Bool
  }

  func head() throws(StoreError) -> Head {
    let row = try connection.statement(.readHead)
    defer { row.reset() }
    guard try row.step() else { throw StoreError(.damaged, "the store has lost its head row") }
    return Head(
      sequence: row.int(0), nextNumber: row.int(1), pending: Int(row.int(2)), separations: Int(row.int(3)),
      revision: row.int(4), hasErased: row.bool(5))
  }

  /// Whether a TID that is not there was erased.
  private func isErased(_ tid: TID, _ head: Head) throws(StoreError) -> Bool {
    guard head.hasErased else { return false }
    let row = try connection.statement(.erased).bind(1, digests.tombstone(of: tid))
    defer { row.reset() }
    return try row.step()
  }

  /// The number of the primary TID above a TID; nil where it is unknown.
  func root(of tid: TID) throws(StoreError) -> Int64? {
    let row = try connection.statement(.tid).bind(1, tid)
    defer { row.reset() }
    return try row.step() ? row.int(1) : nil
  }

  func key(attribute: Int64, value: String) -> Key {
    attributes.key(attribute: attribute, value: value)
  }

  /// The TIDs of a profile and their numbers, which have the same places.
  func members(root: Int64) throws(StoreError) -> (records: [TIDRecord], numbers: [Int64]) {
    let row = try connection.statement(.members).bind(1, root)
    defer { row.reset() }
    var records: [TIDRecord] = []
    var numbers: [Int64] = []
    var parents: [Int64] = []
    // Most profiles need no more; growing from one element on takes as long as reading them.
    records.reserveCapacity(8)
    numbers.reserveCapacity(8)
    parents.reserveCapacity(8)
    while try row.step() {
      numbers.append(row.int(0))
      parents.append(row.isNull(3) ? 0 : row.int(3))
      records.append(TIDRecord(tid: try row.tid(1), bornAt: row.time(2), parent: nil, revoked: row.bool(4)))
    }
    if records.isEmpty { throw StoreError(.damaged, "a profile has no TIDs; run 'keyfold check'") }
    for (place, parent) in parents.enumerated() where parent != 0 {
      guard let index = numbers.firstIndex(of: parent) else {
        throw StoreError(.damaged, "a TID's parent is in another profile; run 'keyfold check'")
      }
      records[place].parent = records[index].tid
    }
    return (records, numbers)
  }

  func claims(root: Int64, records: [TIDRecord], numbers: [Int64]) throws(StoreError) -> [Claim] {
    let row = try connection.statement(.claimsOfProfile).bind(1, root)
    defer { row.reset() }
    var claims: [Claim] = []
    claims.reserveCapacity(8)
    while try row.step() {
      let origin = row.int(3)
      guard let index = numbers.firstIndex(of: origin) else { continue }
      claims.append(
        Claim(
          key: key(attribute: row.int(0), value: row.text(1)), origin: records[index].tid,
          verified: row.int(2) == 0,
          capturedAt: row.time(4), commit: row.int(5), ordinal: Int(row.int(6))))
    }
    return claims
  }

  func pending(root: Int64) throws(StoreError) -> [PendingKey] {
    try pendingKeys(try connection.statement(.pendingOfProfile).bind(1, root))
  }

  func pendingKeys(_ row: Statement) throws(StoreError) -> [PendingKey] {
    defer { row.reset() }
    var entries: [PendingKey] = []
    while try row.step() {
      entries.append(
        PendingKey(
          id: PendingKey.ID(commit: row.int(0), ordinal: Int(row.int(1))), tid: try row.tid(2),
          key: key(attribute: row.int(3), value: row.text(4)), touchpoint: row.text(5), at: row.time(6),
          queuedAt: row.time(7)))
    }
    return entries
  }

  func profile(root: Int64) throws(StoreError) -> Profile {
    let (records, numbers) = try members(root: root)
    var activity: [Activity] = []
    let seen = try connection.statement(.activityOfProfile).bind(1, root)
    while try seen.step() {
      activity.append(
        Activity(
          tid: try seen.tid(0), touchpoint: seen.text(1), count: Int(seen.int(2)), first: seen.time(3),
          last: seen.time(4)))
    }
    var data: [Datum] = []
    let row = try connection.statement(.dataOfProfile).bind(1, root)
    while try row.step() {
      data.append(
        Datum(
          tid: try row.tid(0), name: row.text(1), value: row.text(2), at: row.time(3), commit: row.int(4)))
    }
    return Profile(
      tids: records, claims: try claims(root: root, records: records, numbers: numbers), activity: activity,
      data: data)
  }
}

/// What was gathered for one step: the snapshot, and the numbers behind its TIDs.
struct Gathered {
  var snapshot: Snapshot
  /// Root numbers, in the places of the snapshot's profiles.
  var roots: [Int64] = []
  /// Numbers of the TIDs of each profile, in their places.
  var numbers: [[Int64]] = []

  /// Number and root of a TID of a gathered profile.
  func number(of tid: TID) -> (number: Int64, root: Int64)? {
    for (place, profile) in snapshot.profiles.enumerated() {
      for (index, record) in profile.tids.enumerated() where record.tid == tid {
        return (numbers[place][index], roots[place])
      }
    }
    return nil
  }
}

extension Reader {
  /// Reads everything a footprint names.
  func gather(_ footprint: Footprint, head: Head) throws(StoreError) -> Gathered {
    var gathered = Gathered(snapshot: Snapshot(sequence: head.sequence + 1))
    for tid in footprint.tids {
      let row = try connection.statement(.tid).bind(1, tid)
      guard try row.step() else {
        gathered.snapshot.tids.append(try isErased(tid, head) ? .erased : .unknown)
        continue
      }
      let (root, revoked) = (row.int(1), row.bool(2))
      row.reset()
      let index = try place(of: root, head, &gathered)
      gathered.snapshot.tids.append(revoked ? .revoked(index) : .live(index))
    }
    gathered.snapshot.owners.reserveCapacity(footprint.keys.count)
    for key in footprint.keys {
      let row = try connection.statement(.owner).bind(1, attributes.number(key)).bind(2, key.value)
      let root = try row.step() ? row.int(0) : nil
      row.reset()
      gathered.snapshot.owners.append(
        try root.map { root throws(StoreError) in try place(of: root, head, &gathered) })
    }
    try gatherRest(footprint, head: head, &gathered)
    return gathered
  }

  private func gatherRest(_ footprint: Footprint, head: Head, _ gathered: inout Gathered) throws(StoreError) {
    if let id = footprint.captureID {
      let row = try connection.statement(.capture).bind(1, id)
      if try row.step() {
        gathered.snapshot.memory =
          row.int(1) == 0 ? .erased : .captured(content: try row.digest(0), sequence: row.int(1))
      }
      row.reset()
    }
    if let number = footprint.handoff {
      let row = try connection.statement(.handoff).bind(1, number)
      gathered.snapshot.handoffSpent = try row.step()
      row.reset()
    }
    if let fresh = footprint.fresh {
      let row = try connection.statement(.tid).bind(1, fresh)
      let exists = try row.step()
      row.reset()
      gathered.snapshot.freshExists = exists ? true : try isErased(fresh, head)
    }
    if footprint.wantsPast, let tid = footprint.tids.first { gathered.snapshot.past = try past(of: tid) }
    if head.separations > 0 && gathered.roots.count > 1 { try gatherSeparations(&gathered) }
    gathered.snapshot.pendingTotal = head.pending
  }

  /// The place of a profile in the snapshot; reads it where it is not there yet.
  private func place(of root: Int64, _ head: Head, _ gathered: inout Gathered) throws(StoreError) -> Int {
    if let known = gathered.roots.firstIndex(of: root) { return known }
    let (records, numbers) = try members(root: root)
    gathered.snapshot.profiles.append(
      ProfileView(
        tids: records, claims: try claims(root: root, records: records, numbers: numbers),
        pending: head.pending > 0 ? try pending(root: root) : []))
    gathered.roots.append(root)
    gathered.numbers.append(numbers)
    return gathered.roots.count - 1
  }

  func past(of tid: TID) throws(StoreError) -> Snapshot.Past? {
    guard let root = try root(of: tid) else { return nil }
    let merge = try connection.statement(.mergeOf).bind(1, tid)
    var past = Snapshot.Past(merged: try merge.step() ? merge.int(0) : nil, released: [], taken: [])
    merge.reset()
    let row = try connection.statement(.releasedOfProfile).bind(1, root)
    defer { row.reset() }
    while try row.step() {
      let claim = Claim(
        key: key(attribute: row.int(0), value: row.text(1)), origin: try row.tid(3), verified: row.bool(2),
        capturedAt: row.time(4), commit: row.int(5), ordinal: Int(row.int(6)))
      guard let why = Effect.Release(rawValue: row.text(8)) else {
        throw StoreError(.damaged, "a claim was released for no reason; run 'keyfold check'")
      }
      past.released.append(ReleasedClaim(claim: claim, sequence: row.int(7), why: why))
      if row.bool(9) { past.taken.insert(claim.key) }
    }
    return past
  }

  private func gatherSeparations(_ gathered: inout Gathered) throws(StoreError) {
    let row = try connection.statement(.separationsOf)
    defer { row.reset() }
    while try row.step() {
      guard let a = gathered.roots.firstIndex(of: row.int(2)),
        let b = gathered.roots.firstIndex(of: row.int(3))
      else {
        continue
      }
      gathered.snapshot.separations.append(
        Snapshot.Separation(profiles: (a, b), tids: (try row.tid(0), try row.tid(1))))
    }
  }
}
