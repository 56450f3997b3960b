/// What is wrong with a line of a scenario.
struct NotationError: Error, Sendable, CustomStringConvertible {
  let message: String
  var description: String { message }
}

/// Reads the words of a line, one after the other.
struct WordScanner {
  private var rest: Substring.UnicodeScalarView

  init(_ line: String) { rest = line[...].unicodeScalars }

  /// Whether nothing is left but space.
  mutating func isAtEnd() -> Bool {
    skipSpaces()
    return rest.isEmpty
  }

  /// What is left, for a message.
  var remainder: String { String(Substring(rest)) }

  /// Takes these words if they come next, each ended by something that is no part of a word.
  mutating func take(_ words: String) -> Bool {
    let before = rest
    for word in words.split(separator: " ") where (try? bareWord()) != String(word) {
      rest = before
      return false
    }
    return true
  }

  /// Takes a mark such as `,` or `:` if it comes next.
  mutating func take(mark: Unicode.Scalar) -> Bool {
    skipSpaces()
    guard rest.first == mark else { return false }
    rest.removeFirst()
    return true
  }

  /// A word without quotation marks: a name, a number, a touchpoint.
  mutating func bareWord() throws(NotationError) -> String {
    try text { !$0.properties.isWhitespace && $0 != "," && $0 != ":" && $0 != "=" }
  }

  /// A whole number.
  mutating func number() throws(NotationError) -> Int64 {
    let word = try bareWord()
    guard let number = Int64(word) else { throw NotationError(message: "'\(word)' is not a number") }
    return number
  }

  /// `name=value`; where nothing ends with a colon, the value may hold colons and equals signs.
  mutating func pair(endsAtColon: Bool = false) throws(NotationError) -> (name: String, value: String) {
    let name = try bareWord()
    guard take(mark: "=") else { throw NotationError(message: "'\(name)' needs '=' and a value") }
    return (name, endsAtColon ? try bareWord() : try value())
  }

  /// A value that stands alone.
  mutating func value() throws(NotationError) -> String {
    try text { !$0.properties.isWhitespace && $0 != "," }
  }

  /// A word, or a text in quotation marks, perhaps repeated.
  private mutating func text(_ belongs: (Unicode.Scalar) -> Bool) throws(NotationError) -> String {
    skipSpaces()
    guard rest.first == "\"" else {
      let word = rest.prefix(while: belongs)
      guard !word.isEmpty else { throw NotationError(message: "a word is missing before '\(remainder)'") }
      rest.removeFirst(word.count)
      return String(Substring(word))
    }
    rest.removeFirst()
    let text = try quoted()
    guard rest.first == "*" else { return text }
    rest.removeFirst()
    return String(repeating: text, count: Int(try number()))
  }

  private mutating func quoted() throws(NotationError) -> String {
    var text = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\"": return String(text)
      case "\\": text.append(try escaped())
      default: text.append(scalar)
      }
    }
    throw NotationError(message: "a quotation mark is missing")
  }

  private mutating func escaped() throws(NotationError) -> Unicode.Scalar {
    switch rest.popFirst() {
    case "n": return "\n"
    case "t": return "\t"
    case "\"": return "\""
    case "\\": return "\\"
    case "u" where rest.popFirst() == "{":
      let digits = String(Substring(rest.prefix { $0 != "}" }))
      rest.removeFirst(min(rest.count, digits.unicodeScalars.count + 1))
      if let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) { return scalar }
    default: break
    }
    throw NotationError(message: "after a backslash: \\, \", n, t or u{HEX}")
  }

  private mutating func skipSpaces() {
    while let scalar = rest.first, scalar == " " { rest.removeFirst() }
  }
}

/// A value as a scenario writes it: bare where it can be, with everything visible that a reader could miss.
func written(_ value: String) -> String {
  let scalars = value.unicodeScalars
  if let first = scalars.first, scalars.count >= 20, scalars.allSatisfy({ $0 == first }) {
    return "\"\(first)\"*\(scalars.count)"
  }
  if !scalars.isEmpty, scalars.allSatisfy(isPlain) { return value }
  var text = "\""
  for scalar in scalars {
    switch scalar {
    case "\n": text += "\\n"
    case "\t": text += "\\t"
    case "\"", "\\": text += "\\\(scalar)"
    case " ": text += " "
    case _ where isPlain(scalar) || "#,".unicodeScalars.contains(scalar): text.unicodeScalars.append(scalar)
    default: text += "\\u{\(String(scalar.value, radix: 16))}"
    }
  }
  return text + "\""
}

/// Letters, digits and the usual marks; no combining marks, which hide behind the letter before them.
private func isPlain(_ scalar: Unicode.Scalar) -> Bool {
  if scalar.value < 0x80 {
    return scalar.value > 0x20 && scalar.value != 0x7F && !"\"\\,#".unicodeScalars.contains(scalar)
  }
  return scalar.properties.isAlphabetic && scalar.properties.canonicalCombiningClass == .notReordered
}
