/// Where a resolver says what an operator may want to know: bind it to the host's own logging, and hand it over
/// in `IdentityResolver.Options`. Without one, nothing is said.
public protocol ResolverLog: Sendable {
  /// Takes a notice. Called on whatever task it happened on, so it must return soon.
  func record(_ notice: ResolverNotice)
}

/// What happened in a resolver. Holds no value of a key, no proof and no secret; the message of a store's error
/// may name a file, a server or a table.
public struct ResolverNotice: Sendable, Hashable, CustomStringConvertible {
  /// How much it matters.
  public enum Level: String, Sendable, Hashable {
    /// As it should be.
    case info
    /// The resolver goes on by itself.
    case warning
    /// Somebody should look.
    case error
  }

  /// How much it matters.
  public let level: Level
  /// What it is, in a fixed word: `opened`, `closed`, `captureFailed`, `retryFailed`.
  public let name: String
  /// A sentence for a person.
  public let message: String

  /// The sentence.
  public var description: String { message }
}

extension ResolverNotice {
  static func opened(_ space: String, sequence: Int64) -> Self {
    Self(level: .info, name: "opened", message: "opened the store of '\(space)' at entry \(sequence)")
  }

  static let closed = Self(level: .info, name: "closed", message: "closed the store")

  static func captureFailed(_ error: ResolverError) -> Self {
    Self(level: .error, name: "captureFailed", message: "captures failed: \(error)")
  }

  static func retryFailed(_ error: ResolverError) -> Self {
    Self(
      level: .warning, name: "retryFailed",
      message: "keys that wait for a verdict could not be asked about, and will be later: \(error)")
  }
}
