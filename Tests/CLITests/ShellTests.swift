import Foundation
import Testing
import ToolHarness

@Suite struct `Completions and manual` {
  private static let bin = ((try? Keyfold.tool()) as NSString?)?.deletingLastPathComponent ?? ""

  private func isInstalled(_ program: String) -> Bool {
    let found = FileManager.default.isExecutableFile(atPath: "/usr/bin/\(program)")
    if !found { print("SKIPPED: \(program) is not installed") }
    return found
  }

  private func shell(_ keyfold: Keyfold, _ program: String, _ script: String) throws -> Keyfold.Result {
    try keyfold.run(program: "/usr/bin/\(program)", ["-c", "export PATH=\"\(Self.bin):$PATH\"\n\(script)"])
  }

  // MARK: bash

  /// What bash would offer for a command line, given as it cuts it into words.
  private func bash(_ keyfold: Keyfold, _ words: [String]) throws -> [String] {
    let result = try shell(
      keyfold, "bash",
      """
      source <(keyfold completions bash)
      compopt() { :; }
      COMP_WORDS=(\(words.map { "'\($0)'" }.joined(separator: " "))) COMP_CWORD=\(words.count - 1)
      _keyfold && ((${#COMPREPLY[@]})) && printf '%s\\n' "${COMPREPLY[@]}"
      """)
    #expect(result.stderr == "", "\(words)")
    return result.lines.sorted()
  }

  @Test func `bash: commands, options, words, files and attributes`() throws {
    let keyfold = try Keyfold(space: acme)
    try keyfold.write("space: other\nattributes:\n  - { name: card, trust: source }\n", to: "other.yaml")
    try keyfold.write("", to: "captures.ndjson")
    #expect(try bash(keyfold, ["keyfold", "lo"]) == ["lookup"])
    #expect(try bash(keyfold, ["keyfold", "im"]) == ["import"])
    #expect(try bash(keyfold, ["keyfold", "import", "--adopt"]) == ["--adopt-tids"])
    #expect(try bash(keyfold, ["keyfold", "--json", "import", "--sto"]) == ["--store"])
    #expect(try bash(keyfold, ["keyfold", "export", "m"]) == ["merges"])
    #expect(try bash(keyfold, ["keyfold", "export", "--format", ""]) == ["csv", "ndjson"])
    #expect(try bash(keyfold, ["keyfold", "export", "--format", "="]) == ["csv", "ndjson"])
    #expect(try bash(keyfold, ["keyfold", "export", "--format", "=", "n"]) == ["ndjson"])
    #expect(try bash(keyfold, ["keyfold", "import", "--input", "cap"]) == ["captures.ndjson"])
    #expect(try bash(keyfold, ["keyfold", "lookup", ""]) == ["crmId=", "email=", "phone="])
    #expect(try bash(keyfold, ["keyfold", "capture", "--key", "e"]) == ["email="])
    #expect(try bash(keyfold, ["keyfold", "lookup", "--space", "other.yaml", ""]) == ["card="])
    #expect(try bash(keyfold, ["keyfold", "lookup", "--space", "=", "other.yaml", ""]) == ["card="])
    #expect(try bash(keyfold, ["keyfold", "capture", "--at", ""]).isEmpty)
    #expect(try bash(keyfold, ["keyfold", "frob", ""]).contains("capture"))
  }

  // MARK: fish

  @Test func `fish: the same`() throws {
    guard isInstalled("fish") else { return }
    let keyfold = try Keyfold(space: acme)
    func fish(_ line: String) throws -> [String] {
      let result = try shell(keyfold, "fish", "keyfold completions fish | source; complete -C '\(line)'")
      #expect(result.stderr == "", "\(line)")
      return result.lines.map { String($0.split(separator: "\t")[0]) }.sorted()
    }
    #expect(try fish("keyfold lo") == ["lookup"])
    #expect(try fish("keyfold import --adopt") == ["--adopt-tids"])
    #expect(try fish("keyfold export ") == ["journal", "keys", "merges", "profiles"])
    #expect(try fish("keyfold export --format ") == ["csv", "ndjson"])
    #expect(try fish("keyfold lookup ") == ["crmId=", "email=", "phone="])
    #expect(try fish("keyfold capture --key e") == ["email="])
  }

  // MARK: zsh

  @Test func `zsh: the script is sound, and known after it was sourced`() throws {
    guard isInstalled("zsh") else { return }
    let keyfold = try Keyfold(space: acme)
    let result = try shell(
      keyfold, "zsh",
      """
      autoload -Uz compinit && compinit -D -u
      source <(keyfold completions zsh) && print -r -- ${_comps[keyfold]}
      typeset -A opt_args; compadd() { local name=$@[-1]; print -r -- ${(P)name} }
      _keyfold_attributes
      """)
    #expect(result.lines == ["_keyfold", "crmId email phone"], "\(result)")
  }

  @Test(arguments: ["", "tcsh", "bash zsh"]) func `no other shell`(_ shell: String) throws {
    let words = shell.split(separator: " ").map(String.init)
    #expect(try Keyfold().run(["completions"] + words).code == 64)
  }

  // MARK: The manual

  @Test func `every command and option is in the manual`() throws {
    let keyfold = try Keyfold()
    let page = try keyfold.run("man").stdout.replacing("\\-", with: "-")
    let overview = try keyfold.run("--help").stdout
    let table = try #require(overview.split(separator: "\n\n").first { $0.hasPrefix("Commands:") })
    let commands = table.split(separator: "\n").dropFirst().compactMap { $0.split(separator: " ").first }
    #expect(commands.count > 15)
    for command in commands {
      #expect(page.contains("\n.SS \(command)\n"))
      for line in try keyfold.run(String(command), "--help").lines where line.hasPrefix("  --") {
        let option = line.split(separator: " ")[0]
        #expect(page.contains("\\fB\(option)\\fR"), "\(command) \(option)")
      }
    }
  }

  @Test func `man shows it without a warning`() throws {
    guard isInstalled("man") else { return }
    let result = try shell(
      try Keyfold(), "bash", "keyfold man >keyfold.1 && LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l keyfold.1")
    #expect(result.code == 0 && result.stderr == "", "\(result.stderr)")
    #expect(result.stdout.contains("--adopt-tids") && result.stdout.contains("EXIT STATUS"))
  }

  @Test func `mandoc finds nothing wrong with it`() throws {
    guard isInstalled("mandoc") else { return }
    let result = try shell(try Keyfold(), "bash", "keyfold man | mandoc -Tlint -Wwarning")
    #expect(result.code == 0 && result.stdout == "", "\(result.stdout)")
  }
}
