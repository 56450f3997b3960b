/// Bytes that must not be seen: a proof, a signing key. Cannot be printed, encoded or mirrored.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  @usableFromInline let bytes: [UInt8]

  /// Wraps the UTF-8 bytes of a text.
  public init(_ text: String) { bytes = Array(text.utf8) }

  /// Wraps bytes.
  public init(bytes: [UInt8]) { self.bytes = bytes }

  /// Number of bytes.
  public var count: Int { bytes.count }

  /// Lends the bytes for the time of the closure; whatever it returns is the caller's responsibility.
  @inlinable
  public func withExposedBytes<T, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> T) throws(E) -> T {
    var result: Result<T, E>?
    bytes.withUnsafeBytes { buffer in
      do throws(E) { result = .success(try body(buffer)) } catch { result = .failure(error) }
    }
    return try result!.get()
  }

  /// Always the same placeholder.
  public var description: String { "<secret>" }
  /// Always the same placeholder.
  public var debugDescription: String { "<secret>" }
  /// Shows no children.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A credential that a capture carries for one key attribute, for example an access token. Never stored or
/// logged.
public typealias Proof = Secret
