import Keyfold
import KeyfoldCore

/// What a series of random captures and operations leaves in a store.
struct GeneratedHistory: Sendable {
  private(set) var outcomes: [Result<Outcome, ResolverError>] = []
  private(set) var changes: [Result<ProfileChange, ResolverError>?] = []
  /// What was erased, and what the profile was.
  private(set) var erasures: [(erased: Erased, profile: Profile)] = []
  let pasts: [TID: Snapshot.Past]
  let digest: String
  let rebuilt: String
  let problems: [String]
  let counts: StoreCounts
  let entries: [JournalEntry]

  /// - Parameter erasing: whether customers are erased now and then.
  init(seed: UInt64, in store: some IdentityStore, erasing: Bool = false) async throws {
    let start = Timestamp(microseconds: 1_767_225_600_000_000)
    var options = IdentityResolver.Options()
    options.tids = SeededTIDs(seed: seed)
    options.clock = FixedClock(instant: start.advanced(bySeconds: 86_400))
    let resolver = try await IdentityResolver(space: RandomCaptures.space, store: store, options: options)
    var captures = RandomCaptures(seed: seed, start: start)
    var operations = RandomOperations(seed: seed)
    for number in 0..<40 {
      let result = await resolver.captures([captures.next()])[0]
      if case .success(let outcome) = result {
        captures.learn(outcome)
        operations.learn(outcome)
      }
      outcomes.append(result)
      changes.append(await operations.operate(on: resolver))
      guard erasing, number % 5 == 4, let tid = operations.someTID() else { continue }
      // It may be gone already.
      guard let profile = try await resolver.lookup(tid) else { continue }
      erasures.append((try await resolver.erase(tid, reason: "random"), profile))
    }
    let left = try await resolver.read { view throws(StoreError) in
      var entries: [JournalEntry] = []
      try view.forEachEntry(after: 0) { entry throws(StoreError) in
        entries.append(entry)
        return true
      }
      return (
        pasts: try view.pasts(), digest: try view.stateDigest(),
        rebuilt: try view.rebuiltDigest(space: RandomCaptures.space), problems: try view.problems(),
        counts: try view.counts(), entries: entries
      )
    }
    (pasts, digest, rebuilt) = (left.pasts, left.digest, left.rebuilt)
    (problems, counts, entries) = (left.problems, left.counts, left.entries)
  }
}

private struct FixedClock: WallClock {
  let instant: Timestamp
  func now() -> Timestamp { instant }
}
