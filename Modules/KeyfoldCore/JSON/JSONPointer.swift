/// Where a value stands in a JSON text (RFC 6901): `/contacts/0/email`, or nothing for the whole text.
package struct JSONPointer: Sendable, Hashable {
  /// Names and places from the outside in.
  package let steps: [ExactText]

  /// Nil where the text is no pointer: it is empty or begins with `/`, and after `~` comes `0` or `1`.
  package init?(_ text: String) {
    guard !text.utf8.isEmpty else {
      steps = []
      return
    }
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts[0].isEmpty else { return nil }
    var steps: [ExactText] = []
    for part in parts.dropFirst() {
      guard let name = JSONPointer.unescaped(part) else { return nil }
      steps.append(ExactText(name))
    }
    self.steps = steps
  }

  /// What stands there, or nil where nothing does.
  package func value(in root: JSONValue) -> JSONValue? {
    var value = root
    for step in steps {
      switch value {
      case .object:
        guard let member = value[step.string] else { return nil }
        value = member
      case .array(let elements):
        guard let index = JSONPointer.index(step.string), index < elements.count else { return nil }
        value = elements[index]
      default: return nil
      }
    }
    return value
  }

  private static func unescaped(_ part: Substring.UTF8View) -> String? {
    var bytes: [UInt8] = []
    var rest = part[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "~") else {
        bytes.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "0"): bytes.append(UInt8(ascii: "~"))
      case UInt8(ascii: "1"): bytes.append(UInt8(ascii: "/"))
      default: return nil
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Digits without leading zeros; `-`, the element after the last, is nothing to read.
  private static func index(_ text: String) -> Int? {
    guard text.utf8.allSatisfy(isASCIIDigit), text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0")
    else { return nil }
    return Int(text)
  }
}
