/// One commit: what happened, what it was decided from, and what it changed.
///
/// The state of a store is the fold of all entries' effects, so that it can be rebuilt from the journal
/// alone.
public struct JournalEntry: Sendable, Hashable {
  /// Strictly increasing; in file and SQLite stores without gaps.
  public let sequence: Int64
  /// When it was prepared for its commit, by the host's clock.
  public let at: Timestamp
  /// What happened.
  public let event: Event
  /// What it changed, in order.
  public let effects: [Effect]

  /// What can happen.
  public enum Event: Sendable, Hashable {
    /// A capture was decided.
    case capture(CaptureRecord)
    /// An operator or host did something.
    case operation(Operation)
    /// A key that waited for its verdict was settled; nil where it was not applied.
    case pending(PendingKey.ID, Outcome?)
  }

  /// Makes an entry.
  public init(sequence: Int64, at: Timestamp, event: Event, effects: [Effect]) {
    self.sequence = sequence
    self.at = at
    self.event = event
    self.effects = effects
  }
}

extension JournalEntry {
  /// The attributes of keys that were withheld because of a conflict, one for each key.
  package var conflicts: [String] {
    guard case .capture(let record) = event else { return [] }
    return record.outcome.keys.filter { $0.result == .withheld && $0.reason == .conflict }.map(\.attribute)
  }
}

/// A capture in the journal: as it came, without proofs and tokens, and what was decided.
public struct CaptureRecord: Sendable, Hashable {
  /// Keyed digests of its idempotency id and of its content; nil where it had no id.
  public var identity: CaptureIdentity?
  /// Where it happened.
  public var touchpoint: String
  /// The TID presented.
  public var tid: TID?
  /// The TID of a genuine handoff.
  public var handoffTid: TID?
  /// Whether its TID was to be taken up as another system had issued it.
  public var adoptsTid: Bool
  /// Keys as sent.
  public var keys: CapturedKeys
  /// When it happened.
  public var at: Timestamp
  /// The answer, with the evidence.
  public var outcome: Outcome
  /// What kept profiles apart.
  public var obstacles: [Obstacle]

  /// Makes a record.
  public init(
    identity: CaptureIdentity?, touchpoint: String, tid: TID?, handoffTid: TID?, adoptsTid: Bool = false,
    keys: CapturedKeys, at: Timestamp, outcome: Outcome, obstacles: [Obstacle]
  ) {
    self.identity = identity
    self.touchpoint = touchpoint
    self.tid = tid
    self.handoffTid = handoffTid
    self.adoptsTid = adoptsTid
    self.keys = keys
    self.at = at
    self.outcome = outcome
    self.obstacles = obstacles
  }
}

/// How a capture is recognised when it comes again.
public struct CaptureIdentity: Sendable, Hashable {
  /// Keyed digest of the id.
  public let id: Digest
  /// Keyed digest of every field, proofs included.
  public let content: Digest

  /// Makes an identity.
  public init(id: Digest, content: Digest) {
    self.id = id
    self.content = content
  }
}

/// Something an operator or host does to profiles.
public enum Operation: Sendable, Hashable {
  /// A TID identifies nobody any more.
  case revoke(TID, reason: String?)
  /// The profiles of two TIDs are one customer.
  case merge(TID, TID, reason: String)
  /// A secondary TID, with all that is below it, is a customer of its own again.
  case unmerge(TID, allowRemerge: Bool, reason: String)
  /// Two TIDs are different customers.
  case separate(TID, TID, reason: String)
  /// That is taken back.
  case removeSeparation(TID, TID, reason: String)
  /// A profile was erased, with so many TIDs and keys.
  case erase(reason: String, tids: Int, keys: Int)
  /// What stood here was about a profile that has been erased since. What is left of it is the keyed digest
  /// of a capture's id, so that the capture is known should it come again.
  case erased(capture: Digest?)
  /// What stood here was damaged and is lost; nothing is known of it.
  case lost
  /// The store goes on with another space; the differences in words.
  case changeSpace(differences: [String])
}
