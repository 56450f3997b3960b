/// The answer to a capture.
///
/// It is for the host: only `touchpointTid` may go to a browser.
public struct Outcome: Sendable, Hashable {
  /// The capture's idempotency id.
  public var id: String?
  /// Journal sequence of the commit; nil for a dry run.
  public var sequence: Int64?
  /// Primary TID of the profile: the customer's name for the back end.
  public var tid: TID
  /// What this touchpoint stores and sends from now on.
  public var touchpointTid: TID
  /// What happened, in a word.
  public var decision: Word
  /// Whether the profile is new.
  public var created: Bool
  /// Primaries that became secondary, oldest first.
  public var merged: [TID]
  /// Primary of the profile this touchpoint left.
  public var switchedFrom: TID?
  /// Whether a TID was presented that identifies nobody.
  public var unknownTid: Bool
  /// What became of the handoff; nil where there was none.
  public var handoff: HandoffResult?
  /// Whether this is the stored answer to an earlier, equal capture.
  public var replayed: Bool
  /// What became of each key, strongest attribute first, then in request order.
  public var keys: [KeyResult]

  package init(
    id: String?, sequence: Int64?, tid: TID, touchpointTid: TID, decision: Word, created: Bool, merged: [TID],
    switchedFrom: TID?, unknownTid: Bool, handoff: HandoffResult?, replayed: Bool, keys: [KeyResult]
  ) {
    self.id = id
    self.sequence = sequence
    self.tid = tid
    self.touchpointTid = touchpointTid
    self.decision = decision
    self.created = created
    self.merged = merged
    self.switchedFrom = switchedFrom
    self.unknownTid = unknownTid
    self.handoff = handoff
    self.replayed = replayed
    self.keys = keys
  }

  /// The first of these that applies.
  public enum Word: String, Sendable, Hashable {
    /// Another customer is at the touchpoint now.
    case switched
    /// Profiles turned out to be one.
    case merged
    /// A new profile.
    case created
    /// A key is new with the profile, or newly verified.
    case associated
    /// Nothing new.
    case recognized
  }

  /// What became of a handoff.
  public enum HandoffResult: String, Sendable, Hashable {
    /// Its TID is part of the profile now; the token is spent.
    case used
    /// It may not join this profile.
    case conflict
    /// Too late.
    case expired
    /// Wrong signature, space or touchpoint.
    case invalid
    /// Used before.
    case spent
    /// Its TID is unknown, erased or revoked.
    case unknownTid
  }

  /// What became of one key.
  public struct KeyResult: Sendable, Hashable {
    /// Name of the key attribute.
    public var attribute: String
    /// Normalised value; as sent where it is malformed.
    public var value: String
    /// What became of it.
    public var result: Result
    /// Whether the profile owns the key now.
    public var verified: Bool
    /// Why, where that needs saying.
    public var reason: Reason?
    /// What the validators found.
    public var evidence: [Evidence]
  }

  /// What became of a key.
  public enum Result: String, Sendable, Hashable {
    /// Newly recorded for the profile.
    case associated
    /// The profile had it.
    case recognized
    /// Not given to the profile.
    case withheld
    /// Not a key.
    case rejected
  }

  /// Why a key ended as it did.
  public enum Reason: String, Sendable, Hashable {
    /// Nobody vouched for it, and there is no room for it.
    case unverified
    /// Its owner differs from this customer.
    case conflict
    /// Its owner was said not to be this customer.
    case separated
    /// A guard of the space.
    case profileLimit
    /// It lost to other values of its attribute.
    case superseded
    /// It left its former owner.
    case transferred
    /// Its validator says it is wrong.
    case invalid
    /// It has not the form of its attribute.
    case malformed
    /// It is on a block list.
    case blocked
  }
}
