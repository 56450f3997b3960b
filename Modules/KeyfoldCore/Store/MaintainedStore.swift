/// A store that keeps its data in files of this machine, and what its operator does with them.
public protocol MaintainedStore: IdentityStore {
  /// Writes a consistent copy to a path where nothing is, while captures go on.
  ///
  /// - Throws: `StoreError.cannotCreate` where something is there already.
  func backup(to path: String) async throws(StoreError)

  /// Gives space back that neither the state nor the journal needs. Safe to interrupt at any moment.
  ///
  /// - Returns: Bytes of the store's files before and after.
  func compact() async throws(StoreError) -> (before: Int, after: Int)
}

extension JournalEntry {
  /// What a store must gather to apply the entry's effects once more: every TID they speak of.
  package var footprint: Footprint {
    var footprint = Footprint()
    for effect in effects {
      for tid in effect.tids where !footprint.tids.contains(tid) { footprint.tids.append(tid) }
    }
    return footprint
  }
}

extension Effect {
  /// The TIDs an effect speaks of.
  package var tids: [TID] {
    switch self {
    case .born(let tid, _, let parent): [tid] + (parent.map { [$0] } ?? [])
    case .merged(let tid, let primary, _), .unmerged(let tid, let primary): [tid, primary]
    case .claimed(_, let origin, _, _, _), .verified(_, let origin, _, _), .released(_, let origin, _, _):
      [origin]
    case .restored(let claim): [claim.origin]
    case .revoked(let tid), .active(let tid, _, _), .datum(let tid, _, _, _): [tid]
    case .separated(let a, let b), .separationRemoved(let a, let b): [a, b]
    case .pendingQueued(let entry): [entry.tid]
    case .handoffSpent, .pendingSettled, .erased: []
    }
  }
}
