/// What a `valid` verdict proves.
public enum Assurance: String, Sendable, Hashable, CaseIterable {
  /// The key is real: there is such a record, such a mailbox.
  case existence
  /// Whoever is at this touchpoint proved that the key is theirs.
  case possession
}

/// What a validator says of a key now.
public enum Finding: String, Sendable, Hashable {
  /// The validator vouches for the key.
  case valid
  /// The key is wrong, unknown or somebody else's.
  case invalid
  /// Nobody can tell at the moment; never links anything.
  case indeterminate
}

/// One check a validator made, kept in outcome and journal. Never holds a secret, a proof or a server's text.
public struct Evidence: Hashable, Sendable {
  /// Name of the validator.
  public var validator: String
  /// Version of the validator.
  public var version: String
  /// Which check of that validator, for example `mx`.
  public var check: String
  /// What it found.
  public var finding: Finding
  /// What a `valid` proves.
  public var assurance: Assurance
  /// A word from the validator's fixed list, for example `mxFound`.
  public var code: String
  /// Status of the call, if there was one (HTTP, SMTP).
  public var status: Int?
  /// How long the check took.
  public var latencyMs: Int
  /// Whether it came from the verdict cache.
  public var cached: Bool
  /// When it was made.
  public var at: Timestamp

  /// Makes evidence.
  public init(
    validator: String, version: String, check: String, finding: Finding, assurance: Assurance, code: String,
    status: Int? = nil, latencyMs: Int, cached: Bool = false, at: Timestamp
  ) {
    self.validator = validator
    self.version = version
    self.check = check
    self.finding = finding
    self.assurance = assurance
    self.code = code
    self.status = status
    self.latencyMs = latencyMs
    self.cached = cached
    self.at = at
  }
}

/// A verdict on one key: the finding, what it proves, and the checks behind it.
public struct Verdict: Hashable, Sendable {
  /// What was found.
  public var finding: Finding
  /// What a `valid` proves.
  public var assurance: Assurance
  /// The checks, in the order they were made.
  public var evidence: [Evidence]
  /// Whether an `indeterminate` may become more without a proof, so that asking again later makes sense.
  public var retryable: Bool
  /// How long the verdict may be given again without asking.
  public var reuse: Reuse

  /// How long a verdict may be given again without asking.
  public enum Reuse: Hashable, Sendable {
    /// As long as the settings of the validator say.
    case asConfigured
    /// As long as the settings say, but not from this instant on: when the token behind it expires.
    case until(Timestamp)
    /// Never: the proof was good for one time.
    case never
  }

  /// Makes a verdict.
  public init(
    finding: Finding, assurance: Assurance, evidence: [Evidence], retryable: Bool = true,
    reuse: Reuse = .asConfigured
  ) {
    self.finding = finding
    self.assurance = assurance
    self.evidence = evidence
    self.retryable = retryable
    self.reuse = reuse
  }
}
