/// A capture as the decision sees it: screened, with every value it depends on.
package struct Question: Sendable {
  /// Idempotency id, passed through to the outcome.
  package var id: String?
  package var touchpoint: String
  /// The TID presented.
  package var tid: TID?
  package var at: Timestamp
  package var keys: ScreenedKeys
  /// Sorted by name.
  package var data: [(name: String, value: String)] = []
  package var handoff = Handoff.none
  /// Used if a TID is needed; does not exist in the store.
  package var fresh: TID
  /// When the store's clock says it is; stamps the pending queue.
  package var now: Timestamp
  /// Whether this applies a key that waited for its verdict, rather than a new capture.
  package var appliesPending: PendingKey.ID?
  /// Whether the TID presented is another system's, brought along by a migration: it is taken up where it is
  /// unknown, and never rotated, for nobody can have planted it.
  package var adoptsTid = false

  /// What came with the capture as a handoff.
  package enum Handoff: Sendable, Hashable {
    case none
    /// Not acceptable on its face.
    case refused(Outcome.HandoffResult)
    /// Genuine, of this space, for this touchpoint and not expired; whether its TID is known is in the
    /// snapshot.
    case presented(TID, number: Digest, expires: Timestamp)
  }

  package init(touchpoint: String, tid: TID?, at: Timestamp, keys: ScreenedKeys, fresh: TID, now: Timestamp) {
    self.touchpoint = touchpoint
    self.tid = tid
    self.at = at
    self.keys = keys
    self.fresh = fresh
    self.now = now
  }

  /// What a store must gather for it. The TIDs are the one presented, then the handoff's.
  package var footprint: Footprint {
    var footprint = Footprint()
    footprint.keys.reserveCapacity(keys.accepted.count)
    for key in keys.accepted { footprint.keys.append(key.key) }
    if let tid { footprint.tids.append(tid) }
    if case .presented(let tid, let number, _) = handoff {
      footprint.tids.append(tid)
      footprint.handoff = number
    }
    footprint.fresh = fresh
    return footprint
  }
}

/// Whether a key may merge or switch (semantics, section 4).
package struct Standing: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    /// May merge or switch.
    case linking
    /// Somebody's word.
    case unverified
    /// A validator says it is wrong.
    case invalid
  }

  package var kind: Kind
  package var evidence: [Evidence] = []
  /// Whether to ask again later.
  package var retryLater = false

  package init(_ kind: Kind, evidence: [Evidence] = [], retryLater: Bool = false) {
    self.kind = kind
    self.evidence = evidence
    self.retryLater = retryLater
  }
}

/// What kept a profile from being taken for this customer.
public struct Obstacle: Sendable, Hashable {
  /// What led to the profile.
  public enum Lead: Sendable, Hashable {
    /// A linking key it owns.
    case key(Key)
    /// The TID the touchpoint presented.
    case touchpoint
    /// The handoff.
    case handoff
  }

  /// Why it may not join.
  public enum Cause: Sendable, Hashable {
    /// Somebody said that these two TIDs are different customers.
    case separated(TID, TID)
    /// It would exceed `maxTidsPerProfile` or `maxKeysPerProfile`.
    case profileLimit
    /// It holds other values of this attribute than the limit leaves room for.
    case conflict(attribute: String)
    /// The touchpoint is shared, and the customer before was a known one.
    case sharedTouchpoint
    /// A handoff does not join a known customer to a profile that is settled already (`joinKnown`).
    case settled
  }

  /// What led to the profile.
  public let lead: Lead
  /// Primary TID of the profile that stays out.
  public let profile: TID
  /// Why.
  public let cause: Cause

  /// Makes an obstacle.
  public init(lead: Lead, profile: TID, cause: Cause) {
    self.lead = lead
    self.profile = profile
    self.cause = cause
  }

}

extension Obstacle.Cause {
  package var reason: Outcome.Reason {
    switch self {
    case .separated: .separated
    case .profileLimit: .profileLimit
    case .conflict, .sharedTouchpoint, .settled: .conflict
    }
  }
}

/// The answer to a question: what to tell, what to change, and why.
package struct Decision: Sendable, Hashable {
  package var outcome: Outcome
  package var effects: [Effect]
  package var obstacles: [Obstacle]
}
