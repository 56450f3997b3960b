/// The head of an answer, taken apart when somebody asks: most want one field of it, or none.
enum ResponseHead: Sendable {
  case fields([(name: String, value: String)])
  /// As it came, the status line first.
  case lines([UInt8])

  /// All fields, names in lower case, in order; lines that are none are left out.
  var fields: [(name: String, value: String)] {
    switch self {
    case .fields(let fields): return fields
    case .lines(let lines):
      var fields: [(name: String, value: String)] = []
      ResponseHead.forEachField(of: lines) { name, value in
        fields.append((text(name).lowercased(), text(value)))
        return true
      }
      return fields
    }
  }

  /// The value of the first field of a name, which is given in lower case.
  func first(_ name: String) -> String? {
    switch self {
    case .fields(let fields): return fields.first { $0.name == name }?.value
    case .lines(let lines):
      var found: String?
      ResponseHead.forEachField(of: lines) { candidate, value in
        guard isName(candidate, lowercase: name.utf8) else { return true }
        found = text(value)
        return false
      }
      return found
    }
  }

  private typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

  /// - Parameter body: says whether to go on.
  private static func forEachField(of lines: [UInt8], _ body: (_ name: Bytes, _ value: Bytes) -> Bool) {
    lines.withUnsafeBufferPointer { lines in
      var start = 0
      while let end = lines[start...].firstIndex(of: 0x0A) {
        // The first line is no field but the status.
        if start > 0, let (name, value) = field(lines[start..<end]), !body(name, value) { return }
        start = end + 1
      }
    }
  }

  private static func field(_ line: Bytes) -> (name: Bytes, value: Bytes)? {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), !isSpace(line[line.startIndex]) else {
      return nil
    }
    var (start, end) = (colon + 1, line.endIndex)
    while start < end, isSpace(line[start]) { start += 1 }
    while end > start, isSpace(line[end - 1]) { end -= 1 }
    return (line[..<colon], line[start..<end])
  }
}

private func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

/// Whether a name is another one, which is given in lower case; ASCII letters of either case are the same.
func isName(_ name: some Collection<UInt8>, lowercase: String.UTF8View) -> Bool {
  name.count == lowercase.count
    && zip(name, lowercase).allSatisfy { byte, lower in
      byte == lower || (0x41...0x5A).contains(byte) && byte | 0x20 == lower
    }
}
