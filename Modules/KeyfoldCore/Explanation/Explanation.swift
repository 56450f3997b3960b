/// Why things are as they are: the story of a customer, the chain that made two TIDs or keys one customer, or
/// what keeps them two.
///
/// Text, JSON and pictures are all rendered from this value. It names every customer that is involved, so it
/// is for operators, never for the customers themselves.
public struct Explanation: Sendable, Hashable {
  /// The last journal entry that was taken into account.
  public let sequence: Int64
  /// What was asked about: one thing, or two.
  public let subjects: [Subject]
  /// The answer.
  public let answer: Answer
  /// The customers the subjects lead to, in the order of the subjects, each once; for a key that several
  /// customers merely claim, all of them.
  public let customers: [Customer]
  /// Everything that changed something for them or stopped something, in the order of the journal.
  public let timeline: [Event]
  /// Captures that speak of them and changed nothing.
  public let uneventful: Int

  /// What was asked for, and what was found.
  public enum Answer: Sendable, Hashable {
    /// Asked about one: the timeline is the answer.
    case story
    /// Asked about two that are one customer: the shortest way from the first to the second.
    case connected([Step])
    /// Asked about two that are not.
    case apart(Apart)
  }

  /// Something that was asked about.
  public struct Subject: Sendable, Hashable {
    /// What can be asked about.
    public enum Asked: Sendable, Hashable {
      /// A TID.
      case tid(TID)
      /// A key.
      case key(Key)
      /// A capture, by its idempotency id, and its journal entry.
      case capture(id: String, sequence: Int64)
    }

    /// What was asked about.
    public let asked: Asked
    /// The TID it leads to: the TID itself, the origin of the key, the TID the capture was recorded on.
    public let tid: TID
    /// Whether the customer of that TID holds it now; false for a key that was released, withheld or
    /// rejected.
    public let isHeld: Bool
    /// What it is, in a sentence.
    public let statement: Sentence
  }

  /// One customer.
  public struct Customer: Sendable, Hashable {
    /// The primary TID.
    public let primary: TID
    /// Every TID, oldest first.
    public let tids: [TIDStory]
    /// What became of every key that was captured on these TIDs, strongest attribute first.
    public let keys: [KeyStory]
    /// Who this customer was said not to be.
    public let separations: [Separation]
  }

  /// A separation that stands.
  public struct Separation: Sendable, Hashable {
    /// The TID of this customer.
    public let own: TID
    /// The TID that is kept apart from it.
    public let other: TID
    /// The journal entry that made it; nil where the journal does not tell.
    public let sequence: Int64?
    /// The reason given.
    public let reason: String?
  }

  /// A TID and how it came to its customer.
  public struct TIDStory: Sendable, Hashable {
    /// The TID as it is now.
    public let record: TIDRecord
    /// Where the customer was first seen with it; nil where the journal does not tell.
    public let touchpoint: String?
    /// The journal entry it came to be with.
    public let born: Int64?
    /// How it came below its parent; nil for a primary TID.
    public let link: Link?
    /// The journal entry that revoked it.
    public let revoked: Int64?
  }
}

extension Explanation {
  /// Short names for the customers' TIDs: T1, T2… in the order of the customers, oldest first.
  package var names: [TID: String] {
    var names: [TID: String] = [:]
    for story in customers.flatMap(\.tids) where names[story.record.tid] == nil {
      names[story.record.tid] = "T\(names.count + 1)"
    }
    return names
  }
}
