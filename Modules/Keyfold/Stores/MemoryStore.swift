public import KeyfoldCore
import Synchronization

/// A store that forgets everything when the process ends. Written to be obviously right: the reference for
/// all others.
public final class MemoryStore: IdentityStore {
  private struct Contents: Sendable {
    var state: IdentityState
    var entries: [JournalEntry] = []
    var record: SpaceRecord
    var closed = false

    mutating func append(_ entry: JournalEntry) {
      entries.append(entry)
      state.apply(entry)
    }
  }

  private let contents: Mutex<Contents>
  private let secret: Secret
  private let digests: KeyedDigests

  /// An empty store.
  public init() {
    secret = Secret(bytes: randomBytes(32))
    digests = KeyedDigests(key: secret)
    contents = Mutex(
      Contents(state: IdentityState(space: .builtIn, digests: digests), record: SpaceRecord(.builtIn)))
  }

  /// Opens the store for a space; an empty store takes any.
  public func open(for space: Space, acceptingChange: Bool) async throws(StoreError) -> StoreIdentity {
    try contents.withLock { contents throws(StoreError) in
      contents.closed = false
      let record = SpaceRecord(space)
      let differences = contents.entries.isEmpty ? [] : contents.record.differences(to: record)
      if !differences.isEmpty {
        guard acceptingChange else { throw contents.record.refusal(of: differences) }
      }
      contents.state.use(space)
      contents.record = record
      if !differences.isEmpty {
        contents.append(
          JournalEntry(
            sequence: contents.state.sequence + 1, at: SystemClock().now(),
            event: .operation(.changeSpace(differences: differences)), effects: []))
      }
      return StoreIdentity(secret: secret, sequence: contents.state.sequence)
    }
  }

  /// Decides and keeps the steps, one after the other.
  public func transact(_ steps: [TransactionStep]) async throws(StoreError) -> Int {
    try contents.withLock { contents throws(StoreError) in
      if contents.closed { throw StoreError(.closed, "the store was closed") }
      for (index, step) in steps.enumerated() {
        switch step.decide(contents.state.snapshot(step.footprint)) {
        case .commit(let entry): contents.append(entry)
        case .nothing: continue
        case .stop: return index
        }
      }
      return steps.count
    }
  }

  /// Lends a copy of everything.
  public func read<Result: Sendable>(
    _ body: @escaping @Sendable (any StoreView) throws(StoreError) -> Result
  ) async throws(StoreError) -> Result {
    let (state, entries, closed) = contents.withLock { ($0.state, $0.entries, $0.closed) }
    if closed { throw StoreError(.closed, "the store was closed") }
    return try body(MemoryView(state: state, entries: entries))
  }

  /// Forgets the profile: the journal is redacted, and the state made from it anew.
  public func erase(_ order: ErasureOrder) async throws(StoreError) -> Erased? {
    try contents.withLock { contents throws(StoreError) in
      if contents.closed { throw StoreError(.closed, "the store was closed") }
      let view = MemoryView(state: contents.state, entries: contents.entries)
      guard let tid = try view.tid(of: order.subject), var erasure = contents.state.erasure(of: tid) else {
        return nil
      }
      let sequence = contents.state.sequence + 1
      for entry in contents.entries where erasure.mayConcern(entry.encoded) { erasure.note(entry) }
      let (state, own) = (contents.state, erasure.tids)
      try erasure.settle { key throws(StoreError) in state.isHeld(key, byOthersThan: own) }
      var entries: [JournalEntry] = []
      for entry in contents.entries {
        let redacted = erasure.mayConcern(entry.encoded) ? erasure.redacted(entry) : nil
        entries.append(redacted ?? entry)
      }
      contents.state = IdentityState(space: contents.state.space, digests: digests)
      contents.entries = []
      for entry in entries + [erasure.entry(sequence, for: order, digests)] { contents.append(entry) }
      return erasure.result(sequence)
    }
  }

  /// There are no files.
  public func finishErasing() async throws(StoreError) {}

  /// Refuses everything from now on, until it is opened again.
  public func close() async throws(StoreError) {
    contents.withLock { $0.closed = true }
  }
}

private struct MemoryView: StoreView {
  let state: IdentityState
  let entries: [JournalEntry]

  var sequence: Int64 { state.sequence }
  func snapshot(_ footprint: Footprint) -> Snapshot { state.snapshot(footprint) }
  func profile(of tid: TID) -> Profile? { state.profile(of: tid) }
  func claims(on key: Key) -> [Claim] { state.claims(on: key) }
  func separations() -> [TIDPair] { state.separations.sorted() }
  func pendingKeys() -> [PendingKey] { state.pending.values.sorted { $0.id < $1.id } }
  func counts() -> StoreCounts { state.counts() }
  func problems() -> [String] { [] }
  func entry(_ sequence: Int64) -> JournalEntry? { entries.first { $0.sequence == sequence } }

  func forEachProfile(after tid: TID?, _ body: (Profile) throws(StoreError) -> Bool) throws(StoreError) {
    for root in state.roots where tid.map({ root > $0 }) ?? true {
      guard let profile = state.profile(of: root), try body(profile) else { return }
    }
  }

  func forEachEntry(after sequence: Int64, _ body: (JournalEntry) throws(StoreError) -> Bool)
    throws(StoreError)
  {
    for entry in entries where entry.sequence > sequence {
      guard try body(entry) else { return }
    }
  }
}
