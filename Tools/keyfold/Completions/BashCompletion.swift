/// The script that completes command lines in bash (4.4 or later).
struct BashCompletion {
  let commands: [CommandRule]
  let global: [OptionRule]

  /// Needs nothing but bash: no library of completions.
  var script: String {
    """
    # bash completion for keyfold, made by 'keyfold completions bash':
    #   source <(keyfold completions bash)

    # The key attributes of the space that the command line, the environment or this folder names.
    _keyfold_attributes() {
      local index space=()
      for ((index = 1; index < COMP_CWORD; index++)); do
        [[ ${COMP_WORDS[index]} == --space ]] || continue
        [[ ${COMP_WORDS[index + 1]} == '=' ]] && ((index++))
        space=(--space "${COMP_WORDS[index + 1]}")
      done
      "${COMP_WORDS[0]}" space check --json "${space[@]}" 2>/dev/null |
        sed -n 's/.*"attributes":\\[\\([^]]*\\)\\].*/\\1/p' | tr -d '"' | tr ',' '\\n' | sed 's/$/=/'
    }

    _keyfold() {
      local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' option='' index
      COMPREPLY=()
      # bash cuts words at '='.
      if [[ $current == '=' ]]; then
        option=$before current=''
      elif [[ $before == '=' && COMP_CWORD -ge 2 ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
      else
        option=$before
      fi
      for ((index = 1; index < COMP_CWORD; index++)); do
        case ${COMP_WORDS[index]} in
          \(commands.map(\.name).joined(separator: " | ")))
            command=${COMP_WORDS[index]}
            break
            ;;
        esac
      done

      case "$command $option" in
    \(values)
      esac

      if [[ $current == -* ]]; then
        case $command in
    \(options)
        esac
        return
      fi
      case $command in
    \(operands)
      esac
    }
    complete -F _keyfold keyfold

    """
  }

  private static func reply(_ candidates: Candidates) -> String {
    var lines: [String] = []
    if !candidates.words.isEmpty {
      lines.append(
        "mapfile -t COMPREPLY < <(compgen -W '\(candidates.words.joined(separator: " "))' -- \"$current\")")
    }
    if candidates.attributes {
      lines += [
        "compopt -o nospace",
        "mapfile -t COMPREPLY < <(compgen -W \"$(_keyfold_attributes)\" -- \"$current\")",
      ]
    }
    if candidates.files {
      lines += ["compopt -o filenames", "mapfile -t COMPREPLY < <(compgen -f -- \"$current\")"]
    }
    return lines.isEmpty ? ":" : lines.joined(separator: "; ")
  }

  /// What follows an option that takes a value.
  private var values: String {
    let ofAll = global.map { (pattern: "*' --\($0.name)'", rule: $0) }
    let own = commands.flatMap { command in
      command.options.map { (pattern: "'\(command.name) --\($0.name)'", rule: $0) }
    }
    return (ofAll + own).compactMap { pattern, rule in
      rule.candidates.map { "    \(pattern)) \(BashCompletion.reply($0)); return ;;" }
    }.joined(separator: "\n")
  }

  private var options: String {
    func names(_ rules: [OptionRule]) -> String {
      "mapfile -t COMPREPLY < <(compgen -W '\(rules.map { "--\($0.name)" }.joined(separator: " "))' -- \"$current\")"
    }
    let own = commands.map { "      \($0.name)) \(names($0.options + global)) ;;" }
    return (own + ["      *) \(names(global)) ;;"]).joined(separator: "\n")
  }

  private var operands: String {
    let own = commands.map { "    \($0.name)) \(BashCompletion.reply($0.operandCandidates)) ;;" }
    let names = commands.map(\.name).joined(separator: " ")
    let first = "    *) mapfile -t COMPREPLY < <(compgen -W '\(names)' -- \"$current\") ;;"
    return (own + [first]).joined(separator: "\n")
  }
}
