/// The script that completes command lines in zsh, with what each word means.
struct ZshCompletion {
  let commands: [CommandRule]
  let global: [OptionRule]

  var script: String {
    """
    #compdef keyfold
    # zsh completion for keyfold, made by 'keyfold completions zsh'; put it into a folder of $fpath as _keyfold, or:
    #   source <(keyfold completions zsh)

    # The key attributes of the space that the command line, the environment or this folder names.
    _keyfold_attributes() {
      local -a space names
      [[ -n ${opt_args[--space]} ]] && space=(--space "${opt_args[--space]}")
      names=(${(f)"$(keyfold space check --json $space 2>/dev/null |
        sed -n 's/.*"attributes":\\[\\([^]]*\\)\\].*/\\1/p' | tr -d '"' | tr ',' '\\n')"})
      compadd -q -S = -a names
    }

    _keyfold() {
      local curcontext="$curcontext" state line
      typeset -A opt_args
      local -a everywhere commands
      everywhere=(
    \(list(global, indent: "    "))
      )
      commands=(
    \(commands.map { "    \(quoted("\($0.name):\($0.summary)"))" }.joined(separator: "\n"))
      )
      _arguments -C $everywhere '1: :->command' '*:: :->rest'
      case $state in
        command) _describe -t commands command commands ;;
        rest)
          case $words[1] in
    \(commands.map(command).joined(separator: "\n"))
          esac
          ;;
      esac
    }
    # Sourced, it makes itself known; in a folder of $fpath, it is called.
    if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _keyfold "$@"; else compdef _keyfold keyfold; fi

    """
  }

  private func command(_ command: CommandRule) -> String {
    var arguments =
      command.options.isEmpty ? "" : " \\\n\(list(command.options, indent: "            ", continued: true))"
    let operands = command.operandCandidates
    if operands != Candidates("") { arguments += " \\\n            \(quoted("*: :\(action(operands))"))" }
    return "        \(command.name)) _arguments $everywhere\(arguments) ;;"
  }

  private func list(_ rules: [OptionRule], indent: String, continued: Bool = false) -> String {
    rules.map { indent + quoted(specification($0)) }.joined(separator: continued ? " \\\n" : "\n")
  }

  private func specification(_ rule: OptionRule) -> String {
    let help = rule.help.map { "[]:\\".contains($0) ? "\\\($0)" : String($0) }.joined()
    let name = "\(rule.repeats ? "*" : "")--\(rule.name)"
    guard let candidates = rule.candidates else { return "\(name)[\(help)]" }
    return
      "\(name)=[\(help)]:\((rule.value ?? "").lowercased().replacing(":", with: "")):\(action(candidates))"
  }

  private func action(_ candidates: Candidates) -> String {
    if candidates.attributes { return "_keyfold_attributes" }
    if candidates.files { return "_files" }
    return candidates.words.isEmpty ? " " : "(\(candidates.words.joined(separator: " ")))"
  }

  private func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "'\\''"))'" }
}
