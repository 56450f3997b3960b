import Glibc
import Testing
import ToolHarness

@Suite struct `Merges, unmerges and separations by an operator` {
  /// A store with two customers and a visitor that turned out to be the first of them.
  private struct Scene {
    let keyfold: Keyfold
    let p: String
    let q: String
    let visitor: String

    init(store: String? = nil) throws {
      keyfold = try Keyfold(space: acme, store: store)
      let outcomes = try keyfold.capture([
        #"{"touchpoint":"web","keys":{"crmId":"7","email":"p@b.example"},"at":"2024-01-01T00:00:00Z"}"#,
        #"{"touchpoint":"app","keys":{"crmId":"8"},"at":"2024-02-01T00:00:00Z"}"#,
        #"{"touchpoint":"web","at":"2024-03-01T00:00:00Z"}"#,
      ]).json()
      (p, q, visitor) = (outcomes[0]["tid"].text, outcomes[1]["tid"].text, outcomes[2]["tid"].text)
      let line =
        #"{"id":"login","touchpoint":"web","tid":"\#(visitor)","keys":{"email":"p@b.example"},"at":"2024-03-02T00:00:00Z"}"#
      #expect(try keyfold.captured(line)["merged"] == [.string(visitor)])
    }

    func run(_ command: String, _ options: String...) throws -> Keyfold.Result {
      try keyfold.run(command.split(separator: " ").map(String.init) + ["--reason", "test"] + options)
    }

    /// A line with names for TIDs.
    func named(_ line: String) -> String {
      line.replacing(p, with: "P").replacing(q, with: "Q").replacing(visitor, with: "V")
        .replacing("-01T00:00:00.000Z", with: "")
    }
  }

  @Test func `merge: the profiles before and after, and where the journal has it`() throws {
    let scene = try Scene()
    let result = try scene.run("merge \(scene.q) \(scene.visitor)")
    #expect(result.code == 0, "\(result.stderr)")
    #expect(
      scene.named(result.stdout) == """
        {"operation":"merge","dryRun":false,"sequence":5,"changed":true,"before":[\
        {"tid":"P","tids":["P","V"],"keys":[\
        {"attribute":"crmId","value":"7","verified":true,"origin":"P","capturedAt":"2024-01"},\
        {"attribute":"email","value":"p@b.example","verified":true,"origin":"P","capturedAt":"2024-01"}],\
        "bornAt":"2024-01"},\
        {"tid":"Q","tids":["Q"],"keys":[\
        {"attribute":"crmId","value":"8","verified":true,"origin":"Q","capturedAt":"2024-02"}],\
        "bornAt":"2024-02"}],\
        "after":[{"tid":"P","tids":["P","Q","V"],"keys":[\
        {"attribute":"crmId","value":"8","verified":true,"origin":"Q","capturedAt":"2024-02"},\
        {"attribute":"email","value":"p@b.example","verified":true,"origin":"P","capturedAt":"2024-01"}],\
        "bornAt":"2024-01"}]}

        """)
    let entry = try scene.keyfold.run("export", "journal", "--since", "4").object()
    #expect(entry["type"] == "merge" && entry["reason"] == "test")
    #expect(entry["effects"][0]["cause"] == "operator")
    #expect(try scene.keyfold.run("lookup", scene.q).object()["tid"] == .string(scene.p))
    let again = try scene.run("merge \(scene.p) \(scene.q)").object()
    #expect(again["changed"] == false && again["sequence"] == nil && again["before"] == again["after"])
  }

  @Test func `unmerge: both are what they were`() throws {
    let scene = try Scene()
    let before = try scene.keyfold.digest()
    #expect(try scene.run("merge \(scene.p) \(scene.q)").code == 0)
    let change = try scene.run("unmerge \(scene.q)", "--allow-remerge").object()
    #expect(change["operation"] == "unmerge" && change["sequence"] == 6)
    #expect(change["before"].elements.count == 1)
    #expect(change["after"].elements.map { $0["tid"].text } == [scene.p, scene.q])
    #expect(try scene.keyfold.digest() == before)
    #expect(try scene.run("merge \(scene.p) \(scene.q)").code == 0, "they may become one again")
    #expect(try scene.run("unmerge \(scene.q)").code == 0)
    let refused = try scene.run("merge \(scene.p) \(scene.q)")
    #expect(refused.code == 65 && refused.stdout == "")
    #expect(refused.stderr.contains("keyfold separate --remove"))
  }

  @Test func `separate, and what takes it back`() throws {
    let scene = try Scene()
    #expect(try scene.run("separate \(scene.p) \(scene.q)").object()["changed"] == true)
    #expect(try scene.run("separate \(scene.q) \(scene.p)").object()["changed"] == false)
    #expect(try scene.run("merge \(scene.visitor) \(scene.q)").code == 65)
    #expect(try scene.run("separate --remove \(scene.visitor) \(scene.q)").code == 1, "these were not")
    #expect(try scene.run("separate --remove \(scene.q) \(scene.p)").object()["changed"] == true)
    #expect(try scene.run("separate --remove \(scene.q) \(scene.p)").code == 1)
    #expect(try scene.run("merge \(scene.visitor) \(scene.q)").code == 0)
    #expect(try scene.run("separate \(scene.p) \(scene.q)").code == 65, "they are one")
  }

  @Test func `unmerge --where: what a key or a capture made`() throws {
    let scene = try Scene()
    let before = try scene.keyfold.stats()
    for maker in ["key=email= P@B.example ", "capture=login"] {
      let rehearsed = try scene.keyfold.run("unmerge", "--where", maker, "--reason", "x", "--dry-run")
        .object()
      #expect(rehearsed["found"] == 1 && rehearsed["undone"] == 1 && rehearsed["dryRun"] == true)
      #expect(rehearsed["examples"][0]["tid"] == .string(scene.visitor))
      #expect(rehearsed["examples"][0]["from"] == .string(scene.p))
      #expect(rehearsed["examples"][0]["sequence"] == 4)
    }
    for others in [
      ["validator=crm"], ["key=crmId=7"], ["capture=login", "--since", "#4"],
      ["capture=login", "--until", "#3"], ["capture=login", "--until", "2020-01-01T00:00:00Z"],
    ] {
      let nothing = try scene.keyfold.run(["unmerge", "--reason", "x", "--where"] + others)
      #expect(nothing.code == 0)
      #expect(try nothing.object()["found"] == 0, "\(others)")
    }
    #expect(try scene.keyfold.stats() == before)
    let undone = try scene.run("unmerge --where capture=login --since #3 --until #4").object()
    #expect(undone["undone"] == 1 && undone["stopped"] == false)
    #expect(try scene.keyfold.run("lookup", scene.visitor).object()["tid"] == .string(scene.visitor))
    #expect(try scene.run("unmerge --where capture=login").object()["undone"] == 0)
    _ = try scene.keyfold.digest()
  }

  @Test func `--dry-run says what would happen and stores nothing`() throws {
    let scene = try Scene()
    let before = try scene.keyfold.stats()
    for command in [
      "merge \(scene.p) \(scene.q)", "separate \(scene.p) \(scene.q)", "unmerge \(scene.visitor)",
    ] {
      let change = try scene.run(command, "--dry-run").object()
      #expect(
        change["dryRun"] == true && change["changed"] == true && change["sequence"] == nil, "\(command)")
    }
    #expect(try scene.run("merge \(scene.p) \(strangerTID)", "--dry-run").code == 1)
    #expect(try scene.run("unmerge \(scene.p)", "--dry-run").code == 65)
    #expect(try scene.keyfold.stats() == before)
  }

  @Test func `--text is for people: the customers before and after`() throws {
    let scene = try Scene()
    let text = try scene.run("merge \(scene.p) \(scene.q)", "--text").stdout
    for part in [
      "two profiles are one customer", "journal entry 5", "before", "after", "crmId=8", "secondary",
    ] {
      #expect(text.contains(part), "\(text)")
    }
    #expect(try scene.run("merge \(scene.p) \(scene.q)", "--text").stdout.contains("already"))
    let many = try scene.run("unmerge --where capture=login", "--text").stdout
    #expect(many.contains("1 merge found, 1 undone") && many.contains(scene.visitor))
    let removed = try scene.run("separate --remove \(scene.visitor) \(scene.p)", "--text").stdout
    #expect(removed.contains("no longer kept apart") && !removed.contains("before"))
  }

  @Test func `1: unknown TIDs and captures; 65: what is refused`() throws {
    let scene = try Scene()
    for command in [
      "merge \(scene.p) \(strangerTID)", "separate \(strangerTID) \(scene.p)", "unmerge \(strangerTID)",
      "unmerge --where capture=never",
    ] {
      let result = try scene.run(command)
      #expect(result.code == 1 && result.stdout == "" && !result.stderr.isEmpty, "\(command)")
    }
    let primary = try scene.run("unmerge \(scene.p)")
    #expect(primary.code == 65 && primary.stderr.contains("primary"))
  }

  @Test func `64: a reason is required, and not without end`() throws {
    let scene = try Scene()
    for command in [
      ["merge", scene.p, scene.q], ["separate", scene.p, scene.q], ["unmerge", scene.visitor],
      ["unmerge", "--where", "capture=login"], ["revoke", scene.visitor],
    ] {
      for reason in [[], ["--reason="], ["--reason", String(repeating: "x", count: 1025)]] {
        let result = try scene.keyfold.run(command + reason)
        #expect(result.code == 64 && result.stderr.contains("--reason"), "\(command) \(reason)")
      }
    }
  }

  @Test(arguments: [
    "merge", "merge \(strangerTID)", "merge 17 18", "separate \(strangerTID)", "separate --remove", "unmerge",
    "unmerge 17", "unmerge \(strangerTID) --where capture=x", "unmerge \(strangerTID) --since #1",
    "unmerge --where", "unmerge --where crm", "unmerge --where validators=crm", "unmerge --where validator=",
    "unmerge --where key=email", "unmerge --where capture=x --since yesterday",
    "unmerge --where capture=x --until #x",
  ]) func `64: usage`(_ command: String) throws {
    let keyfold = try Keyfold(space: acme)
    let result = try keyfold.run(command.split(separator: " ").map(String.init) + ["--reason", "x"])
    #expect(result.code == 64, "\(result)")
    #expect(result.stdout == "" && !result.stderr.isEmpty)
    #expect(try keyfold.files() == ["keyfold.yaml"], "nothing was created")
  }

  @Test func `64: a key that can be none; 66: no store`() throws {
    let scene = try Scene()
    for key in ["key=none=1", "key=email=nobody"] {
      #expect(try scene.run("unmerge --where \(key)").code == 64, "\(key)")
    }
    let keyfold = try Keyfold(space: acme)
    for command in [
      "merge \(strangerTID) \(strangerTID)", "unmerge \(strangerTID)", "unmerge --where key=crmId=1",
    ] {
      let arguments = command.split(separator: " ").map(String.init) + ["--reason", "x"]
      #expect(try keyfold.run(arguments).code == 66)
    }
    #expect(try keyfold.files() == ["keyfold.yaml"])
  }

  /// What a copy, a backup and a compacted store know of a merge is enough to undo it.
  @Test(arguments: ["sqlite:keyfold.db", "file:keyfold.d"])
  func `a merge can be undone in every copy, with the same result`(_ store: String) throws {
    let scene = try Scene(store: store)
    #expect(try scene.run("merge \(scene.p) \(scene.q)").code == 0)
    let other = store.hasPrefix("file") ? "sqlite:copy.db" : "file:copy.d"
    let backup = store.hasPrefix("file") ? "backup.d" : "backup.db"
    #expect(try scene.keyfold.run("copy", "--from", store, "--to", other).code == 0)
    #expect(try scene.keyfold.run("backup", backup).code == 0)
    #expect(try scene.keyfold.run("compact").code == 0)
    let kind = store.prefix { $0 != ":" }
    var digests: Set<String> = []
    for place in [store, other, "\(kind):\(backup)"] {
      #expect(try scene.run("unmerge \(scene.q)", "--store", place).code == 0)
      let check = try scene.keyfold.run("check", "--rebuild", "--store", place)
      #expect(check.code == 0, "\(place): \(check.stdout)\(check.stderr)")
      digests.insert(try check.object()["digest"].text)
      #expect(
        try scene.keyfold.run("lookup", "crmId=7", "--store", place).object()["tid"] == .string(scene.p))
    }
    #expect(digests.count == 1)
  }

  @Test func `SIGINT: many unmerges stop between two of them, and the next run does the rest`() throws {
    let keyfold = try Keyfold(space: acme)
    let count = 400
    _ = try keyfold.captured(#"{"keys":{"email":"shared@b.example"},"at":"2024-01-01T00:00:00Z"}"#)
    let visitors = try keyfold.capture(Array(repeating: "{}", count: count)).json().map { $0["tid"].text }
    let logins = visitors.map { #"{"tid":"\#($0)","keys":{"email":"shared@b.example"}}"# }
    #expect(try keyfold.capture(logins).code == 0)
    #expect(try keyfold.stats()["profiles"] == 1)
    let before = try keyfold.stats()["sequence"]
    let command = ["unmerge", "--where", "key=email=shared@b.example", "--reason", "a shared mailbox"]
    let tool = try keyfold.start(command)
    while try keyfold.stats()["sequence"] == before {}
    tool.signal(SIGINT)
    let result = try tool.awaitEnd()
    let first = try result.object()
    // It may have been done before the signal came.
    #expect(result.ending == .exited(first["stopped"] == true ? 130 : 0))
    let rest = try keyfold.run(command).object()
    #expect(first["undone"].number + rest["undone"].number == Double(count))
    #expect(rest["stopped"] == false)
    #expect(try keyfold.stats()["profiles"].number == Double(count) + 1)
    _ = try keyfold.digest()
  }
}
