import KeyfoldCore

/// One line of what came of something. TIDs stay TIDs in it until they have names.
struct Fact: ExpressibleByStringInterpolation, Sendable {
  enum Part: Sendable {
    case text(String)
    case tid(TID)
  }

  private(set) var parts: [Part]

  init(stringLiteral text: String) { parts = [.text(text)] }
  init(stringInterpolation interpolation: Interpolation) { parts = interpolation.parts }

  struct Interpolation: StringInterpolationProtocol {
    var parts: [Part] = []
    init(literalCapacity: Int, interpolationCount: Int) {}
    mutating func appendLiteral(_ text: String) { if !text.isEmpty { parts.append(.text(text)) } }
    mutating func appendInterpolation(_ text: some CustomStringConvertible) {
      appendLiteral(text.description)
    }
    mutating func appendInterpolation(_ tid: TID) { parts.append(.tid(tid)) }
    mutating func appendInterpolation(_ fact: Fact) { parts += fact.parts }
  }

  static func += (fact: inout Fact, more: Fact) { fact.parts += more.parts }

  /// The facts one after the other, with commas between them.
  static func list(_ facts: [Fact]) -> Fact {
    var list: Fact = ""
    for (index, fact) in facts.enumerated() { list += index == 0 ? fact : ", \(fact)" }
    return list
  }
}

/// The short names of TIDs in a story.
struct TIDNames: Sendable {
  private var names: [TID: String] = [:]
  private var tids: [String: TID] = [:]

  /// A TID no store ever issues, because it is older than all of them.
  static let neverIssued = TID(milliseconds: 1, counter: 0, random: 0)

  init() { name(TIDNames.neverIssued, "never-issued") }

  subscript(name: String) -> TID? { tids[name] }

  func isNamed(_ tid: TID) -> Bool { names[tid] != nil }

  private mutating func name(_ tid: TID, _ name: String) {
    names[tid] = name
    tids[name] = tid
  }

  /// Gives TIDs without a name the word that stands in their place in the expectation.
  mutating func adopt(from expected: [String], for facts: [Fact]) {
    for (line, fact) in zip(expected, facts) { adopt(from: line, for: fact) }
  }

  private mutating func adopt(from line: String, for fact: Fact) {
    var rest = line[...]
    for part in fact.parts {
      switch part {
      case .text(let text):
        guard rest.hasPrefix(text) else { return }
        rest = rest.dropFirst(text.count)
      case .tid(let tid):
        let word = String(rest.prefix { !$0.isWhitespace && $0 != "," && $0 != ":" })
        if names[tid] == nil, tids[word] == nil, !word.isEmpty { name(tid, word) }
        guard names[tid] == word else { return }
        rest = rest.dropFirst(word.count)
      }
    }
  }

  /// The line with names; TIDs that have none get one made of the hint.
  mutating func text(_ fact: Fact, hint: String) -> String {
    var line = ""
    for part in fact.parts {
      switch part {
      case .text(let text): line += text
      case .tid(let tid):
        if names[tid] == nil { name(tid, unused(hint)) }
        line += names[tid] ?? ""
      }
    }
    return line
  }

  private func unused(_ hint: String) -> String {
    var name = hint.isEmpty ? "t" : hint
    var number = 2
    while tids[name] != nil {
      name = "\(hint)\(number)"
      number += 1
    }
    return name
  }
}
