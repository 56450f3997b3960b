import Testing
import ToolHarness

@Suite struct `Options` {
  private static let commands = [
    "init", "capture", "lookup", "handoff", "merge", "separate", "unmerge", "revoke", "export", "check",
    "stats",
    "space",
  ]

  @Test func `--name value and --name=value are the same`() throws {
    let keyfold = try Keyfold(space: acme)
    let first = try keyfold.run("capture", "--key", "crmId=a=b", "--touchpoint=web").object()
    let second = try keyfold.run("capture", "--key=crmId=a=b", "--touchpoint", "web").object()
    #expect(first["keys"][0]["value"] == "a=b")
    #expect(second["tid"] == first["tid"])
    #expect(second["decision"] == "recognized")
  }

  @Test func `options may stand before the command`() throws {
    let keyfold = try Keyfold(space: acme)
    #expect(try keyfold.run("--store", "sqlite:other.db", "capture").code == 0)
    #expect(try keyfold.files().contains("other.db"))
    #expect(try keyfold.run("--rebuild", "capture").code == 64, "but only its own")
  }

  @Test func `-- ends options`() throws {
    let keyfold = try Keyfold(space: acme)
    _ = try keyfold.captured("{}")
    #expect(try keyfold.run("lookup", "--", "crmId=1").code == 1)
    let result = try keyfold.run("lookup", "--", "--quiet")
    #expect(result.code == 64)
    #expect(result.stderr.contains("neither KEY=VALUE nor a TID"))
  }

  @Test(arguments: [
    ("captuer", "'capture'"), ("lokup", "'lookup'"), ("capture --toucpoint x", "--touchpoint"),
    ("check --rebild", "--rebuild"), ("--jsno capture", "--json"), ("export profile", "'profiles'"),
  ]) func `an unknown option or command is refused with the nearest name`(_ line: String, _ near: String)
    throws
  {
    let keyfold = try Keyfold(space: acme)
    let result = try keyfold.run(line.split(separator: " ").map(String.init))
    #expect(result.code == 64)
    #expect(result.stdout == "")
    #expect(result.stderr.contains("did you mean \(near)?"), "\(result.stderr)")
  }

  @Test func `an option that does not repeat is refused the second time`() throws {
    let keyfold = try Keyfold(space: acme)
    for option in ["--touchpoint=a", "--store=memory:", "--json"] {
      let result = try keyfold.run("capture", option, option)
      #expect(result.code == 64)
      #expect(result.stderr.contains("twice"))
    }
    let result = try keyfold.run("capture", "--key", "crmId=1", "--key", "email=a@b.example", "--json")
    #expect(try result.object()["keys"].elements.count == 2)
  }

  @Test(arguments: commands) func `--help teaches every command`(_ command: String) throws {
    let keyfold = try Keyfold()
    let result = try keyfold.run(command, "--help")
    #expect(result.code == 0)
    #expect(result.stderr == "")
    for word in ["keyfold \(command): ", "Usage: keyfold \(command)", "Options", "--store", "Example"] {
      #expect(result.stdout.contains(word), "no '\(word)' in the help")
    }
    #expect(result.lines.contains { $0.hasPrefix("  keyfold \(command)") }, "no example to copy")
    #expect(try keyfold.run("help", command).stdout == result.stdout)
    #expect(try keyfold.files() == [])
  }

  @Test func `--help lists every command and every option it takes`() throws {
    let keyfold = try Keyfold()
    let result = try keyfold.run("--help")
    #expect(result.code == 0)
    for command in Self.commands { #expect(result.lines.contains { $0.hasPrefix("  \(command) ") }) }
    for option in ["space", "store", "json", "quiet", "color", "help", "version"] {
      #expect(result.stdout.contains("--\(option)"))
    }
    let capture = try keyfold.run("capture", "--help").stdout
    for option in [
      "touchpoint", "tid", "key", "proof", "data", "at", "id", "handoff", "input", "dry-run", "tid-seed",
    ] {
      #expect(capture.contains("--\(option) "))
    }
  }

  @Test func `without a command the help goes to standard error`() throws {
    let result = try Keyfold().run([])
    #expect(result.code == 64)
    #expect(result.stdout == "")
    #expect(result.stderr.contains("Usage: keyfold COMMAND"))
  }

  @Test func `--version`() throws {
    let result = try Keyfold().run("--version")
    #expect(result.code == 0)
    #expect(result.stdout.wholeMatch(of: /keyfold \d+\.\d+\.\d+\n/) != nil)
  }

  @Test func `KEYFOLD_STORE and KEYFOLD_SPACE stand in for options, which win`() throws {
    let keyfold = try Keyfold()
    try keyfold.write(acme, to: "acme.yaml")
    let environment = ["KEYFOLD_SPACE": "acme.yaml", "KEYFOLD_STORE": "sqlite:acme.db"]
    let options = ["capture", "--key", "crmId=1"]
    #expect(try keyfold.run(options, environment: environment).code == 0)
    #expect(try keyfold.files() == ["acme.db", "acme.yaml"])
    #expect(try keyfold.run(options + ["--store", "sqlite:b.db"], environment: environment).code == 0)
    #expect(try keyfold.files() == ["acme.db", "acme.yaml", "b.db"])
    #expect(try keyfold.run(options + ["--space", "no.yaml"], environment: environment).code == 66)
  }

  @Test func `--tid-seed makes the TIDs of a run reproducible, and says so`() throws {
    let lines = [#"{"keys":{"crmId":"1"}}"#, #"{"keys":{"crmId":"2"}}"#, #"{"keys":{"crmId":"1"}}"#]
    func run(_ seed: String, _ options: String...) throws -> (Keyfold, Keyfold.Result) {
      let keyfold = try Keyfold(space: acme)
      return (
        keyfold,
        try keyfold.run(
          ["capture", "--input", "-", "--tid-seed", seed] + options,
          stdin: Array(lines.joined(separator: "\n").utf8))
      )
    }
    let (keyfold, first) = try run("7")
    #expect(first.code == 0)
    #expect(first.stderr.contains("--tid-seed") && first.stderr.contains("guessed"))
    #expect(try run("7").1.stdout == first.stdout)
    #expect(try run("8").1.stdout != first.stdout)
    #expect(try run("7", "--quiet").1.stderr == "")

    let again = try keyfold.capture([#"{"keys":{"crmId":"3"}}"#, "{}"], "--tid-seed", "7")
    #expect(again.code == 0)
    let tids = try first.json().map { $0["tid"].text } + again.json().map { $0["tid"].text }
    #expect(Set(tids).count == 4, "a second run on the same store makes new TIDs")
    #expect(try keyfold.run("capture", "--tid-seed", "soon").code != 0)
  }

  @Test func `the built-in space needs no file: one attribute, customerKey`() throws {
    let keyfold = try Keyfold()
    let result = try keyfold.run("capture", "--key", "customerKey=42")
    #expect(result.code == 0)
    #expect(result.stderr == "", "the note is for people only")
    let outcome = try result.object()
    #expect(outcome["created"] == true)
    #expect(outcome["keys"][0]["result"] == "associated")
    #expect(try keyfold.run("lookup", "customerKey=42").object()["tid"] == outcome["tid"])
    #expect(try keyfold.files() == ["keyfold.db"])
    #expect(try keyfold.run("capture", "--key", "email=a@b.example").code == 65)
  }

  @Test func `--dry-run decides and stores nothing`() throws {
    let keyfold = try Keyfold(space: acme)
    let first = try keyfold.captured(#"{"keys":{"crmId":"7"}}"#)
    let before = try keyfold.stats()
    let lines = [#"{"keys":{"crmId":"7","email":"a@b.example"}}"#, #"{"keys":{"crmId":"8"}}"#, "x"]
    let rehearsed = try keyfold.capture(lines, "--dry-run")
    let answers = try rehearsed.json()
    #expect(rehearsed.code == 65)
    #expect(answers[0]["tid"] == first["tid"] && answers[0]["decision"] == "associated")
    #expect(answers[0]["sequence"] == nil)
    #expect(answers[1]["decision"] == "created")
    #expect(answers[2]["error"]["code"] == "malformedJson")
    #expect(try keyfold.run("capture", "--dry-run", "--key", "crmId=9").object()["created"] == true)
    #expect(try keyfold.stats() == before)
    #expect(try !keyfold.holds("a@b.example"))
  }

  @Test func `--dry-run creates no store, and decides as if there were an empty one`() throws {
    let keyfold = try Keyfold(space: acme)
    for store in ["sqlite:new.db", "memory:"] {
      let result = try keyfold.run("capture", "--dry-run", "--key", "crmId=7", "--store", store)
      #expect(result.code == 0)
      #expect(try result.object()["decision"] == "created")
    }
    #expect(try keyfold.files() == ["keyfold.yaml"])
  }
}
