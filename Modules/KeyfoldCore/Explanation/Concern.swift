/// What the journal is searched for: entries that speak of these TIDs or keys.
package struct Concern: Sendable {
  package var tids: Set<TID>
  package var keys: Set<Key>
  /// Waiting keys whose end concerns us too; an entry that settles one need not name TID or key.
  private var waiting: Set<PendingKey.ID> = []

  package init(tids: Set<TID> = [], keys: Set<Key> = []) {
    self.tids = tids
    self.keys = keys
  }

  /// Whether an entry speaks of one of them. Entries must be shown in order.
  package mutating func includes(_ entry: JournalEntry) -> Bool {
    var found = includes(entry.event)
    for effect in entry.effects {
      switch effect {
      case .pendingQueued(let key) where tids.contains(key.tid) || keys.contains(key.key):
        waiting.insert(key.id)
        found = true
      case .pendingSettled(let id, _): found = waiting.remove(id) != nil || found
      default: found = found || includes(effect)
      }
    }
    return found
  }

  private func includes(_ effect: Effect) -> Bool {
    if let key = effect.key, keys.contains(key) { return true }
    return effect.tids.contains { tids.contains($0) }
  }

  private func includes(_ event: JournalEntry.Event) -> Bool {
    switch event {
    case .capture(let record): includes(record)
    case .operation(.lost): true  // Whoever is told a story must know where it has a gap.
    case .operation(let operation): operation.tids.contains { tids.contains($0) }
    case .pending(let id, let outcome): waiting.contains(id) || outcome.map(includes) ?? false
    }
  }

  private func includes(_ record: CaptureRecord) -> Bool {
    if let tid = record.tid, tids.contains(tid) { return true }
    if let tid = record.handoffTid, tids.contains(tid) { return true }
    return includes(record.outcome) || record.obstacles.contains { tids.contains($0.profile) }
  }

  private func includes(_ outcome: Outcome) -> Bool {
    if tids.contains(outcome.tid) || tids.contains(outcome.touchpointTid) { return true }
    if let left = outcome.switchedFrom, tids.contains(left) { return true }
    if outcome.merged.contains(where: tids.contains) { return true }
    guard !keys.isEmpty else { return false }
    return outcome.keys.contains { keys.contains($0.key) }
  }
}

extension Effect {
  /// The key an effect speaks of.
  package var key: Key? {
    switch self {
    case .claimed(let key, _, _, _, _), .verified(let key, _, _, _), .released(let key, _, _, _): key
    case .restored(let claim): claim.key
    case .pendingQueued(let entry): entry.key
    case .born, .merged, .unmerged, .revoked, .active, .datum, .separated, .separationRemoved, .handoffSpent,
      .pendingSettled, .erased:
      nil
    }
  }
}

extension Operation {
  /// The TIDs an operation names.
  package var tids: [TID] {
    switch self {
    case .revoke(let tid, _): [tid]
    case .unmerge(let tid, _, _): [tid]
    case .merge(let a, let b, _), .separate(let a, let b, _), .removeSeparation(let a, let b, _): [a, b]
    case .erase, .erased, .lost, .changeSpace: []
    }
  }
}

extension Outcome.KeyResult {
  /// The key, to be compared with others; what is malformed is none, but compares all the same.
  package var key: Key { Key(attribute: attribute, value: value, strength: .max) }
}
