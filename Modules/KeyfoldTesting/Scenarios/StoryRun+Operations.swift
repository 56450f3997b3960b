import Keyfold
import KeyfoldCore

extension StoryRun {
  func revoke(_ name: String) async throws -> [Fact] {
    let sequence = try await resolver.revoke(try tid(name), reason: "scenario")
    return sequence == nil ? ["revoked already"] : []
  }

  /// Keeps two TIDs apart, or takes that back.
  func separation(_ a: String, _ b: String, removed: Bool) async throws -> [Fact] {
    let pair = TIDPair(try tid(a), try tid(b))
    let now = clock.now()
    let reason = "scenario"
    var footprint = Footprint()
    footprint.tids = [pair.first, pair.second]
    let step = TransactionStep(footprint: footprint) { snapshot in
      .commit(
        JournalEntry(
          sequence: snapshot.sequence, at: now,
          event: .operation(
            removed
              ? .removeSeparation(pair.first, pair.second, reason: reason)
              : .separate(pair.first, pair.second, reason: reason)),
          effects: [
            removed ? .separationRemoved(pair.first, pair.second) : .separated(pair.first, pair.second)
          ]))
    }
    _ = try await store.transact([step])
    return []
  }
}
