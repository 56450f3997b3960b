import ToolHarness

/// The same numbers for the same seed (SplitMix64).
struct Numbers: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Emails and phones stand for anonymous profiles that turn out to be one.
let crowd = """
  space: crowd
  attributes:
    - { name: crmId, trust: source }
    - { name: email, limit: none, trust: source }
    - { name: phone, limit: none, trust: source }

  """

/// A capture of one or two keys, few enough that profiles meet, merge and conflict.
func captureLine(id: String, _ numbers: inout Numbers) -> String {
  func key(_ attribute: String, _ count: Int) -> String {
    "\"\(attribute)\":\"\(attribute.prefix(1))\(Int.random(in: 1...count, using: &numbers))\""
  }
  let keys =
    switch Int.random(in: 0..<6, using: &numbers) {
    case 0: [key("crmId", 300)]
    case 1: [key("email", 900)]
    case 2: [key("phone", 900)]
    case 3: [key("email", 900), key("phone", 900)]
    case 4: [key("crmId", 300), key("email", 900)]
    default: [key("crmId", 300), key("phone", 900)]
    }
  return "{\"id\":\"\(id)\",\"keys\":{\(keys.joined(separator: ","))}}"
}

/// The ids of outcomes or of the captures in a journal: the first one a line; cheaper than reading the JSON.
func ids(_ lines: some Sequence<Substring>) -> [Substring] {
  let mark = Array("\"id\":\"".utf8)
  return lines.compactMap { line in
    let text = line.utf8
    var place = text.startIndex
    while let quote = text[place...].firstIndex(of: mark[0]) {
      if text[quote...].starts(with: mark),
        let start = text.index(quote, offsetBy: mark.count, limitedBy: text.endIndex)
      {
        return line[start..<(text[start...].firstIndex(of: mark[0]) ?? text.endIndex)]
      }
      place = text.index(after: quote)
    }
    return nil
  }
}

extension String {
  /// The lines that were printed to their end.
  var completeLines: [Substring] {
    let lines = split(separator: "\n", omittingEmptySubsequences: false)
    return Array(lines.dropLast())
  }
}
