import KeyfoldCore

/// The index and the journal as they were at one instant.
struct FileView: StoreView, Sendable {
  let index: StateIndex
  let journal: Journal

  var sequence: Int64 { index.sequence }
  func snapshot(_ footprint: Footprint) -> Snapshot { index.snapshot(footprint) }
  func profile(of tid: TID) -> Profile? {
    index.number(of: tid).map { index.profile(root: index.root(of: $0)) }
  }
  func claims(on key: Key) -> [Claim] { index.claims(on: key) }
  func separations() -> [TIDPair] { index.separations.sorted() }
  func pendingKeys() -> [PendingKey] { index.pending.values.sorted { $0.id < $1.id } }
  func counts() -> StoreCounts { index.counts() }

  func forEachProfile(after tid: TID?, _ body: (Profile) throws(StoreError) -> Bool) throws(StoreError) {
    for root in index.roots where tid.map({ index.tids[root].tid > $0 }) ?? true {
      guard try body(index.profile(root: root)) else { return }
    }
  }

  func forEachEntry(after sequence: Int64, _ body: (JournalEntry) throws(StoreError) -> Bool)
    throws(StoreError)
  {
    try journal.read(after: sequence) { bytes, _ throws(StoreError) in
      try body(try JournalEntry(decoding: Array(bytes), space: index.space))
    }
  }

  func entry(_ sequence: Int64) throws(StoreError) -> JournalEntry? {
    guard sequence > 0 else { return nil }
    var found: JournalEntry?
    try forEachEntry(after: sequence - 1) { entry throws(StoreError) in
      found = entry
      return false
    }
    return found
  }

  func problems() throws(StoreError) -> [String] {
    var problems = index.problems()
    var expected: Int64 = 1
    do throws(StoreError) {
      try journal.read(after: 0) { _, number throws(StoreError) in
        if number != expected { problems.append("entry \(expected) is missing from the journal") }
        expected = number + 1
        return true
      }
    } catch {
      problems.append(error.description)
    }
    return problems
  }
}
