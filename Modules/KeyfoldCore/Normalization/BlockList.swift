import Glibc

/// The values of one attribute that are never keys.
package struct BlockList: Sendable, Hashable {
  private let patterns: [String]
  private let defaults: Bool

  init(_ attribute: KeyAttribute) {
    patterns = attribute.block.map(lowercased)
    defaults = attribute.blockDefaults
  }

  /// Whether the normalised value is blocked.
  package func contains(_ value: String) -> Bool {
    if defaults && isJunk(value) { return true }
    guard !patterns.isEmpty else { return false }
    let folded = lowercased(value)
    return inUTF8Locale { patterns.contains { fnmatch($0, folded, 0) == 0 } }
  }

  private func isJunk(_ value: String) -> Bool {
    guard !value.utf8.allSatisfy({ $0 == 0x30 || $0 == 0x2D || $0 == 0x20 }) else { return true }
    guard value.utf8.count <= BlockList.longestWord else { return false }
    return BlockList.words.contains(String(decoding: value.utf8.map(asciiLower), as: UTF8.self))
  }

  /// What forms, spreadsheets and scripts send where they have no value.
  private static let words: Set<String> = [
    "null", "nil", "none", "undefined", "unknown", "n/a", "na", "anonymous", "guest", "test", "invalid",
    "true", "false", "nan", "[object object]", "-1",
  ]
  private static let longestWord = 15
}

/// fnmatch(3) reads characters by the locale; this one takes `?` and `[…]` as characters, not as bytes,
/// wherever the program runs.
private func inUTF8Locale(_ body: () -> Bool) -> Bool {
  guard let locale = utf8Locale.handle else { return body() }
  let previous = uselocale(locale)
  defer { uselocale(previous) }
  return body()
}

/// A locale object is immutable once made, so that any thread may use it.
private struct UTF8Locale: @unchecked Sendable {
  let handle = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)
}

private let utf8Locale = UTF8Locale()

private func asciiLower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
