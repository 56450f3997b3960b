let manCommand = CommandRule(
  name: "man", operands: "",
  summary: "print the manual page",
  details: """
    Everything that 'keyfold COMMAND --help' says of the commands, as a page for man(1).
    """,
  options: [], examples: ["keyfold man | man -l -", "keyfold man > keyfold.1"], operandCount: 0...0,
  run: { invocation in
    let page = ManPage(commands: Main.commands, version: Main.version, date: Main.released)
    try Output(invocation).write(Array(page.text.utf8))
    return .done
  })
