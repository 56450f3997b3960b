/// Everything that is held about one customer, as it may be handed to them.
///
/// It is made of what is known to be the customer's own, and of nothing else. Left out are, always: TIDs of
/// other customers, and keys that belong to them. Values that nobody vouched for as the customer's are masked,
/// unless they are asked for: somebody else may have typed them on the same device. That rule does not look at
/// whether another customer has the value, or a report would tell who is a customer; and what validators found
/// of such a value is left out, for it says something of whoever has it.
public struct AccessReport: Sendable, Hashable {
  /// Name of the space.
  public let space: String
  /// When it was made.
  public let at: Timestamp
  /// The last journal entry that was taken into account.
  public let sequence: Int64
  /// The customer's primary TID.
  public let customer: TID
  /// Every TID, oldest first.
  public let tids: [OwnTID]
  /// What became of every key, strongest attribute first.
  public let keys: [OwnKey]
  /// All recorded data.
  public let data: [Datum]
  /// How often each TID was seen where.
  public let activity: [Activity]
  /// For each separation when it was made; nil where the journal does not tell.
  public let separations: [Timestamp?]
  /// The journal's entries that speak of the customer.
  public let entries: [Entry]

  /// A TID of the customer.
  public struct OwnTID: Sendable, Hashable {
    /// The TID.
    public let record: TIDRecord
    /// Where the customer was first seen with it.
    public let touchpoint: String?
  }

  /// A value, as far as it may be shown.
  public enum Value: Sendable, Hashable {
    /// The customer's own.
    case own(String)
    /// Nobody vouched that it is the customer's; shown because it was asked for.
    case unverified(String)
    /// The same, masked.
    case masked(String)
    /// Somebody else's; not shown.
    case others
  }

  /// A key on one of the customer's TIDs.
  public struct OwnKey: Sendable, Hashable {
    /// Name of the key attribute.
    public let attribute: String
    /// The value.
    public let value: Value
    /// The TID it was captured on.
    public let origin: TID
    /// What it is now.
    public let standing: KeyStory.Standing
    /// Whether it waits for a verdict.
    public let waits: Bool
    /// When it was recorded, verified and released, and what validators found. Nothing is said of why it was
    /// not given, which may be another customer's business.
    public let moments: [Moment]
    /// When it became what it is.
    public let since: Timestamp?
    /// Where.
    public let touchpoint: String?
    /// Who vouched for it, or why it is not held; nil for a value that is not the customer's own.
    public let why: Sentence?
  }

  /// Something that happened to a key.
  public struct Moment: Sendable, Hashable {
    /// `recorded`, `verified` or `released`.
    public let what: String
    /// The journal entry.
    public let sequence: Int64
    /// When it happened.
    public let at: Timestamp
    /// Where.
    public let touchpoint: String?
    /// What the validators found; nothing for a value that is not the customer's own.
    public let evidence: [Evidence]
  }

  /// An entry of the journal, as far as it is the customer's.
  public struct Entry: Sendable, Hashable {
    /// Its sequence number.
    public let sequence: Int64
    /// When it happened.
    public let at: Timestamp
    /// Where; nil where no touchpoint had part in it, or where it is another customer's.
    public let touchpoint: String?
    /// The capture's id; nil where it is another customer's.
    public let id: String?
    /// What happened, in words addressed to the customer.
    public let what: Sentence
    /// Keys that were shown.
    public let keys: [ShownKey]
    /// Data that was recorded.
    public let data: [Datum]
  }

  /// A key in a capture.
  public struct ShownKey: Sendable, Hashable {
    /// Name of the key attribute.
    public let attribute: String
    /// The value.
    public let value: Value
    /// What became of it.
    public let result: Outcome.Result
    /// Whether the customer owned it then.
    public let verified: Bool
    /// What the validators found; nothing for a value that is not the customer's own.
    public let evidence: [Evidence]
  }

  /// How many values are masked, each once.
  public var maskedValues: Int {
    var masked: Set<Value> = []
    for value in keys.map(\.value) + entries.flatMap(\.keys).map(\.value) {
      if case .masked = value { masked.insert(value) }
    }
    return masked.count
  }
}
