import KeyfoldCore

/// A text with variables in it, each a name in braces.
struct Template: Sendable {
  enum Piece: Sendable {
    case literal([UInt8])
    case variable(String)
  }

  let pieces: [Piece]

  /// - Parameter variables: the names that are variables; other braces are text.
  init(_ text: String, variables: [String]) {
    let marks = variables.map { (name: $0, bytes: Array("{\($0)}".utf8)) }
    var pieces: [Piece] = []
    var literal: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.first {
      if let mark = marks.first(where: { rest.starts(with: $0.bytes) }) {
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        literal = []
        pieces.append(.variable(mark.name))
        rest = rest.dropFirst(mark.bytes.count)
      } else {
        literal.append(byte)
        rest = rest.dropFirst()
      }
    }
    if !literal.isEmpty { pieces.append(.literal(literal)) }
    self.pieces = pieces
  }

  /// The names that stand in it.
  var variables: Set<String> {
    Set(pieces.compactMap { piece in if case .variable(let name) = piece { name } else { nil } })
  }

  /// The text with values in place of the variables.
  ///
  /// - Parameter encode: makes of a value what may stand there, or nil.
  /// - Returns: Nil where a value is missing, cannot be encoded, is empty, or has control characters, with
  ///   which a server could be made to see another value than the one that is asked about.
  func filled(_ values: [String: Secret], encode: ([UInt8]) -> [UInt8]?) -> [UInt8]? {
    var bytes: [UInt8] = []
    for piece in pieces {
      switch piece {
      case .literal(let literal): bytes += literal
      case .variable(let name):
        guard let value = values[name]?.withExposedBytes({ Array($0) }), !value.isEmpty,
          value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), let encoded = encode(value)
        else { return nil }
        bytes += encoded
      }
    }
    return bytes
  }

  /// The text with a word that stands nowhere else in it in place of every variable, to see where they stand.
  ///
  /// No beginning of the word is also its end, so that it is found as often as there are variables, whatever
  /// stands beside them.
  func marked() -> (text: String, mark: String) {
    let literals = pieces.map { piece in
      if case .literal(let bytes) = piece { String(decoding: bytes, as: UTF8.self) } else { " " }
    }
    let text = literals.joined().lowercased()
    var mark = "xq"
    while text.contains(mark) { mark += "q" }
    let marked = pieces.map { piece in
      if case .literal(let bytes) = piece { String(decoding: bytes, as: UTF8.self) } else { mark }
    }
    return (marked.joined(), mark)
  }
}
