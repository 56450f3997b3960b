import KeyfoldCore

/// Reads a command line by the table.
struct ArgumentParser {
  let commands: [CommandRule]

  /// What a command line asks for.
  enum Request {
    case run(CommandRule, Invocation)
    /// Help for a command, or for all of them.
    case help(CommandRule?)
    case version
  }

  func parse(_ arguments: [String]) throws -> Request {
    var invocation = Invocation()
    var command: CommandRule?
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        for operand in rest { try takeOperand(operand, &command, &invocation) }
        rest = []
      } else if argument.hasPrefix("--") {
        try takeOption(argument, &rest, command, &invocation)
      } else if argument.hasPrefix("-") && argument != "-" {
        throw Failure(
          .usage, "'\(argument)' is no option; options have two dashes and a name, see 'keyfold --help'")
      } else {
        try takeOperand(argument, &command, &invocation)
      }
    }
    if invocation.has("help") { return .help(command) }
    if invocation.has("version") { return .version }
    guard let command else { return .help(nil) }
    try check(invocation, command)
    return .run(command, invocation)
  }

  private func takeOperand(_ text: String, _ command: inout CommandRule?, _ invocation: inout Invocation)
    throws
  {
    if command != nil { return invocation.operands.append(text) }
    // `keyfold help capture` is what many try first.
    if text == "help" {
      invocation.values["help"] = [""]
      return
    }
    guard let known = commands.first(where: { $0.name == text }) else {
      let hint = nearest(to: text, among: commands.map(\.name)).map { "; did you mean '\($0)'?" } ?? ""
      throw Failure(.usage, "'\(text)' is no command\(hint.isEmpty ? "; see 'keyfold --help'" : hint)")
    }
    // Options before the command must be global ones, or its own.
    for name in invocation.values.keys.sorted() where rule(name, known) == nil { throw unknown(name, known) }
    command = known
  }

  private func takeOption(
    _ argument: String, _ rest: inout ArraySlice<String>, _ command: CommandRule?,
    _ invocation: inout Invocation
  ) throws {
    let body = argument.dropFirst(2)
    let parts = body.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let rule = rule(name, command) else { throw unknown(name, command) }
    var value = ""
    if rule.value == nil {
      if parts.count > 1 { throw Failure(.usage, "--\(name) takes no value") }
    } else if parts.count > 1 {
      value = String(parts[1])
    } else {
      guard let next = rest.popFirst() else { throw Failure(.usage, "--\(name) needs a value: \(rule.help)") }
      value = next
    }
    if invocation.has(name) && !rule.repeats { throw Failure(.usage, "--\(name) is given twice") }
    invocation.values[name, default: []].append(value)
  }

  private func rule(_ name: String, _ command: CommandRule?) -> OptionRule? {
    let own = command.map { [$0] } ?? commands
    return globalOptions.first { $0.name == name } ?? own.flatMap(\.options).first { $0.name == name }
  }

  private func unknown(_ name: String, _ command: CommandRule?) -> Failure {
    let known = (globalOptions + (command?.options ?? commands.flatMap(\.options))).map(\.name)
    let hint = nearest(to: name, among: known).map { "; did you mean --\($0)?" } ?? ""
    let help = command.map { "keyfold \($0.name) --help" } ?? "keyfold --help"
    return Failure(.usage, "there is no option --\(name)\(hint.isEmpty ? "; see '\(help)'" : hint)")
  }

  private func check(_ invocation: Invocation, _ command: CommandRule) throws {
    guard command.operandCount.contains(invocation.operands.count) else {
      let usage = "keyfold \(command.name) \(command.operands)"
      throw Failure(.usage, "usage: \(usage) (see 'keyfold \(command.name) --help')")
    }
    if let color = invocation.value("color"), !["auto", "always", "never"].contains(color) {
      throw Failure(.usage, "--color takes auto, always or never, not '\(color)'")
    }
  }
}
