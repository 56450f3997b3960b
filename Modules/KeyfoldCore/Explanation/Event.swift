extension Explanation {
  /// Something that happened to a customer, or that kept something from happening.
  public struct Event: Sendable, Hashable {
    /// The journal entry; the first where the same was stopped time and again.
    public let entry: JournalEntry
    /// When it happened: the time of the capture, or when an operator acted.
    public let at: Timestamp
    /// Where; nil where no touchpoint had part in it.
    public let touchpoint: String?
    /// TIDs that came to their customer with it.
    public let links: [Link]
    /// Customers that it led to and that stayed apart.
    public let stops: [Stop]
    /// Keys that were shown and belonged to somebody else.
    public let elsewhere: [Holding]
    /// What happened, in a sentence.
    public let headline: Sentence
    /// Why, and what became of each key.
    public let details: [Sentence]
    /// How often the same happened.
    public internal(set) var times = 1
    /// The last journal entry with it.
    public internal(set) var last: Int64

    /// Its place in the journal.
    public var sequence: Int64 { entry.sequence }
  }

  /// Something that kept a customer from being taken for another.
  public struct Stop: Sendable, Hashable {
    /// What the journal keeps of it.
    public let obstacle: Obstacle
    /// The key that led to the customer, if one did.
    public let key: Key?
    /// What it was, in a sentence.
    public let sentence: Sentence
  }
}

/// A journal entry in one shape, whatever kind it is.
struct Scene {
  let entry: JournalEntry
  /// Nil for an operation.
  let outcome: Outcome?
  let touchpoint: String?
  let at: Timestamp
  let presented: TID?
  let handoff: TID?
  let obstacles: [Obstacle]
  /// Keys that wait, as far as they are known.
  let waiting: [PendingKey.ID: PendingKey]
  /// The key that waited, where the entry is about the end of its wait.
  let waited: PendingKey?

  var sequence: Int64 { entry.sequence }
  /// What an operator gave as the reason.
  var reason: String? { if case .operation(let operation) = entry.event { operation.reason } else { nil } }

  init(_ entry: JournalEntry, waiting: [PendingKey.ID: PendingKey]) {
    self.entry = entry
    self.waiting = waiting
    switch entry.event {
    case .capture(let record):
      (outcome, touchpoint, at) = (record.outcome, record.touchpoint, record.at)
      (presented, handoff, obstacles) = (record.tid, record.handoffTid, record.obstacles)
      waited = nil
    case .operation:
      (outcome, touchpoint, at) = (nil, nil, entry.at)
      (presented, handoff, obstacles, waited) = (nil, nil, [], nil)
    case .pending(let id, let outcome):
      waited = waiting[id]
      (self.outcome, touchpoint, at) = (outcome, waited?.touchpoint, entry.at)
      (presented, handoff, obstacles) = (waited?.tid, nil, [])
    }
  }

  /// What the outcome says of a key.
  func result(of key: Key) -> Outcome.KeyResult? { outcome?.keys.first { $0.key == key } }

  /// Whether anything was changed or stopped; to be seen again, or to leave data, is neither.
  var isEventful: Bool {
    if entry.effects.contains(where: \.changesIdentity) || !obstacles.isEmpty { return true }
    guard let outcome else { return true }
    let refused = outcome.keys.contains { $0.result == .withheld || $0.result == .rejected }
    let ignored = outcome.handoff.map { $0 != .used } ?? false
    return refused || ignored || outcome.unknownTid || outcome.switchedFrom != nil
  }

  /// Whether it left the state as it was: then it may have happened before, word for word.
  var isRepeatable: Bool { outcome != nil && !entry.effects.contains(where: \.changesIdentity) }
}

extension Effect {
  /// Whether it changes who is who.
  fileprivate var changesIdentity: Bool {
    switch self {
    case .active, .datum, .handoffSpent, .erased: false
    case .born, .merged, .unmerged, .claimed, .verified, .released, .restored, .revoked, .separated,
      .separationRemoved, .pendingQueued, .pendingSettled:
      true
    }
  }
}
