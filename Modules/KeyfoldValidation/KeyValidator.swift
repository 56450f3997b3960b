public import KeyfoldCore

/// Vouches for keys. Two requirements: what its `valid` proves, and one function.
///
/// A validator must fail closed: whatever it cannot tell is `indeterminate`. It never throws, must return
/// soon after its task is cancelled, and never puts a proof, a secret or a server's own text into evidence.
public protocol KeyValidator: Sendable {
  /// What a `valid` of this validator proves at most.
  var assurance: Assurance { get }

  /// Says what is known of a key now.
  ///
  /// - Parameters:
  ///   - key: the normalised key.
  ///   - proof: the credential the capture carried for the attribute, if any.
  ///   - context: where and when it was captured.
  func validate(_ key: Key, proof: Proof?, context: ValidationContext) async -> Verdict
}

/// What a validator may know of a capture beside the key.
public struct ValidationContext: Sendable {
  /// Name of the space.
  public let space: String
  /// Where the key was captured.
  public let touchpoint: String
  /// When the question is asked.
  public let now: Timestamp
  /// Hears of every check as it ends, for a person who watches.
  package var onCheck: (@Sendable (Evidence) -> Void)?

  /// Makes a context.
  public init(space: String, touchpoint: String, now: Timestamp) {
    self.space = space
    self.touchpoint = touchpoint
    self.now = now
  }
}
