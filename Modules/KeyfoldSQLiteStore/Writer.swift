import KeyfoldCore

/// Applies entries inside a write transaction that its owner opened.
struct Writer {
  let reader: Reader
  var head: Reader.Head
  /// For the text of one entry after the other.
  private var json = JSONWriter(reserving: 4096)

  private var connection: Connection { reader.connection }

  init(reader: Reader) throws(StoreError) {
    self.reader = reader
    head = try reader.head()
  }

  /// Gathers, decides and applies one step.
  ///
  /// - Returns: false where the step asks to stop before it.
  mutating func carryOut(_ step: TransactionStep) throws(StoreError) -> Bool {
    let gathered = try reader.gather(step.footprint, head: head)
    switch step.decide(gathered.snapshot) {
    case .nothing: return true
    case .stop: return false
    case .commit(let entry):
      try append(entry, gathered)
      return true
    }
  }

  /// Writes an entry and its effects.
  mutating func append(_ entry: JournalEntry, _ gathered: Gathered) throws(StoreError) {
    json.removeAll()
    entry.write(into: &json)
    try connection.statement(.insertEntry).bind(1, entry.sequence).bind(3, changeSum(json.bytes)).run(
      lending: json.bytes, at: 2)
    head.sequence = entry.sequence
    var numbers = TIDNumbers(gathered: gathered)
    for effect in entry.effects { try apply(effect, entry, &numbers) }
    if case .operation(.erased(let capture?)) = entry.event {
      try connection.statement(.eraseCapture).bind(1, capture).run()
    }
    guard case .capture(let record) = entry.event else { return }
    if let identity = record.identity {
      try connection.statement(.insertCapture).bind(1, identity.id).bind(2, identity.content).bind(
        3, entry.sequence
      )
      .run()
    }
    for attribute in entry.conflicts {
      let stored = reader.space.storedKey(attribute: attribute, value: "")
      try connection.statement(.countConflict).bind(1, reader.attributes.number(stored)).run()
    }
  }

  /// Writes the counters; the last thing before the commit.
  func finish() throws(StoreError) {
    try connection.statement(.writeHead).bind(1, head.sequence).bind(2, head.nextNumber).bind(3, head.pending)
      .bind(4, head.separations).run()
  }

  // MARK: Effects

  /// Numbers of the TIDs an entry speaks of.
  private struct TIDNumbers {
    let gathered: Gathered
    /// TIDs born by this entry.
    var born: [(tid: TID, number: Int64, root: Int64)] = []

    func callAsFunction(_ tid: TID) throws(StoreError) -> (number: Int64, root: Int64) {
      for known in born where known.tid == tid { return (known.number, known.root) }
      guard let known = gathered.number(of: tid) else {
        throw StoreError(.damaged, "an effect names the TID \(tid), which was not gathered")
      }
      return known
    }

    /// Whether other TIDs were in its profile before the entry.
    func wasAccompanied(_ tid: TID) -> Bool {
      gathered.snapshot.profiles.contains { $0.tids.count > 1 && $0.tids.contains { $0.tid == tid } }
    }
  }

  private mutating func apply(
    _ effect: Effect, _ entry: JournalEntry, _ numbers: inout TIDNumbers
  ) throws(StoreError) {
    switch effect {
    case .born(let tid, let at, let parent): try bear(tid, at: at, parent: parent, &numbers)
    case .merged(let tid, let primary, _):
      let (from, into) = (try numbers(tid).number, try numbers(primary).number)
      try connection.statement(.setParent).bind(1, from).bind(2, into).bind(3, entry.sequence).run()
      try connection.statement(.moveRoot).bind(1, from).bind(2, into).run()
    case .unmerged(let tid, _):
      let number = try numbers(tid).number
      try connection.statement(.moveSubtree).bind(1, number).bind(2, try currentRoot(of: number)).run()
      try connection.statement(.unsetParent).bind(1, number).run()
    case .revoked(let tid): try connection.statement(.revoke).bind(1, tid).run()
    case .claimed, .verified, .released, .restored: try applyClaim(effect, entry, numbers)
    case .active(let tid, let touchpoint, let at):
      try connection.statement(.recordActivity).bind(1, try numbers(tid).number).bind(2, touchpoint).bind(
        3, at
      ).run()
    case .datum(let tid, let name, let value, let at):
      try connection.statement(.recordDatum).bind(1, try numbers(tid).number).bind(2, name).bind(3, value)
        .bind(4, at)
        .bind(5, entry.sequence).run()
    case .separated(let a, let b): try setSeparation(.insertSeparation, a, b, numbers)
    case .separationRemoved(let a, let b): try setSeparation(.deleteSeparation, a, b, numbers)
    case .handoffSpent(let number, let expires):
      try connection.statement(.pruneHandoffs).bind(1, entry.at).run()
      try connection.statement(.insertHandoff).bind(1, number).bind(2, expires).run()
    case .pendingQueued, .pendingSettled: try applyPending(effect, numbers)
    case .erased(let tombstone):
      try connection.statement(.insertErased).bind(1, tombstone).run()
      head.hasErased = true
    }
  }

  private mutating func bear(
    _ tid: TID, at: Timestamp, parent: TID?, _ numbers: inout TIDNumbers
  ) throws(StoreError) {
    let number = head.nextNumber
    head.nextNumber += 1
    let above = try parent.map { tid throws(StoreError) in try numbers(tid) }
    // A profile that is merged into another by the same entry was moved before: ask for where it is now.
    let root = try above.map { above throws(StoreError) in try currentRoot(of: above.number) } ?? number
    try connection.statement(.insertTid).bind(1, number).bind(2, tid).bind(3, at).bind(4, above?.number).bind(
      5, root
    )
    .run()
    numbers.born.append((tid, number, root))
  }

  private func currentRoot(of number: Int64) throws(StoreError) -> Int64 {
    let row = try connection.statement(.tidByNumber).bind(1, number)
    defer { row.reset() }
    guard try row.step() else { throw StoreError(.damaged, "TID number \(number) is missing") }
    return row.int(1)
  }

  private func applyClaim(
    _ effect: Effect, _ entry: JournalEntry, _ numbers: TIDNumbers
  ) throws(StoreError) {
    switch effect {
    case .claimed(let key, let origin, let verified, let at, let ordinal):
      try insert(key, try numbers(origin).number, verified, at, entry.sequence, ordinal)
    case .verified(let key, let origin, let at, let ordinal):
      let number = try numbers(origin).number
      try delete(key, holder: number)
      try insert(key, number, true, at, entry.sequence, ordinal)
    case .released(let key, let origin, let verified, let why):
      let number = try numbers(origin).number
      if why == .invalid {
        try forget(key, number, verified)
      } else if try isAccompanied(origin, entry, numbers) {
        try connection.statement(.keepReleased).bind(1, reader.attributes.number(key)).bind(2, key.value)
          .bind(3, verified ? 0 : number).bind(4, entry.sequence).bind(5, why.rawValue).run()
      }
      try delete(key, holder: verified ? 0 : number)
    case .restored(let claim):
      let number = try numbers(claim.origin).number
      try insert(claim.key, number, claim.verified, claim.capturedAt, claim.commit, claim.ordinal)
      try forget(claim.key, number, claim.verified)
    default: break
    }
  }

  /// Whether other TIDs are in the profile. Only an entry that regroups TIDs can have changed that.
  private func isAccompanied(
    _ tid: TID, _ entry: JournalEntry, _ numbers: TIDNumbers
  ) throws(StoreError) -> Bool {
    guard entry.effects.contains(where: \.regroups) else { return numbers.wasAccompanied(tid) }
    let row = try connection.statement(.companion).bind(1, try numbers(tid).number)
    defer { row.reset() }
    return try row.step()
  }

  private func forget(_ key: Key, _ origin: Int64, _ verified: Bool) throws(StoreError) {
    try connection.statement(.forgetReleased).bind(1, origin).bind(2, reader.attributes.number(key))
      .bind(3, key.value).bind(4, verified).run()
  }

  private func insert(
    _ key: Key, _ origin: Int64, _ verified: Bool, _ at: Timestamp, _ sequence: Int64, _ ordinal: Int
  ) throws(StoreError) {
    let attribute = reader.attributes.number(key)
    guard attribute > 0 else {
      throw StoreError(
        .incompatible,
        "a key of '\(key.attribute)' cannot be stored: this space and this store have no such attribute")
    }
    try connection.statement(.insertClaim).bind(1, attribute).bind(2, key.value)
      .bind(3, verified ? 0 : origin).bind(4, origin).bind(5, at).bind(6, sequence).bind(7, ordinal).run()
  }

  private func delete(_ key: Key, holder: Int64) throws(StoreError) {
    try connection.statement(.deleteClaim).bind(1, reader.attributes.number(key)).bind(2, key.value).bind(
      3, holder
    ).run()
  }

  private mutating func setSeparation(_ query: Query, _ a: TID, _ b: TID, _ numbers: TIDNumbers)
    throws(StoreError)
  {
    let pair = TIDPair(a, b)
    try connection.statement(query).bind(1, try numbers(pair.first).number).bind(
      2, try numbers(pair.second).number
    )
    .run()
    head.separations = Int(try connection.number("SELECT count(*) FROM separations") ?? 0)
  }

  private mutating func applyPending(_ effect: Effect, _ numbers: TIDNumbers) throws(StoreError) {
    switch effect {
    case .pendingQueued(let entry):
      try connection.statement(.insertPending).bind(1, entry.id.commit).bind(2, entry.id.ordinal)
        .bind(3, try numbers(entry.tid).number).bind(4, reader.attributes.number(entry.key)).bind(
          5, entry.key.value
        )
        .bind(6, entry.touchpoint).bind(7, entry.at).bind(8, entry.queuedAt).run()
      head.pending += 1
    case .pendingSettled(let id, _):
      try connection.statement(.deletePending).bind(1, id.commit).bind(2, id.ordinal).run()
      head.pending -= 1
    default: break
    }
  }
}

extension Effect {
  /// Whether TIDs come into other profiles by it.
  fileprivate var regroups: Bool {
    switch self {
    case .merged, .unmerged: true
    case .born(_, _, let parent): parent != nil
    default: false
    }
  }
}
