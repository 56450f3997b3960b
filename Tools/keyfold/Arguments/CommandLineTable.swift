import KeyfoldCore

/// An option as the table describes it.
struct OptionRule: Sendable {
  let name: String
  /// What its value is called in the help; nil for a switch.
  let value: String?
  let help: String
  let repeats: Bool

  /// A switch.
  init(_ name: String, _ help: String) {
    (self.name, value, repeats, self.help) = (name, nil, false, help)
  }

  /// An option with a value.
  init(_ name: String, _ value: String, repeats: Bool = false, _ help: String) {
    (self.name, self.value, self.repeats, self.help) = (name, value, repeats, help)
  }
}

/// A command as the table describes it.
struct CommandRule: Sendable {
  let name: String
  /// Names of its operands, for the usage line.
  let operands: String
  let summary: String
  /// A paragraph or two that teach.
  let details: String
  let options: [OptionRule]
  /// Lines that can be copied.
  let examples: [String]
  /// Fewest and most operands.
  let operandCount: ClosedRange<Int>
  let run: @Sendable (Invocation) async throws -> ExitCode
}

/// Options every command takes.
let globalOptions = [
  OptionRule(
    "space", "FILE", "the space file (KEYFOLD_SPACE; default keyfold.yaml, or one attribute 'customerKey')"),
  OptionRule(
    "store", "URL",
    "sqlite:PATH, file:DIR, postgresql://… or memory: (KEYFOLD_STORE; default sqlite:keyfold.db)"),
  OptionRule("json", "results as JSON; the default where standard output is not a terminal"),
  OptionRule("text", "results for people, wherever they go"),
  OptionRule("quiet", "no notes and no progress on standard error"),
  OptionRule("color", "auto|always|never", "colours in results for people"),
  OptionRule("help", "explain a command"),
  OptionRule("version", "print the version"),
]

/// A command line that was read: the options and operands that were given.
struct Invocation: Sendable {
  var values: [String: [String]] = [:]
  var operands: [String] = []

  func has(_ option: String) -> Bool { values[option] != nil }
  func value(_ option: String) -> String? { values[option]?.last }
  func all(_ option: String) -> [String] { values[option] ?? [] }

  /// The value of an option that must be there.
  func required(_ option: String, _ why: String) throws -> String {
    guard let value = value(option), !value.isEmpty else {
      throw Failure(.usage, "--\(option) is required: \(why)")
    }
    return value
  }

  /// The value of an option as a whole number in a range.
  func number(_ option: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let text = value(option) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw Failure(
        .usage,
        "--\(option) takes a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
    }
    return number
  }

  /// The value of an option as a place in the journal.
  func moment(_ option: String) throws -> Moment? {
    guard let text = value(option) else { return nil }
    guard let moment = Moment(text) else {
      throw Failure(
        .usage,
        """
        --\(option) takes a time like 2026-11-24T09:30:00Z (RFC 3339), or # and the number of a journal entry, \
        not '\(visible(text))'
        """)
    }
    return moment
  }

  /// Splits `name=value`, the form of --key and --data.
  static func pair(_ text: String, option: String) throws -> (name: String, value: String) {
    guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
      // A credential that was given in place of a file's name must not be seen.
      let given = option == "proof" ? "" : ", not '\(visible(text))'"
      throw Failure(.usage, "--\(option) takes \(option == "proof" ? "name=file" : "name=value")\(given)")
    }
    return (String(text[..<equals]), String(text[text.index(after: equals)...]))
  }
}
