/// Writes JSON, members in the order they are given.
package struct JSONWriter {
  package private(set) var bytes: [UInt8] = []
  /// Whether the next member or element needs a comma before it.
  private var needsComma = false

  package init(reserving capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  package mutating func object(_ members: (inout JSONWriter) -> Void) {
    open("{")
    members(&self)
    close("}")
  }

  package mutating func array<Element>(
    _ elements: some Sequence<Element>, _ each: (inout JSONWriter, Element) -> Void
  ) {
    open("[")
    for element in elements { each(&self, element) }
    close("]")
  }

  package mutating func name(_ name: StaticString) {
    let comma = needsComma
    bytes.append(addingCapacity: name.utf8CodeUnitCount + 4) { output in
      if comma { output.put(",") }
      output.put("\"")
      output.put(literal: name)
      output.put("\"")
      output.put(":")
    }
    needsComma = false
  }

  package mutating func name(_ name: String) {
    comma()
    quote(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  package mutating func null() { literal("null") }
  package mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }

  package mutating func string(_ value: String) {
    comma()
    quote(value)
    needsComma = true
  }

  package mutating func integer(_ value: Int64) {
    comma()
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
    withUnsafeMutableBytes(of: &digits) { buffer in
      var place = buffer.count
      var rest = value.magnitude
      repeat {
        place -= 1
        buffer[place] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
      } while rest > 0
      bytes.append(contentsOf: buffer[place...])
    }
    needsComma = true
  }

  package mutating func tid(_ tid: TID) {
    comma()
    bytes.append(addingCapacity: TID.textBytes + 2) { output in
      output.put("\"")
      tid.write(into: &output)
      output.put("\"")
    }
    needsComma = true
  }

  package mutating func time(_ time: Timestamp) {
    comma()
    bytes.append(addingCapacity: Timestamp.textBytesMax + 2) { output in
      output.put("\"")
      time.write(into: &output)
      output.put("\"")
    }
    needsComma = true
  }

  /// A value that was read, numbers as they stood there.
  package mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .bool(let value): bool(value)
    case .number(let digits):
      comma()
      raw(digits)
      needsComma = true
    case .string(let text): string(text)
    case .array(let elements): array(elements) { json, element in json.value(element) }
    case .object(let members):
      object { json in
        for member in members {
          json.name(member.name)
          json.value(member.value)
        }
      }
    }
  }

  /// Text that is no JSON, for streams that are not either.
  package mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// Ends a line of a stream.
  package mutating func newLine() {
    bytes.append(UInt8(ascii: "\n"))
    needsComma = false
  }

  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    needsComma = false
  }

  /// The text written so far.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  private mutating func comma() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  private mutating func open(_ bracket: Unicode.Scalar) {
    comma()
    bytes.append(UInt8(ascii: bracket))
    needsComma = false
  }

  private mutating func close(_ bracket: Unicode.Scalar) {
    bytes.append(UInt8(ascii: bracket))
    needsComma = true
  }

  private mutating func literal(_ word: StaticString) {
    comma()
    bytes.append(contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    needsComma = true
  }

  private mutating func quote(_ value: String) {
    var value = value
    value.withUTF8 { text in
      guard isPlain(text) else { return quoteEscaping(text) }
      bytes.append(addingCapacity: text.count + 2) { output in
        output.put("\"")
        for byte in text { output.append(byte) }
        output.put("\"")
      }
    }
  }

  private func isPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    for byte in text where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
      return false
    }
    return true
  }

  private mutating func quoteEscaping(_ text: UnsafeBufferPointer<UInt8>) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text { escape(byte) }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
    case 0x0A: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
    case 0x0D: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
    case 0x09: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
    case 0..<0x20:
      bytes += Array("\\u00".utf8)
      bytes += [lowerHexCharacter(UInt64(byte >> 4)), lowerHexCharacter(UInt64(byte & 0xF))]
    default: bytes.append(byte)
    }
  }
}

extension OutputSpan<UInt8> {
  mutating func put(_ character: Unicode.Scalar) { append(UInt8(ascii: character)) }

  mutating func put(literal text: StaticString) {
    for byte in UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount) { append(byte) }
  }
}

extension JSONWriter {
  package mutating func member(_ name: StaticString, _ value: String?) {
    self.name(name)
    if let value { string(value) } else { null() }
  }

  package mutating func member(_ name: StaticString, _ value: Int64?) {
    self.name(name)
    if let value { integer(value) } else { null() }
  }

  package mutating func member(_ name: StaticString, _ value: Int) { member(name, Int64(value)) }

  package mutating func member(_ name: StaticString, _ value: Bool) {
    self.name(name)
    bool(value)
  }

  package mutating func member(_ name: StaticString, _ value: TID?) {
    self.name(name)
    if let value { tid(value) } else { null() }
  }

  package mutating func member(_ name: StaticString, _ value: Timestamp?) {
    self.name(name)
    if let value { time(value) } else { null() }
  }
}
