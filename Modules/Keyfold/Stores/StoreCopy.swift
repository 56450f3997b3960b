public import KeyfoldCore

/// Moves a store with its whole history into another, whatever kinds they are.
///
/// The journal's entries are applied in order, so that the copy has the same state, and the same journal.
/// What was copied before an interruption is not copied again; the source is only read.
public struct StoreCopy: Sendable {
  private let source: any IdentityStore
  private let target: any IdentityStore
  private let space: Space

  /// Entries that share a commit.
  private static let batchSize = 1000

  /// - Parameters:
  ///   - source: open for the space.
  ///   - target: open for the space, and made with the source's secret, so that it knows the source's
  ///     capture ids.
  ///   - space: the space both were opened for.
  public init(from source: some IdentityStore, to target: some IdentityStore, space: Space) {
    self.source = source
    self.target = target
    self.space = space
  }

  /// Copies what the target lacks.
  ///
  /// - Parameter progress: called with the last sequence copied and the source's last.
  /// - Returns: The state digest of both.
  /// - Throws: `StoreError.incompatible` where the target holds something else, or ends with another state.
  public func run(progress: (Int64, Int64) throws(StoreError) -> Void) async throws(StoreError) -> String {
    let last = try await source.read { view throws(StoreError) in view.sequence }
    var done = try await target.read { view throws(StoreError) in view.sequence }
    try await compareLast(done, of: last)
    while done < last {
      let entries = try await batch(after: done)
      let steps = entries.map { entry in
        TransactionStep(footprint: entry.footprint) { snapshot in
          snapshot.sequence == entry.sequence ? .commit(entry) : .stop
        }
      }
      guard !entries.isEmpty, try await target.transact(steps) == steps.count else {
        throw StoreError(.incompatible, "somebody else writes to the target; copy into a store of its own")
      }
      done = entries[entries.count - 1].sequence
      try progress(done, last)
    }
    let digests = (
      try await source.read { view throws(StoreError) in try view.stateDigest() },
      try await target.read { view throws(StoreError) in try view.stateDigest() }
    )
    guard digests.0 == digests.1 else {
      throw StoreError(
        .incompatible, "the copy has another state than its source: \(digests.1) instead of \(digests.0)")
    }
    return digests.1
  }

  private func batch(after sequence: Int64) async throws(StoreError) -> [JournalEntry] {
    try await source.read { view throws(StoreError) in
      var entries: [JournalEntry] = []
      try view.forEachEntry(after: sequence) { entry throws(StoreError) in
        entries.append(entry)
        return entries.count < StoreCopy.batchSize
      }
      return entries
    }
  }

  /// A target that holds something must hold the beginning of the same journal.
  private func compareLast(_ done: Int64, of last: Int64) async throws(StoreError) {
    guard done > 0 else { return }
    let mine = try await target.read { view throws(StoreError) in try view.entry(done) }
    let theirs =
      done <= last ? try await source.read { view throws(StoreError) in try view.entry(done) } : nil
    guard mine == theirs else {
      throw StoreError(.incompatible, "the target holds another history; copy into an empty store")
    }
  }
}
