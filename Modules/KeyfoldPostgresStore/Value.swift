#if PostgreSQL
import KeyfoldCore

/// A value, or a list of values, in the binary form of the protocol; nil is NULL.
///
/// Lists are sent as arrays, so that a whole group of captures is read and written by as many statements as
/// one capture alone.
struct Value: Sendable {
  let bytes: [UInt8]?

  private init(_ bytes: [UInt8]?) { self.bytes = bytes }

  static var null: Value { Value(nil) }
  static func bool(_ value: Bool) -> Value { Value([value ? 1 : 0]) }

  static func int(_ value: Int64) -> Value { Value(bigEndianBytes(value)) }
  static func int(_ value: Int) -> Value { int(Int64(value)) }
  static func smallInt(_ value: Int32) -> Value { Value(bigEndianBytes(value)) }
  static func text(_ value: String) -> Value { Value(Array(value.utf8)) }
  static func text(utf8 value: [UInt8]) -> Value { Value(value) }
  static func bytes(_ value: [UInt8]) -> Value { Value(value) }
  static func uuid(_ value: some SixteenBytes) -> Value { uuid(high: value.high, low: value.low) }
  static func uuid(high: UInt64, low: UInt64) -> Value { Value(bigEndianBytes(high) + bigEndianBytes(low)) }

  static func ints(_ list: [Int64?]) -> Value {
    self.list(of: .int8, list) { value, bytes in bytes.append(bigEndian: value) }
  }

  static func smallInts(_ list: [Int32]) -> Value {
    self.list(of: .int4, list) { value, bytes in bytes.append(bigEndian: value) }
  }

  static func bools(_ list: [Bool]) -> Value {
    self.list(of: .bool, list) { value, bytes in bytes.append(value ? 1 : 0) }
  }

  static func texts(_ list: [String]) -> Value {
    self.list(of: .text, list) { value, bytes in bytes.append(contentsOf: value.utf8) }
  }

  static func texts(utf8 list: [[UInt8]]) -> Value {
    self.list(of: .text, list) { value, bytes in bytes.append(contentsOf: value) }
  }

  static func uuids<ID: SixteenBytes>(_ list: [ID?]) -> Value {
    self.list(of: .uuid, list) { value, bytes in
      bytes.append(bigEndian: value.high)
      bytes.append(bigEndian: value.low)
    }
  }

  // MARK: Lists

  /// Types of elements by the numbers the protocol has for them (pg_type.oid, the same in every server).
  private enum ElementType: UInt32 {
    case bool = 16
    case int8 = 20
    case int4 = 23
    case text = 25
    case uuid = 2950
  }

  /// One dimension, numbered from 1, each element behind its length, -1 for NULL (array_recv).
  private static func list<Element>(
    of type: ElementType, _ elements: [Element?], _ write: (Element, inout [UInt8]) -> Void
  ) -> Value {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(20 + elements.count * 20)
    bytes.append(bigEndian: elements.isEmpty ? 0 : 1 as Int32)
    bytes.append(bigEndian: 1 as Int32)
    bytes.append(bigEndian: type.rawValue)
    if elements.isEmpty { return Value(bytes) }
    bytes.append(bigEndian: Int32(elements.count))
    bytes.append(bigEndian: 1 as Int32)
    for element in elements {
      let start = bytes.count
      bytes.append(bigEndian: -1 as Int32)
      guard let element else { continue }
      write(element, &bytes)
      let length = bigEndianBytes(Int32(bytes.count - start - 4))
      bytes.replaceSubrange(start..<(start + 4), with: length)
    }
    return Value(bytes)
  }
}

/// What is stored as a `uuid`: 16 bytes, compared from the first on.
protocol SixteenBytes {
  var high: UInt64 { get }
  var low: UInt64 { get }
}

extension TID: SixteenBytes {}
extension Digest: SixteenBytes {}

private func bigEndianBytes(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.bigEndian) { Array($0) }
}

extension [UInt8] {
  fileprivate mutating func append(bigEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }
}
#endif
