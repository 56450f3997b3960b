/// Fixed-width numbers, least significant byte first.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ value: UInt32) { add(UInt64(value), 4) }
  mutating func add(_ value: UInt64) { add(value, 8) }
  mutating func add(_ value: Int64) { add(UInt64(bitPattern: value), 8) }

  mutating func add(_ content: some Sequence<UInt8>) { bytes.append(contentsOf: content) }

  /// A text with its length before it.
  mutating func add(text: String) {
    add(UInt32(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  private mutating func add(_ value: UInt64, _ count: Int) {
    for place in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * place))) }
  }
}

/// Reads what a `ByteWriter` wrote; everything is nil once it runs over the end.
struct ByteReader {
  private let bytes: ArraySlice<UInt8>
  private(set) var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  var isAtEnd: Bool { position >= bytes.endIndex }

  mutating func uint32() -> UInt32? { number(4).map { UInt32(truncatingIfNeeded: $0) } }
  mutating func uint64() -> UInt64? { number(8) }
  mutating func int64() -> Int64? { number(8).map { Int64(bitPattern: $0) } }

  mutating func content(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= bytes.endIndex - position else { return nil }
    defer { position += count }
    return bytes[position..<position + count]
  }

  mutating func text() -> String? {
    guard let count = uint32(), let content = content(Int(count)) else { return nil }
    return String(validating: content, as: UTF8.self)
  }

  private mutating func number(_ count: Int) -> UInt64? {
    guard let content = content(count) else { return nil }
    var value: UInt64 = 0
    for byte in content.reversed() { value = value << 8 | UInt64(byte) }
    return value
  }
}
