import KeyfoldCore

/// What a request may consist of. libcurl would send lines as they are: one with a line break in it would be
/// two.

extension HTTPRequest {
  /// Whether method and header fields can be sent as they are. The address is judged where its host is looked
  /// up.
  var hasSendableHead: Bool {
    !method.isEmpty && method.utf8.allSatisfy(isTokenCharacter) && method != "CONNECT"
      && headers.allSatisfy(\.isSendable)
  }

  /// The body as it goes onto the wire: a POST has one, if an empty one.
  var sentBody: Secret? { body ?? (method == "POST" ? Secret("") : nil) }
}

extension HTTPRequest.Header {
  /// Fields that say where a message ends, which is libcurl's business.
  private static let ofTheConnection = ["connection", "content-length", "te", "transfer-encoding", "upgrade"]

  /// Whether the name is one, the value is of one line, and the field is not about the connection.
  var isSendable: Bool {
    !name.isEmpty && name.utf8.allSatisfy(isTokenCharacter)
      && !Self.ofTheConnection.contains { isNamed($0) }
      && value.withExposedBytes { value in
        value.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
      }
  }

  /// The field as libcurl takes it: one without a value ends in a semicolon.
  var line: Secret {
    let name = Array(name.utf8)
    guard value.count > 0 else { return Secret(bytes: name + [UInt8(ascii: ";")]) }
    return Secret(bytes: name + Array(": ".utf8) + value.withExposedBytes { Array($0) })
  }

  /// Whether it has that name, which is given in lower case.
  func isNamed(_ lowercase: String) -> Bool { isName(name.utf8, lowercase: lowercase.utf8) }
}

/// The fields of a request and those of the policy it does not set itself, as libcurl takes them.
func headerLines(_ request: HTTPRequest, beside common: [HTTPRequest.Header]) -> [Secret] {
  let inherited = common.filter { field in
    !request.headers.contains { $0.isNamed(field.name.lowercased()) }
  }
  let fields = request.headers + inherited
  var lines = fields.map(\.line)
  if request.sentBody != nil {
    // Left out with a colon alone: libcurl would call every body a form, and wait with it for a leave to send
    // it.
    if !fields.contains(where: { $0.isNamed("content-type") }) { lines.append(Secret("Content-Type:")) }
    if !fields.contains(where: { $0.isNamed("expect") }) { lines.append(Secret("Expect:")) }
  }
  return lines
}

extension Secret {
  /// Lends the bytes with a NUL behind them.
  func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    withExposedBytes { bytes in
      withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytes.count + 1) { copy in
        _ = UnsafeMutableRawBufferPointer(copy).initializeMemory(as: UInt8.self, from: bytes)
        copy[bytes.count] = 0
        return body(UnsafePointer(copy.baseAddress!))
      }
    }
  }
}

/// A character of a method or a header's name (RFC 9110, section 5.6.2).
private func isTokenCharacter(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
    UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^")...UInt8(ascii: "`"), UInt8(ascii: "|"),
    UInt8(ascii: "~"):
    true
  default: isASCIIDigit(byte) || (0x61...0x7A).contains(byte | 0x20)
  }
}
