/// Why an operation on profiles was refused; nothing of it was stored.
public struct OperationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The reasons there are.
  public enum Code: String, Sendable, Hashable {
    /// The TID is not known, or its profile was erased.
    case unknownTid
    /// Only a secondary TID can be unmerged.
    case notSecondary
    /// A separation keeps the two profiles apart.
    case separated
    /// Together they would exceed `maxTidsPerProfile` or `maxKeysPerProfile`.
    case profileLimit
    /// The two TIDs are in one profile.
    case oneProfile
    /// There is no such separation.
    case notSeparated
  }

  /// Which reason.
  public let code: Code
  /// What is in the way, and what to do about it.
  public let message: String

  /// Makes an error.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
