import KeyfoldCore

extension StoreView {
  /// Journal entries that concern somebody, among the next ones after a sequence.
  ///
  /// Looks at every entry, because no store keeps an index of entries by TID or key; one that did could take
  /// the place of this function.
  ///
  /// - Parameters:
  ///   - last: entries after this one are not looked at.
  ///   - limit: how many entries are looked at, at most.
  /// - Returns: The entries, what to look for in the following ones, and how far the search came.
  func entries(
    concerning concern: Concern, after sequence: Int64, upTo last: Int64, lookingAt limit: Int
  ) throws(StoreError) -> (found: [JournalEntry], concern: Concern, seen: Int64) {
    var (found, concern, seen, count): ([JournalEntry], Concern, Int64, Int) = ([], concern, last, 0)
    try forEachEntry(after: sequence) { entry throws(StoreError) in
      guard entry.sequence <= last else { return false }
      if concern.includes(entry) { found.append(entry) }
      count += 1
      if count == limit { seen = entry.sequence }
      return count < limit
    }
    return (found, concern, seen)
  }
}

extension IdentityResolver {
  /// Hears how far a walk through the journal came, and how far it goes.
  public typealias JournalProgress = (_ done: Int64, _ total: Int64) -> Void

  /// Entries that are looked at in one read.
  private static let searchPortion = 10_000

  /// Walks through the journal and hands over the entries that concern somebody, in order. No more than a
  /// portion is held in memory.
  func search(
    for concern: Concern, upTo last: Int64, onProgress: JournalProgress,
    _ body: (JournalEntry) -> Void
  ) async throws(ResolverError) {
    var (concern, seen) = (concern, Int64(0))
    while seen < last {
      if Task.isCancelled { throw .cancelled }
      let portion = try await read { [concern, seen] view throws(StoreError) in
        try view.entries(concerning: concern, after: seen, upTo: last, lookingAt: Self.searchPortion)
      }
      for entry in portion.found { body(entry) }
      (concern, seen) = (portion.concern, portion.seen)
      onProgress(seen, last)
    }
  }
}
