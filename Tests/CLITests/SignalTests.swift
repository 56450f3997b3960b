import Glibc
import Testing
import ToolHarness

@Suite struct `Signals` {
  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
  func `SIGINT and SIGTERM: what was accepted is answered and stored`(_ signal: Int32, _ code: Int32) throws {
    let keyfold = try Keyfold(space: acme)
    let tool = try keyfold.start(["capture", "--input", "-"])
    try tool.send("{\"id\":\"1\",\"keys\":{\"crmId\":\"1\"}}\n")
    #expect(try JSON(parsing: try tool.readLine())["id"] == "1")
    try tool.send("{\"id\":\"unfinished")
    tool.signal(signal)
    let result = try tool.awaitEnd()
    #expect(result.ending == .exited(code))
    #expect(result.lines.count == 1)
    #expect(try keyfold.stats()["sequence"] == 1)
  }

  /// Goes on sending for as long as somebody reads, so that the signal always comes in the midst. When 3000
  /// lines are sent, more than a pipe holds, the tool has begun to read.
  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
  func `in the midst of bulk: exactly what was answered is stored`(_ signal: Int32, _ code: Int32) throws {
    let keyfold = try Keyfold(space: acme)
    let tool = try keyfold.start(["capture", "--input", "-"])
    var sent = 0
    while tool.isListening && sent < 1_000_000 {
      let lines = (1...500).map { "{\"id\":\"\(sent + $0)\",\"keys\":{\"crmId\":\"\((sent + $0) % 50)\"}}\n" }
      try tool.send(lines.joined())
      sent += 500
      if sent == 3000 { tool.signal(signal) }
    }
    let result = try tool.awaitEnd()
    #expect(result.ending == .exited(code))
    #expect(!tool.isListening, "it went on reading")
    #expect(result.stdout.isEmpty || result.stdout.hasSuffix("\n"))
    let ids = try result.json().map { $0["id"].text }
    #expect(ids == (0..<ids.count).map { "\($0 + 1)" })
    let stored = try keyfold.run("export", "journal").json().map { $0["capture"]["id"].text }
    #expect(stored == ids)
  }

  @Test(arguments: [SIGINT, SIGTERM]) func `before any input`(_ signal: Int32) throws {
    let keyfold = try Keyfold(space: acme)
    let tool = try keyfold.start(["capture", "--input", "-"])
    // Ready when it answers.
    try tool.send("{}\n")
    _ = try tool.readLine()
    tool.signal(signal)
    #expect(try tool.awaitEnd().code == 128 + signal)
  }

  @Test func `SIGINT ends a stream in the background of a shell, too`() throws {
    let keyfold = try Keyfold(space: acme)
    // Commands in the background of a shell without job control begin with SIGINT ignored.
    let script = #"""
      mkfifo in
      "$0" capture --input in >out &
      exec 3>in
      echo '{"id":"1"}' >&3
      until [ -s out ]; do sleep 0.01; done
      kill -INT $!
      wait $!
      """#
    let result = try keyfold.run(program: "/bin/sh", ["-c", script, try Keyfold.tool()])
    #expect(result.code == 130, "\(result.stderr)")
    #expect(try keyfold.stats()["sequence"] == 1)
  }

  @Test(arguments: [false, true]) func `SIGPIPE ends quietly, even where it is ignored`(_ ignored: Bool)
    throws
  {
    let keyfold = try Keyfold(space: acme)
    let tool = try keyfold.start(["capture", "--input", "-"], ignoringPipeSignal: ignored)
    try tool.send("{\"id\":\"1\"}\n")
    _ = try tool.readLine()
    tool.closeOutput()
    try tool.send("{\"id\":\"2\"}\n")
    let result = try tool.awaitEnd()
    #expect(result.stderr == "")
    #expect(result.ending == (ignored ? .exited(141) : .killed(SIGPIPE)))
    #expect(try keyfold.stats()["sequence"] == 2, "the outcome nobody read is stored all the same")
  }

  @Test func `SIGPIPE ends an export quietly`() throws {
    let keyfold = try Keyfold(space: acme)
    let lines = (1...2000).map { "{\"keys\":{\"crmId\":\"\($0)\"}}" }
    #expect(try keyfold.capture(lines).code == 0)
    let tool = try Keyfold.tool()
    let script = #""$0" export journal | head -n 1"#
    let result = try keyfold.run(program: "/bin/sh", ["-c", script, tool])
    #expect(result.lines.count == 1)
    #expect(result.stderr == "")
  }
}
