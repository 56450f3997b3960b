import Testing
import ToolHarness

@Suite struct `Spaces` {
  @Test func `space check reports every error at once, each with line and column`() throws {
    let keyfold = try Keyfold()
    try keyfold.write(
      """
      space: acme
      atributes: []
      attributes:
        - name: crmId
          trust: sauce
        - name: email
          limmit: 2
          trust: source
        - name: email
          trust: source
        - name: phone
      maxTidsPerProfile: many
      """, to: "keyfold.yaml")
    let result = try keyfold.run("space", "check")
    #expect(result.code == 78)
    #expect(result.stdout == "")
    let places = result.stderr.matches(of: #/keyfold\.yaml:(\d+):(\d+): /#)
    let lines = Set(places.map { Int($0.output.1) ?? 0 })
    #expect(lines.isSuperset(of: [2, 5, 7, 9, 11, 12]), "\(result.stderr)")
    for word in ["'attributes'", "source", "'limit'", "email", "phone"] {
      #expect(result.stderr.contains(word), "\(word) in \(result.stderr)")
    }
  }

  @Test func `every command refuses a bad space file with 78`() throws {
    let keyfold = try Keyfold(space: "space: acme\n")
    for command in [
      "capture", "lookup a=1", "stats", "check", "export keys", "revoke \(strangerTID) --reason x", "init",
      "handoff inspect x", "space check",
    ] {
      let result = try keyfold.run(command.split(separator: " ").map(String.init))
      #expect(result.code == 78, "\(command)")
      #expect(result.stderr.contains("attributes"), "\(command)")
    }
    #expect(try keyfold.files() == ["keyfold.yaml"])
  }

  @Test func `space check tells what a good file means`() throws {
    let keyfold = try Keyfold(space: acme)
    let result = try keyfold.run("space", "check", "--json")
    #expect(result.code == 0)
    #expect(try result.object() == ["ok": true, "space": "acme", "attributes": ["crmId", "email", "phone"]])
    let text = try keyfold.run("space", "check", "--text").stdout
    #expect(text.contains("2. email") && text.contains("up to 2 values") && text.contains("call-centre"))
  }

  @Test func `JSON works too`() throws {
    let keyfold = try Keyfold(space: #"{"space":"acme","attributes":[{"name":"no","trust":"source"}]}"#)
    #expect(try keyfold.run("capture", "--key", "no=1").code == 0)
  }

  @Test(arguments: [
    ("limit: 2", "limit: 3", "email.limit"), ("phone, normalize", "mobile, normalize", "phone"),
    ("[call-centre]", "[call-centre, shop]", "linksFrom"), ("[email]", "[trim]", "normalize"),
    ("space: acme", "space: apex", "space"), ("attributes:", "maxTidsPerProfile: 5\nattributes:", "maxTids"),
    ("limit: 2, trust", "limit: 2, onConflict: keep, trust", "onConflict"),
    ("limit: 2, trust", "limit: 2, whenTaken: transfer, trust", "whenTaken"),
  ]) func `a store opened with other rules is refused, naming the difference`(
    _ old: String, _ new: String, _ name: String
  ) throws {
    let keyfold = try Keyfold(space: acme)
    _ = try keyfold.captured(#"{"keys":{"crmId":"7"}}"#)
    let stats = try keyfold.stats()
    try keyfold.write(acme.replacing(old, with: new), to: "keyfold.yaml")
    for command in ["capture", "stats", "lookup crmId=7", "capture --dry-run"] {
      let result = try keyfold.run(command.split(separator: " ").map(String.init))
      #expect(result.code == 78, "\(command)")
      #expect(result.stderr.contains(name) && result.stderr.contains("--accept-space-change"))
      #expect(result.stdout == "")
    }
    #expect(try keyfold.run("capture", "--accept-space-change").code == 0)
    #expect(try keyfold.stats()["sequence"] == 3, "the change and the capture")
    let change = try keyfold.run("export", "journal", "--since", "1").json()[0]
    #expect(change["type"] == "changeSpace")
    #expect(change["differences"].elements.contains { $0.text.contains(name) })
    #expect(try keyfold.run("check", "--rebuild").code == 0)

    try keyfold.write(acme, to: "keyfold.yaml")
    #expect(try keyfold.run("stats").code == 78, "the way back is a change too")
    #expect(stats["sequence"] == 1)
  }

  @Test func `rules that are no rules of the decision may change freely`() throws {
    let keyfold = try Keyfold(space: acme)
    _ = try keyfold.captured("{}")
    try keyfold.write("# a comment\n" + acme + "handoff: { keys: [\"x\"] }\n", to: "keyfold.yaml")
    #expect(try keyfold.run("capture").code == 0)
  }

  @Test func `init writes a commented space file and creates the store, for their owner only`() throws {
    let keyfold = try Keyfold()
    let result = try keyfold.run("init", "--name", "acme", "--json")
    #expect(result.code == 0)
    #expect(try result.object() == ["space": "keyfold.yaml", "written": true, "store": "sqlite:keyfold.db"])
    #expect(try keyfold.files() == ["keyfold.db", "keyfold.yaml"])
    for file in try keyfold.files() { #expect(try keyfold.mode(of: file) == 0o600, "\(file)") }
    let text = try keyfold.text(of: "keyfold.yaml")
    #expect(text.contains("\nspace: acme\n") && text.contains("# handoff:"))
    #expect(try keyfold.run("space", "check").object()["attributes"] == ["customerKey"])
    #expect(try keyfold.run("capture", "--key", "customerKey=42").code == 0)
  }

  @Test func `init keeps what exists`() throws {
    let keyfold = try Keyfold(space: acme)
    _ = try keyfold.captured(#"{"keys":{"crmId":"7"}}"#)
    let result = try keyfold.run("init", "--name", "other", "--json")
    #expect(result.code == 0)
    #expect(try result.object()["written"] == false)
    #expect(try keyfold.text(of: "keyfold.yaml") == acme)
    #expect(try keyfold.run("lookup", "crmId=7").code == 0)
  }

  @Test func `every file of a store is for its owner only, while it is written too`() throws {
    let keyfold = try Keyfold(space: acme)
    let script = #"umask 000; exec "$0" capture --key crmId=1"#
    #expect(try keyfold.run(program: "/bin/sh", ["-c", script, try Keyfold.tool()]).code == 0)
    let tool = try keyfold.start(["capture", "--input", "-"])
    try tool.send("{}\n")
    _ = try tool.readLine()
    let files = try keyfold.files().filter { $0.hasPrefix("keyfold.db") }
    #expect(files.count > 1, "the log is there as well")
    for file in files { #expect(try keyfold.mode(of: file) == 0o600, "\(file)") }
    #expect(try tool.finish().code == 0)
  }
}
