import Glibc

/// Text that is compared by its UTF-8 bytes.
///
/// Swift's `String ==` treats canonically equivalent spellings as equal; two stores that did so and one
/// that did not would disagree about who owns a key. Everything Keyfold compares goes through bytes.
public struct ExactText: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The text itself.
  public let string: String

  /// Wraps a string; its bytes are what counts from here on.
  public init(_ string: String) { self.string = string }

  /// A literal, for fixed names.
  public init(stringLiteral value: String) { self.string = value }

  /// The text as it is.
  public var description: String { string }

  /// Equal bytes.
  public static func == (a: Self, b: Self) -> Bool { sameBytes(a.string, b.string) }

  /// Order of the bytes.
  public static func < (a: Self, b: Self) -> Bool { bytesPrecede(a.string, b.string) }

  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) { hashBytes(string, into: &hasher) }
}

/// Whether two strings have the same UTF-8 bytes.
package func sameBytes(_ a: String, _ b: String) -> Bool {
  let count = a.utf8.count
  guard count == b.utf8.count else { return false }
  let fast = a.utf8.withContiguousStorageIfAvailable { left in
    b.utf8.withContiguousStorageIfAvailable { right in
      count == 0 || memcmp(left.baseAddress!, right.baseAddress!, count) == 0
    }
  }
  return fast.flatMap { $0 } ?? a.utf8.elementsEqual(b.utf8)
}

/// Whether the UTF-8 bytes of `a` come before those of `b`.
package func bytesPrecede(_ a: String, _ b: String) -> Bool {
  a.utf8.lexicographicallyPrecedes(b.utf8)
}

package func hashBytes(_ text: String, into hasher: inout Hasher) {
  let done: Void? = text.utf8.withContiguousStorageIfAvailable {
    hasher.combine(bytes: UnsafeRawBufferPointer($0))
  }
  if done == nil {
    for byte in text.utf8 { hasher.combine(byte) }
  }
  hasher.combine(UInt8(0xFF))
}
