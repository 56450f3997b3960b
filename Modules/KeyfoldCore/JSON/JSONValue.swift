/// A JSON text (RFC 8259) as a tree: members in their order, each name once.
///
/// Foundation's decoder neither refuses duplicate names nor says where a text is wrong; both matter here.
package enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  /// A number as it stands in the text.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([JSONMember])

  /// Parses a whole text; white space may surround the value.
  package init(parsing bytes: ArraySlice<UInt8>) throws(JSONError) {
    var parser = JSONParser(bytes: bytes)
    self = try parser.document()
  }

  /// Parses a whole text.
  package init(parsing text: String) throws(JSONError) {
    try self.init(parsing: ArraySlice(Array(text.utf8)))
  }

  package subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    for member in members where sameBytes(member.name, name) { return member.value }
    return nil
  }

  package var string: String? { if case .string(let value) = self { value } else { nil } }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var integer: Int64? { if case .number(let value) = self { Int64(value) } else { nil } }
  package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  package var isNull: Bool { if case .null = self { true } else { false } }

  /// What kind of value it is, for error messages.
  package var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

/// A named value of a JSON object.
package struct JSONMember: Sendable, Hashable {
  package let name: String
  package let value: JSONValue
}

/// Why a text is not JSON.
package struct JSONError: Error, Sendable, Hashable {
  /// Byte the error is at, from the beginning of the text.
  package let offset: Int
  package let message: String
  /// Names of the members it is in, where it is about a member.
  package var path: [String] = []
}

private struct JSONParser {
  let bytes: ArraySlice<UInt8>
  var position: Int
  var depth = 0

  /// Nesting beyond this is nobody's data.
  static let depthMax = 64
  /// From this many members on, names are compared through a set.
  static let smallObject = 16

  init(bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  mutating func document() throws(JSONError) -> JSONValue {
    let value = try value()
    skipSpace()
    if position < bytes.endIndex { throw error("something follows the JSON value") }
    return value
  }

  private mutating func value() throws(JSONError) -> JSONValue {
    skipSpace()
    guard position < bytes.endIndex else { throw error("the text ends where a value is expected") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return try nested { parser throws(JSONError) in try parser.object() }
    case UInt8(ascii: "["): return try nested { parser throws(JSONError) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func nested(_ body: (inout Self) throws(JSONError) -> JSONValue) throws(JSONError)
    -> JSONValue
  {
    depth += 1
    defer { depth -= 1 }
    if depth > JSONParser.depthMax { throw error("nested more than \(JSONParser.depthMax) deep") }
    position += 1
    return try body(&self)
  }

  private mutating func object() throws(JSONError) -> JSONValue {
    var members: [JSONMember] = []
    var names: Set<ExactText> = []
    if take(UInt8(ascii: "}")) { return .object(members) }
    repeat {
      skipSpace()
      guard position < bytes.endIndex, bytes[position] == UInt8(ascii: "\"") else {
        throw error("a member's name in quotation marks is expected")
      }
      let start = position
      let name = try string()
      if isDuplicate(name, members, &names) {
        throw JSONError(
          offset: start - bytes.startIndex, message: "the name \"\(name)\" stands twice in one object",
          path: [name])
      }
      guard take(UInt8(ascii: ":")) else { throw error("':' is expected after a name") }
      do throws(JSONError) {
        members.append(JSONMember(name: name, value: try value()))
      } catch {
        var error = error
        if !error.path.isEmpty { error.path.insert(name, at: 0) }
        throw error
      }
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw error("',' or '}' is expected") }
    return .object(members)
  }

  private func isDuplicate(_ name: String, _ members: [JSONMember], _ names: inout Set<ExactText>) -> Bool {
    if members.count < JSONParser.smallObject { return members.contains { sameBytes($0.name, name) } }
    if names.isEmpty { names = Set(members.map { ExactText($0.name) }) }
    return !names.insert(ExactText(name)).inserted
  }

  private mutating func array() throws(JSONError) -> JSONValue {
    var elements: [JSONValue] = []
    if take(UInt8(ascii: "]")) { return .array(elements) }
    repeat { elements.append(try value()) } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw error("',' or ']' is expected") }
    return .array(elements)
  }

  private mutating func string() throws(JSONError) -> String {
    position += 1
    let start = position
    while position < bytes.endIndex {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        defer { position += 1 }
        return try text(bytes[start..<position])
      }
      if byte == UInt8(ascii: "\\") { return try escapedString(bytes[start..<position]) }
      if byte < 0x20 { throw error("a control character in a string must be escaped") }
      position += 1
    }
    throw error("a string has no end")
  }

  private func text(_ part: ArraySlice<UInt8>) throws(JSONError) -> String {
    // Three times as fast as String(validating:as:), and there are some twenty strings in a line.
    guard let text = try? UTF8Span(validating: part.span) else { throw error("not valid UTF-8") }
    return String(copying: text)
  }

  private mutating func escapedString(_ beginning: ArraySlice<UInt8>) throws(JSONError) -> String {
    var content = Array(beginning)
    while position < bytes.endIndex {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        let result = try text(content[...])
        position += 1
        return result
      }
      if byte < 0x20 { throw error("a control character in a string must be escaped") }
      position += 1
      if byte == UInt8(ascii: "\\") { try escape(into: &content) } else { content.append(byte) }
    }
    throw error("a string has no end")
  }

  private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
    guard position < bytes.endIndex else { throw error("a string has no end") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "n"): content.append(0x0A)
    case UInt8(ascii: "r"): content.append(0x0D)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "u"): content.append(contentsOf: Array(String(Character(try unicodeEscape())).utf8))
    default: throw error("no such escape")
    }
  }

  private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
    var value = try fourHexDigits()
    if (0xD800..<0xDC00).contains(value) {
      guard position + 1 < bytes.endIndex, bytes[position] == UInt8(ascii: "\\"),
        bytes[position + 1] == UInt8(ascii: "u")
      else { throw error("half of a surrogate pair") }
      position += 2
      let low = try fourHexDigits()
      guard (0xDC00..<0xE000).contains(low) else { throw error("half of a surrogate pair") }
      value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
    }
    // A NUL cannot be kept by every store.
    guard value != 0, let scalar = Unicode.Scalar(value) else {
      throw error(value == 0 ? "NUL is not allowed" : "half of a surrogate pair")
    }
    return scalar
  }

  private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
    guard position + 4 <= bytes.endIndex else { throw error("four hexadecimal digits are expected") }
    var value: UInt32 = 0
    for byte in bytes[position..<position + 4] {
      let lower = (0x41...0x46).contains(byte) ? byte | 0x20 : byte
      guard let digit = lowerHexDigit(lower) else { throw error("four hexadecimal digits are expected") }
      value = value << 4 | UInt32(digit)
    }
    position += 4
    return value
  }

  private mutating func number() throws(JSONError) -> String {
    let start = position
    if position < bytes.endIndex, bytes[position] == UInt8(ascii: "-") { position += 1 }
    let whole = position
    guard digits() else { throw error("a JSON value is expected") }
    if position - whole > 1, bytes[whole] == UInt8(ascii: "0") {
      throw error("a number may not begin with 0")
    }
    if position < bytes.endIndex, bytes[position] == UInt8(ascii: ".") {
      position += 1
      guard digits() else { throw error("a digit is expected") }
    }
    if position < bytes.endIndex, bytes[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      if position < bytes.endIndex,
        bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
      {
        position += 1
      }
      guard digits() else { throw error("a digit is expected") }
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func digits() -> Bool {
    let start = position
    while position < bytes.endIndex, isASCIIDigit(bytes[position]) { position += 1 }
    return position > start
  }

  private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    let text = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    guard bytes[position...].starts(with: text) else { throw error("a JSON value is expected") }
    position += text.count
    return value
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard position < bytes.endIndex, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.endIndex {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private func error(_ message: String) -> JSONError {
    JSONError(offset: position - bytes.startIndex, message: message)
  }
}
