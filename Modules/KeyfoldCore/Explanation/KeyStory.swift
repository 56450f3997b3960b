/// What became of a key on a TID.
public struct KeyStory: Sendable, Hashable {
  /// The key.
  public let key: Key
  /// The TID it was captured on.
  public let origin: TID
  /// What it is now.
  public let standing: Standing
  /// Whether it waits for a verdict.
  public let waits: Bool
  /// Who vouched for it, or why it is not held; nil where there is nothing to say.
  public let why: Sentence?
  /// What happened to it there, in order. What was withheld or rejected time and again is told once.
  public let moments: [Moment]

  /// What a key is to its customer.
  public enum Standing: Sendable, Hashable {
    /// The customer owns it.
    case verified
    /// Captured, but nobody vouched for it: it identifies nobody.
    case claimed
    /// The customer had it.
    case released(Effect.Release)
    /// Shown, but not given to the customer.
    case withheld(Outcome.Reason)
    /// Shown, but not a key of anybody.
    case rejected(Outcome.Reason)
  }

  /// Something that happened to it.
  public struct Moment: Sendable, Hashable {
    /// What can happen to a key.
    public enum What: Sendable, Hashable {
      /// It was recorded.
      case claimed(verified: Bool)
      /// Its unverified claim became verified.
      case verified
      /// Its claim is gone.
      case released(Effect.Release)
      /// It was shown and not given.
      case withheld(Outcome.Reason)
      /// It was shown and is no key.
      case rejected(Outcome.Reason)
      /// It waits for a verdict from here on.
      case queued
      /// It waits no longer.
      case settled(PendingEnd)
    }

    /// What happened.
    public let what: What
    /// The journal entry, the first where it happened time and again.
    public let sequence: Int64
    /// When it was captured, or when an operator acted.
    public let at: Timestamp
    /// Where; nil where no touchpoint had part in it.
    public let touchpoint: String?
    /// What the validators found.
    public let evidence: [Evidence]
    /// How often it happened in a row.
    public internal(set) var times = 1
  }

  /// Whether the customer holds it, verified or not.
  public var isHeld: Bool {
    switch standing {
    case .verified, .claimed: true
    case .released, .withheld, .rejected: false
    }
  }
}

extension KeyStory {
  /// - Parameter held: what the customer's claim on it says; nil where there is none.
  init(
    _ key: Key, on origin: TID, held: Standing?, waits: Bool, moments: [Moment], in space: Space
  ) {
    (self.key, self.origin, self.waits, self.moments) = (key, origin, waits, moments)
    standing = held ?? Standing(after: moments)
    let decisive = KeyStory.decisive(standing, moments)
    why =
      switch standing {
      case .verified, .claimed:
        space.vouching(
          for: key.attribute, at: decisive?.touchpoint, evidence: decisive?.evidence ?? [],
          known: standing == .verified)
      case .released(let why): why.words
      case .withheld(let reason), .rejected(let reason): reason.words
      }
  }

  /// When it became what it is: the moment that made it verified, recorded, released or refused it.
  public var decisive: Moment? { KeyStory.decisive(standing, moments) }

  private static func decisive(_ standing: Standing, _ moments: [Moment]) -> Moment? {
    moments.last { moment in
      switch (standing, moment.what) {
      case (.verified, .verified), (.verified, .claimed(verified: true)): true
      case (.claimed, .claimed), (.released, .released), (.withheld, .withheld), (.rejected, .rejected): true
      default: false
      }
    }
  }
}

extension KeyStory.Standing {
  /// What a key is whose claim is gone, or that never had one: the last that was decided about it.
  init(after moments: [KeyStory.Moment]) {
    for moment in moments.reversed() {
      switch moment.what {
      case .released(let why):
        self = .released(why)
        return
      case .withheld(let reason):
        self = .withheld(reason)
        return
      case .rejected(let reason):
        self = .rejected(reason)
        return
      case .claimed, .verified, .queued, .settled: continue
      }
    }
    self = .withheld(.unverified)
  }
}

extension KeyStory {
  /// What it is, since when and why, in a sentence.
  var statement: Sentence {
    let since: Sentence = decisive.map { " since \($0.place)" } ?? ""
    let shown: Sentence = decisive.map { " in \($0.place)" } ?? ""
    let reason: Sentence = why.map { ": \($0)" } ?? ""
    let waiting: Sentence = waits ? ", and it waits for a verdict" : ""
    switch standing {
    case .verified: return "\(key) is \(origin)'s, verified\(since)\(reason)\(waiting)"
    case .claimed:
      return "\(origin) claims \(key)\(since), but nobody vouched for it, so it identifies nobody\(waiting)"
    case .released: return "\(origin) no longer holds \(key)\(since)\(reason)\(waiting)"
    case .withheld: return "\(key) was shown on \(origin)\(shown) and withheld\(reason)\(waiting)"
    case .rejected: return "\(key) was shown on \(origin)\(shown) and rejected\(reason)\(waiting)"
    }
  }
}

extension KeyStory.Moment {
  /// The journal entry, and where it happened.
  fileprivate var place: Sentence {
    let touchpoint: Sentence = touchpoint.map { " at \(quoted: $0)" } ?? ""
    return "\(entry: sequence)\(touchpoint)"
  }
}

/// A key as somebody held it when it led somewhere.
public struct Holding: Sendable, Hashable {
  /// The key.
  public let key: Key
  /// The TID its verified claim was on.
  public let origin: TID
  /// The journal entry that made the claim verified; nil where the journal does not tell.
  public let since: Int64?
}
