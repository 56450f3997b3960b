import KeyfoldCore

let completionsCommand = CommandRule(
  name: "completions", operands: "bash|zsh|fish",
  summary: "print a script that completes command lines in a shell",
  details: """
    Completes commands, options and their values; after --key and where a key is looked up, the key attributes of the space.
    bash: put 'source <(keyfold completions bash)' into ~/.bashrc. zsh: the same with zsh into ~/.zshrc, after compinit.
    fish: keyfold completions fish > ~/.config/fish/completions/keyfold.fish
    """,
  options: [], examples: ["keyfold completions bash > keyfold.bash"], operandCount: 1...1,
  run: { invocation in
    let (commands, global) = (Main.commands, globalOptions)
    let script: String
    switch invocation.operands[0] {
    case "bash": script = BashCompletion(commands: commands, global: global).script
    case "zsh": script = ZshCompletion(commands: commands, global: global).script
    case "fish": script = FishCompletion(commands: commands, global: global).script
    case let shell:
      throw Failure(.usage, "there are completions for bash, zsh and fish, not for '\(visible(shell))'")
    }
    try Output(invocation).write(Array(script.utf8))
    return .done
  })
