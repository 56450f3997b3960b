import KeyfoldCore

/// What came of undoing many merges.
public struct BulkUnmerge: Sendable, Hashable {
  /// Merges of the selection in the journal.
  public internal(set) var found = 0
  /// Those of them that still held and were undone, or would be in a dry run.
  public internal(set) var undone = 0
  /// The first of these, newest first.
  public internal(set) var examples: [PastMerge] = []
  /// Whether it was told to stop before it was done; to run it again does the rest.
  public internal(set) var stopped = false

  /// How many examples there are at most.
  public static let examplesMax = 10

  /// How far the work is.
  public enum Progress: Sendable, Hashable {
    /// The journal was searched up to a sequence, of its last one.
    case searched(Int64, of: Int64)
    /// So many merges were looked at, of all that were found.
    case undone(Int, of: Int)
  }

  mutating func count(_ merge: PastMerge) {
    undone += 1
    if examples.count < BulkUnmerge.examplesMax { examples.append(merge) }
  }
}

extension IdentityResolver {
  /// Merges that are undone between two looks at whether to go on.
  static let unmergePortion = 100

  /// Undoes every merge of a selection that still holds, newest first, each as a journal entry of its own.
  ///
  /// Reads the journal once. What was undone before an interruption is not undone again; merges that were
  /// undone otherwise, or made anew by something else, are left alone.
  ///
  /// - Parameters:
  ///   - selection: which merges.
  ///   - reason: why; goes into the journal.
  ///   - allowRemerge: record no separations.
  ///   - dryRun: find out what it would do, and do nothing.
  ///   - progress: called now and then; false to stop.
  /// - Throws: `ResolverError.notFound` for the id of no capture, `.refused` for a value that can be no key.
  @discardableResult
  public func unmerge(
    where selection: MergeSelection, reason: String, allowRemerge: Bool = false, dryRun: Bool = false,
    progress: (BulkUnmerge.Progress) -> Bool = { _ in true }
  ) async throws(ResolverError) -> BulkUnmerge {
    try checkReason(reason)
    var report = BulkUnmerge()
    let search = MergeSearch(subject: try await subject(of: selection.maker), span: selection.span)
    guard let merges = try await find(search, progress) else {
      report.stopped = true
      return report
    }
    report.found = merges.count
    for start in stride(from: 0, to: merges.count, by: IdentityResolver.unmergePortion) {
      guard progress(.undone(start, of: merges.count)) else {
        report.stopped = true
        return report
      }
      let portion = merges[start..<min(start + IdentityResolver.unmergePortion, merges.count)]
      let steps = portion.map { merge in
        OperationStep(
          Unmerge(merge.secondary, allowRemerge: allowRemerge, reason: reason, merge: merge.sequence),
          space: space, now: clock.now())
      }
      let changes = dryRun ? try await rehearse(steps) : try await carryOut(steps)
      for (merge, isUndone) in zip(portion, changes) where isUndone { report.count(merge) }
    }
    _ = progress(.undone(merges.count, of: merges.count))
    return report
  }

  private func subject(of maker: MergeSelection.Maker) async throws(ResolverError) -> MergeSearch.Subject {
    switch maker {
    case .validator(let name): return .validator(name)
    case .key(let attribute, let value): return .key(try key(attribute: attribute, value: value))
    case .capture(let id):
      var footprint = Footprint()
      let digest = digests.digest(Array(id.utf8))
      footprint.captureID = digest
      let snapshot = try await read { [footprint] view throws(StoreError) in try view.snapshot(footprint) }
      guard case .captured(_, let sequence) = snapshot.memory else {
        throw .notFound("no capture has the id '\(id)'")
      }
      return .capture(id: digest, sequence: sequence)
    }
  }

  /// The merges of a search, newest first; nil where it is told to stop.
  private func find(
    _ search: MergeSearch, _ progress: (BulkUnmerge.Progress) -> Bool
  ) async throws(ResolverError) -> [PastMerge]? {
    var merges: [PastMerge] = []
    var last = search.first
    while true {
      let (found, end, total) = try await read { [last] view throws(StoreError) in
        var (found, end): ([PastMerge], Int64?) = ([], nil)
        var count = 0
        try view.forEachEntry(after: last) { entry throws(StoreError) in
          found += search.merges(in: entry)
          count += 1
          let isFull = count == IdentityResolver.entryPortion
          if isFull { end = entry.sequence }
          return !isFull && !search.span.isOver(at: entry)
        }
        return (found, end, view.sequence)
      }
      merges += found
      guard progress(.searched(end ?? total, of: total)) else { return nil }
      guard let end else { return merges.reversed() }
      last = end
    }
  }

  private func rehearse(_ steps: [OperationStep<Unmerge>]) async throws(ResolverError) -> [Bool] {
    try await read { view throws(StoreError) in
      var changes: [Bool] = []
      for step in steps {
        changes.append(step.decide(on: try view.snapshot(step.operation.footprint)).changes)
      }
      return changes
    }
  }

  private func carryOut(_ steps: [OperationStep<Unmerge>]) async throws(ResolverError) -> [Bool] {
    _ = try await transact(steps.map(\.transactionStep))
    return steps.map { $0.result?.changes ?? false }
  }
}

extension Result<ProfileChange, OperationError> {
  /// Whether there is something to change. A TID that is gone, or is a primary one, needs no unmerge.
  fileprivate var changes: Bool {
    if case .success(let change) = self { !change.effects.isEmpty } else { false }
  }
}
