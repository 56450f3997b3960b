/// The text of `--help`.
enum Help {
  static func overview(_ commands: [CommandRule]) -> String {
    """
    keyfold: which customer does this identifier belong to?

    Captures identifiers at touchpoints and, for each, associates it with the current customer, merges profiles that
    turn out to be one customer, or switches the customer at that touchpoint.

    Usage: keyfold COMMAND [options]

    Commands:
    \(table(commands.map { ($0.name, $0.summary) }))

    Options of every command:
    \(options(globalOptions))

    Try it without any set-up:
      keyfold capture --key customerKey=42
      keyfold lookup customerKey=42

    'keyfold COMMAND --help' explains a command.

    """
  }

  static func command(_ command: CommandRule) -> String {
    var text = """
      keyfold \(command.name): \(command.summary)

      Usage: keyfold \(command.name)\(command.operands.isEmpty ? "" : " " + command.operands) [options]

      \(command.details)

      """
    if !command.options.isEmpty { text += "\nOptions:\n\(options(command.options))\n" }
    text += "\nOptions of every command:\n\(options(globalOptions))\n"
    if !command.examples.isEmpty {
      text += "\nExamples:\n" + command.examples.map { "  \($0)\n" }.joined()
    }
    return text
  }

  private static func options(_ rules: [OptionRule]) -> String {
    table(
      rules.map {
        ("--\($0.name)\($0.value.map { " \($0)" } ?? "")", $0.help + ($0.repeats ? " (repeatable)" : ""))
      })
  }

  private static func table(_ rows: [(String, String)]) -> String {
    let width = rows.map { $0.0.count }.max() ?? 0
    return rows.map { "  \($0.0)\(String(repeating: " ", count: width - $0.0.count))  \($0.1)" }.joined(
      separator: "\n")
  }
}
