/// What may stand at a place of a command line, as far as the table tells.
struct Candidates: Equatable {
  /// Words to choose from.
  var words: [String] = []
  /// Whether a file may be named.
  var files = false
  /// Whether a key attribute and `=` may begin.
  var attributes = false

  /// Reads what the table calls a value or operands: lower-case words stand for themselves.
  init(_ placeholder: String) {
    let parts = placeholder.split { $0 == "|" || $0 == " " }
    words = parts.filter { $0.allSatisfy { $0.isLowercase || $0 == "-" } }.map(String.init)
    files = parts.contains { $0 == "FILE" || $0.hasSuffix("|-") }
    attributes = parts.contains { $0 == "KEY=VALUE" || $0 == "ATTRIBUTE=VALUE" || $0 == "ATTRIBUTE=FILE" }
  }
}

extension OptionRule {
  /// What its value may be; nil for a switch.
  var candidates: Candidates? { value.map { Candidates($0) } }
}

extension CommandRule {
  var operandCandidates: Candidates { Candidates(operands) }
}
