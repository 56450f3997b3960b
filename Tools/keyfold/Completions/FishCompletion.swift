/// The script that completes command lines in fish, with what each word means.
struct FishCompletion {
  let commands: [CommandRule]
  let global: [OptionRule]

  var script: String {
    var lines = [
      """
      # fish completion for keyfold, made by 'keyfold completions fish':
      #   keyfold completions fish | source

      # The key attributes of the space that the command line, the environment or this folder names.
      function __keyfold_attributes
        set -l words (commandline -opc)
        set -l space
        for index in (seq 2 (count $words))
          switch $words[$index]
            case --space
              test $index -lt (count $words); and set space --space $words[(math $index + 1)]
            case '--space=*'
              set space $words[$index]
          end
        end
        keyfold space check --json $space 2>/dev/null |
          string replace -rf '.*"attributes":\\[([^\\]]*)\\].*' '$1' | string replace -a '"' '' | string split , |
          string replace -r '$' '='
      end

      function __keyfold_needs_command
        not __fish_seen_subcommand_from \(commands.map(\.name).joined(separator: " "))
      end

      complete -c keyfold -f
      """
    ]
    lines += global.map { line($0, condition: nil) }
    for command in commands {
      lines.append(
        "complete -c keyfold -n __keyfold_needs_command -a \(command.name) -d \(quoted(command.summary))")
    }
    for command in commands {
      let condition = "__fish_seen_subcommand_from \(command.name)"
      lines += command.options.map { line($0, condition: condition) }
      let operands = arguments(command.operandCandidates)
      if !operands.isEmpty { lines.append("complete -c keyfold -n \(quoted(condition)) \(operands)") }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ rule: OptionRule, condition: String?) -> String {
    var words = ["complete -c keyfold"]
    if let condition { words.append("-n \(quoted(condition))") }
    words.append("-l \(rule.name)")
    if let candidates = rule.candidates { words.append("-x \(arguments(candidates))") }
    words.append("-d \(quoted(rule.help))")
    return words.joined(separator: " ").replacing("  ", with: " ")
  }

  private func arguments(_ candidates: Candidates) -> String {
    if candidates.attributes { return "-a '(__keyfold_attributes)'" }
    if candidates.files { return "-a '(__fish_complete_path (commandline -ct))'" }
    return candidates.words.isEmpty ? "" : "-a \(quoted(candidates.words.joined(separator: " ")))"
  }

  private func quoted(_ text: String) -> String {
    "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
  }
}
