/// The manual page, in the language of man(7), from the table of commands.
struct ManPage {
  let commands: [CommandRule]
  let version: String
  /// When this version was made, as `2026-11-24`.
  let date: String

  var text: String {
    """
    .TH KEYFOLD 1 \(date) "Keyfold \(version)" "User Commands"
    .SH NAME
    keyfold \\- which customer does this identifier belong to?
    .SH SYNOPSIS
    .B keyfold
    .I COMMAND
    .RI [ options ]
    .SH DESCRIPTION
    \(ManPage.filled(ManPage.about))
    .PP
    \(ManPage.filled("Results go to standard output, everything else to standard error. Options take their value as"))
    .B \\-\\-name value
    or
    .BR \\-\\-name=value ;
    .B \\-\\-
    ends the options.
    .SH COMMANDS
    \(commands.map(section).joined(separator: "\n"))
    .SH OPTIONS
    Every command takes these.
    \(globalOptions.map(option).joined(separator: "\n"))
    .SH ENVIRONMENT
    \(ManPage.environment.map(ManPage.item).joined(separator: "\n"))
    .SH FILES
    \(ManPage.files.map(ManPage.item).joined(separator: "\n"))
    .SH EXIT STATUS
    \(ManPage.exitCodes.map(ManPage.item).joined(separator: "\n"))

    """
  }

  private static let about = """
    Captures identifiers at touchpoints and, for each, associates it with the current customer, merges profiles that
    turn out to be one customer, or switches the customer at that touchpoint.
    """

  private static let environment = [
    ("KEYFOLD_SPACE", "the space file, where --space names none"),
    ("KEYFOLD_STORE", "the store, where --store names none"),
    ("NO_COLOR", "no colours, if it is set"),
  ]

  private static let files = [
    ("keyfold.yaml", "the space file, where nothing else is named"),
    ("keyfold.db", "the store, where nothing else is named"),
  ]

  private static let exitCodes = [
    ("0", "done"), ("1", "not found, an invalid key, or a check that found problems"), ("64", "wrong usage"),
    ("65", "some input was refused"), ("66", "there is no such input"),
    ("69", "a server or store cannot be reached"), ("70", "a bug"), ("73", "something cannot be created"),
    ("74", "an input or output error"), ("75", "busy; try again"), ("77", "no permission"),
    ("78", "a configuration error"),
  ]

  private static func item(_ name: String, _ words: String) -> String {
    ".TP\n.B \(escaped(name))\n\(sentence(words))"
  }

  private func section(_ command: CommandRule) -> String {
    var lines = [
      ".SS \(ManPage.escaped(command.name))",
      ManPage.sentence(command.summary), ".PP", ".nf",
      ".B keyfold \(ManPage.escaped("\(command.name) \(command.operands)".trimmed)) [options]", ".fi",
    ]
    lines += command.details.split(separator: "\n\n").flatMap { paragraph in
      // What is set in columns stays so.
      paragraph.contains("  ")
        ? [".PP", ".nf", ManPage.escaped(String(paragraph)), ".fi"]
        : [".PP", ManPage.filled(String(paragraph))]
    }
    lines += command.options.map(option)
    if !command.examples.isEmpty {
      lines += [".PP", ".nf"] + command.examples.map { ManPage.escaped($0) } + [".fi"]
    }
    return lines.joined(separator: "\n")
  }

  private func option(_ rule: OptionRule) -> String {
    let value = rule.value.map { " \\fI\(ManPage.escaped($0))\\fR" } ?? ""
    let name = "\\fB\(ManPage.hyphen("--\(rule.name)"))\\fR"
    return ".TP\n\(name)\(value)\n\(ManPage.filled(rule.help + (rule.repeats ? " (repeatable)" : "")))"
  }

  /// A phrase as a sentence.
  private static func sentence(_ phrase: String) -> String {
    filled(phrase.prefix(1).uppercased() + phrase.dropFirst() + (phrase.hasSuffix("?") ? "" : "."))
  }

  /// Text whose lines the formatter fills; short ones, which some formatters ask for.
  private static func filled(_ text: String) -> String {
    var lines = [""]
    for word in text.split(whereSeparator: \.isWhitespace) {
      if lines[lines.count - 1].utf8.count + word.utf8.count > 64 { lines.append("") }
      lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
    }
    return escaped(lines.joined(separator: "\n"))
  }

  /// Dashes that can be copied, not typographic ones.
  private static func hyphen(_ text: String) -> String { text.replacing("-", with: "\\-") }

  /// Text that means itself: no request, no escape, and no byte that an old formatter does not know.
  private static func escaped(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      var escaped = line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" : ""
      for scalar in line.unicodeScalars {
        switch scalar {
        case "\\": escaped += "\\e"
        case "-": escaped += "\\-"
        case "'": escaped += "\\(aq"
        case "`": escaped += "\\(ga"
        case "^": escaped += "\\(ha"
        case "~": escaped += "\\(ti"
        case _ where scalar.isASCII: escaped.unicodeScalars.append(scalar)
        default:
          let digits = String(scalar.value, radix: 16, uppercase: true)
          escaped += "\\[u\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)]"
        }
      }
      return escaped
    }.joined(separator: "\n")
  }
}

extension String {
  fileprivate var trimmed: String { hasSuffix(" ") ? String(dropLast()) : self }
}
