import Foundation
import Testing
import ToolHarness

@Suite struct `Import` {
  @Test func `captures NDJSON as capture does, and prints counts`() throws {
    let keyfold = try Keyfold(space: acme)
    try keyfold.write(
      """
      {"id":"1","keys":{"crmId":"1"}}
      {"id":"2","keys":{"crmId":"1","email":"a@b.example"}}
      {"id":"3","keys":{"foo":"1"}}

      {"id":"2","keys":{"crmId":"1","email":"a@b.example"}}

      """, to: "in.ndjson")
    let result = try keyfold.run("import", "--input", "in.ndjson")
    #expect(result.code == 65)
    let counts = try result.object().without("milliseconds").without("linesPerSecond")
    #expect(
      counts == [
        "lines": 4, "captured": 2, "repeated": 1, "refused": 1,
        "decisions": ["created": 1, "associated": 1, "recognized": 0, "merged": 0, "switched": 0],
        "refusals": ["unknownAttribute": 1],
      ])
    #expect(result.stderr.contains("line 3 (3): keys.foo"))
    #expect(try keyfold.stats()["sequence"] == 2)
    #expect(
      try keyfold.run("import", "--input", "in.ndjson", "--text").stdout.contains("3 were captured before"))
  }

  @Test func `an empty file is done`() throws {
    let keyfold = try Keyfold(space: acme)
    for text in ["", "\n\n  \n", "\u{FEFF}"] {
      let result = try keyfold.run("import", "--input", "-", stdin: text)
      #expect(result.code == 0)
      #expect(try result.object()["lines"] == 0)
    }
  }

  @Test func `the same lines give the same state as through capture, twice over`() throws {
    for seed in 1...8 as ClosedRange<UInt64> {
      let keyfold = try Keyfold(space: acme + "rotateTids: \(seed % 2 == 0)\n")
      var lines = RandomLines(seed: seed)
      let first = lines.make(120, tids: [])
      let learned = try keyfold.capture(first, "--store", "sqlite:learn.db", "--tid-seed", "\(seed)").json()
      let all = first + lines.make(280, tids: learned.map { $0["touchpointTid"].text }.filter { !$0.isEmpty })
      try keyfold.write(all.map { $0 + "\n" }.joined(), to: "all.ndjson")

      let seedOption = ["--tid-seed", "\(seed)"]
      let captured = try keyfold.run(
        ["capture", "--input", "all.ndjson", "--store", "file:captured"] + seedOption)
      let imported = try keyfold.run(
        ["import", "--input", "all.ndjson", "--store", "sqlite:imported.db", "--quiet"] + seedOption)
      #expect(imported.code == captured.code)
      let refused = try captured.json().count { $0["error"] != .null }
      #expect(refused > 0)
      #expect(try imported.object()["refused"] == .number(Double(refused)))

      func check(_ store: String) throws -> JSON {
        try keyfold.run("check", "--rebuild", "--store", store).object()
      }
      let state = try check("file:captured")
      #expect(state["ok"] == true)
      #expect(try check("sqlite:imported.db") == state, "seed \(seed)")
      let again = try keyfold.run(
        "import", "--input", "all.ndjson", "--store", "sqlite:imported.db", "--quiet")
      #expect(try again.object()["captured"] == 0)
      #expect(try again.object()["repeated"] == .number(Double(all.count - refused)))
      #expect(try check("sqlite:imported.db") == state, "seed \(seed)")
    }
  }

  @Test func `lines without ids are known again up to where the file changed`() throws {
    let keyfold = try Keyfold(space: acme)
    func captured(_ lines: [String], _ options: String...) throws -> JSON {
      try keyfold.write(lines.map { $0 + "\n" }.joined(), to: "in.ndjson")
      return try keyfold.run(["import", "--input", "in.ndjson"] + options).object()["captured"]
    }
    let lines = (1...9).map { #"{"keys":{"crmId":"\#($0 % 3)"}}"# }
    #expect(try captured(lines) == 9)
    #expect(try captured(lines) == 0)
    #expect(try captured(lines, "--resume") == 0)
    #expect(try captured(lines + ["{}"]) == 1, "it grew")
    #expect(try captured(Array(lines[..<4]) + ["{}"] + lines[5...], "--resume") == 5, "line 5 is another")
    #expect(try captured(lines, "--touchpoint", "shop") == 9, "they say something else now")
    #expect(try keyfold.run("lookup", "crmId=1").object()["activity"][0]["count"] != 1)
    #expect(try keyfold.run("check", "--rebuild").code == 0)
  }

  @Test func `--dry-run looks at every line and stores nothing`() throws {
    let keyfold = try Keyfold(space: acme)
    let stream =
      "{\"keys\":{\"crmId\":\"1\"}}\n{\"keys\":{\"crmId\":[\"1\",\"2\"]}}\n{\"at\":\"3000-01-01T00:00:00Z\"}\n"
    let result = try keyfold.run("import", "--dry-run", "--input", "-", stdin: stream)
    #expect(result.code == 65)
    #expect(try result.object()["refusals"] == ["ambiguousKeys": 1, "malformedTime": 1])
    #expect(try result.object()["captured"] == 0)
    #expect(try keyfold.files() == ["keyfold.yaml"])
  }

  @Test(arguments: [
    ["--errors", "in.ndjson"], ["--format", "xml"], ["--map", "a=crmId"], ["--progress", "0"],
    ["--adopt-tids", "--tid-seed", "1"], ["--dry-run", "--resume"], ["operand"],
  ]) func `a command line that makes no sense is refused before anything is made`(_ options: [String]) throws
  {
    let keyfold = try Keyfold(space: acme)
    try keyfold.write("{}\n", to: "in.ndjson")
    let result = try keyfold.run(["import", "--input", "in.ndjson"] + options)
    #expect(result.code == 64, "\(result)")
    #expect(try keyfold.files() == ["in.ndjson", "keyfold.yaml"])
    #expect(try keyfold.text(of: "in.ndjson") == "{}\n")
  }

  @Test func `a file that is not there creates no store`() throws {
    let keyfold = try Keyfold(space: acme)
    #expect(try keyfold.run("import", "--input", "none").code == 66)
    #expect(try keyfold.run("import").code == 64)
    #expect(try keyfold.files() == ["keyfold.yaml"])
  }

  @Test func `a person at a terminal sees how it goes`() throws {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/script") else {
      return print("SKIPPED: script(1) is not installed, so that there is no terminal")
    }
    let keyfold = try Keyfold(space: acme)
    try keyfold.write(
      (1...20_000).map { #"{"keys":{"crmId":"\#($0 % 9)"}}"# + "\n" }.joined() + "wrong\n", to: "in.ndjson")
    func run(_ options: String) throws -> String {
      try keyfold.run(
        program: "/usr/bin/script",
        ["-qec", "'\(try Keyfold.tool())' import --input in.ndjson --resume \(options)", "/dev/null"]
      ).stdout
    }
    let seen = try run("")
    #expect(seen.contains("█") && seen.contains("100 %") && seen.contains("/s, 0 s left"), "\(seen)")
    #expect(seen.contains("captured"), "the summary is for people there")
    #expect(!seen.contains("leftkeyfold:"), "each message has a line of its own")
    #expect(try !run("--quiet").contains("█"))
  }

  @Test func `SIGINT ends it between lines, and says how to go on`() throws {
    let keyfold = try Keyfold(space: acme)
    let tool = try keyfold.start(["import", "--input", "-", "--progress", "1"])
    // It tells how it goes when a second is over: then it has begun.
    var sent = 0
    while !tool.stderr.contains("keyfold: lines ") {
      sent += 1
      try tool.send(#"{"keys":{"crmId":"\#(sent)"}}"# + "\n")
      usleep(20_000)
    }
    tool.signal(SIGINT)
    let result = try tool.awaitEnd()
    #expect(result.code == 130)
    #expect(result.stderr.contains("--resume"))
    let counts = try result.object()
    #expect(counts["captured"] == counts["lines"])
    #expect(try keyfold.stats()["sequence"] == counts["lines"])
  }
}

/// Captures for the space of these tests, from few values, so that they meet; some are refused.
private struct RandomLines {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func make(_ count: Int, tids: [String]) -> [String] { (0..<count).map { _ in line(tids) } }

  private mutating func line(_ tids: [String]) -> String {
    if below(25) == 0 { return #"{"keys":{"foo":"1"}}"# }
    var keys: [String] = []
    if below(2) == 0 { keys.append(#""crmId":"\#(below(12))""#) }
    if below(2) == 0 { keys.append(#""email":["e\#(below(20))@x.test"]"#) }
    if below(3) == 0 { keys.append(#""phone":"+\#(below(20))""#) }
    var members = [
      #""keys":{\#(keys.joined(separator: ","))}"#,
      #""at":"2024-01-01T00:\#(10 + below(50)):\#(10 + below(50))Z""#,
      #""touchpoint":"\#(["web", "app", "call-centre"][below(3)])""#,
    ]
    if !tids.isEmpty && below(2) == 0 { members.append(#""tid":"\#(tids[below(tids.count)])""#) }
    if below(4) == 0 { members.append(#""id":"\#(state % 1000)""#) }
    if below(4) == 0 { members.append(#""data":{"city":"c\#(below(5))"}"#) }
    return "{\(members.joined(separator: ","))}"
  }

  private mutating func below(_ bound: UInt64) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33 % bound)
  }

  private mutating func below(_ bound: Int) -> Int { below(UInt64(bound)) }
}
