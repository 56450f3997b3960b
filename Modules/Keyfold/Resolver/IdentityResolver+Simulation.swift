public import KeyfoldCore

extension IdentityResolver {
  /// Entries between two reports of progress.
  private static let progressEvery: Int64 = 1000

  /// Finds out what would be different if another space's rules had been in force from the beginning: decides
  /// every capture of the journal again, with its recorded verdicts. Calls no validator and writes nothing;
  /// holds the state that would be in memory.
  ///
  /// - Parameters:
  ///   - space: the rules to try.
  ///   - kinds: names that the space's file can use for validators.
  ///   - onProgress: hears the number of the last entry that is done, from time to time.
  public func simulate(
    _ space: Space, kinds: [String], onProgress: (Int64) -> Void = { _ in }
  ) async throws -> Simulation {
    let last = try await read { view throws(StoreError) in view.sequence }
    var replay = Replay(under: space, from: self.space, kinds: kinds)
    try await forEachEntry(until: .sequence(last)) { entry in
      replay.take(entry)
      if entry.sequence % Self.progressEvery == 0 { onProgress(entry.sequence) }
    }
    return try await read { [replay] view throws(StoreError) in try Simulation(of: replay, with: view) }
  }
}
