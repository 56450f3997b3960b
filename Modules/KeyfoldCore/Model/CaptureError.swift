/// Why a capture was refused; nothing of it was stored.
public struct CaptureError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The reasons there are.
  public enum Code: String, Sendable, Hashable {
    /// Not JSON, not UTF-8, or with a NUL in it.
    case malformedJson
    /// A field of the wrong type, or an unknown one.
    case malformedField
    /// Not a TID.
    case malformedTid
    /// Not a time, or one too far ahead of the clock.
    case malformedTime
    /// The space has no such key attribute.
    case unknownAttribute
    /// More values of an attribute than a profile may hold.
    case ambiguousKeys
    /// Something is longer, or there is more of it, than is allowed.
    case tooLong
    /// The id was captured before with other content.
    case idReused
    /// The id belongs to a capture whose profile was erased.
    case erased
  }

  /// Which reason.
  public let code: Code
  /// The field it is about, for example `keys.email`; nil where it is the whole line.
  public let field: String?
  /// A sentence for a person.
  public let message: String

  /// Makes an error.
  public init(_ code: Code, field: String? = nil, _ message: String) {
    self.code = code
    self.field = field
    self.message = message
  }

  /// Field and message.
  public var description: String { field.map { "\($0): \(message)" } ?? message }
}
