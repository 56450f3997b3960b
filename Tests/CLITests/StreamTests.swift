import Glibc
import Testing
import ToolHarness

@Suite struct `Streams` {
  @Test func `one answer a line, in the same order, refused or not`() throws {
    let keyfold = try Keyfold(space: acme)
    let lines = (1...300).map { number in
      number % 7 == 0
        ? #"{"id":"\#(number)","foo":1}"# : #"{"id":"\#(number)","keys":{"crmId":"\#(number)"}}"#
    }
    let result = try keyfold.capture(lines)
    let answers = try result.json()
    #expect(answers.map { $0["id"].text } == (1...300).map(String.init))
    for (index, answer) in answers.enumerated() {
      let isRefused = (index + 1) % 7 == 0
      #expect(answer["line"] == (isRefused ? .number(Double(index + 1)) : .null))
    }
    #expect(result.code == 65)
  }

  @Test func `blank lines are skipped, but counted`() throws {
    let keyfold = try Keyfold(space: acme)
    let stream = "\n  \t \n\r\n{\"id\":\"a\"}\n \r\n\nx\n\n"
    let answers = try keyfold.run("capture", "--input", "-", stdin: stream).json()
    #expect(answers.count == 2)
    #expect(answers[0]["id"] == "a")
    #expect(answers[1]["line"] == 7)
  }

  @Test func `a leading BOM is skipped, one elsewhere is not`() throws {
    let keyfold = try Keyfold(space: acme)
    let result = try keyfold.run(
      "capture", "--input", "-", stdin: "\u{FEFF}{\"id\":\"a\"}\n\u{FEFF}{\"id\":\"b\"}\n")
    let answers = try result.json()
    #expect(answers[0]["id"] == "a")
    #expect(answers[1]["error"]["code"] == "malformedJson")
    #expect(try keyfold.run("capture", "--input", "-", stdin: "\u{FEFF}").stdout == "")
    #expect(try keyfold.run("capture", "--input", "-", stdin: "\u{FEFF}\n\u{FEFF}{}").code == 65)
  }

  @Test func `a BOM may come in pieces`() throws {
    let keyfold = try Keyfold(space: acme)
    let tool = try keyfold.start(["capture", "--input", "-"])
    for byte in [0xEF, 0xBB, 0xBF] as [UInt8] {
      try tool.send([byte])
      usleep(30_000)
    }
    try tool.send("{\"id\":\"a\"}\n")
    #expect(try JSON(parsing: try tool.readLine())["id"] == "a")
    #expect(try tool.finish().code == 0)
  }

  @Test func `CRLF is accepted, and a last line without an end`() throws {
    let keyfold = try Keyfold(space: acme)
    let result = try keyfold.run(
      "capture", "--input", "-", stdin: "{\"keys\":{\"crmId\":\"1\"}}\r\n{\"id\":\"b\"}\r\n{\"id\":\"c\"}")
    #expect(try result.json().map { $0["id"].text } == ["", "b", "c"])
    #expect(result.code == 0)
    #expect(!result.stdout.contains("\r"))
  }

  @Test func `an empty stream is done`() throws {
    let keyfold = try Keyfold(space: acme)
    let result = try keyfold.run("capture", "--input", "-")
    #expect(result.code == 0)
    #expect(result.stdout == "" && result.stderr == "")
  }

  @Test func `--input takes a file`() throws {
    let keyfold = try Keyfold(space: acme)
    try keyfold.write("{\"id\":\"a\"}\n{\"id\":\"b\"}\n", to: "captures.ndjson")
    let result = try keyfold.run("capture", "--input", "captures.ndjson")
    #expect(try result.json().map { $0["id"].text } == ["a", "b"])
  }

  @Test func `a client in lockstep gets its answer while its input stays open`() throws {
    let keyfold = try Keyfold(space: acme)
    let tool = try keyfold.start(["capture", "--input", "-"])
    var tid = JSON.null
    for number in 1...20 {
      let presented = tid == .null ? "" : #""tid":"\#(tid.text)","#
      try tool.send(#"{\#(presented)"id":"\#(number)","keys":{"crmId":"7"}}"# + "\n")
      let answer = try JSON(parsing: try tool.readLine())
      #expect(answer["sequence"] == .number(Double(number)))
      #expect(tid == .null || answer["touchpointTid"] == tid)
      tid = answer["touchpointTid"]
    }
    try tool.send("not json\n")
    #expect(try JSON(parsing: try tool.readLine())["line"] == 21)
    #expect(try tool.finish().code == 65)
  }

  @Test func `an answer in lockstep is stored when it comes: another process sees it`() throws {
    let keyfold = try Keyfold(space: acme)
    let tool = try keyfold.start(["capture", "--input", "-"])
    try tool.send("{\"keys\":{\"crmId\":\"7\"}}\n")
    let answer = try JSON(parsing: try tool.readLine())
    let found = try keyfold.run("lookup", "crmId=7").object()
    #expect(found["tid"] == answer["tid"])
    #expect(try tool.finish().code == 0)
  }

  @Test func `a line that comes in pieces is one line`() throws {
    let keyfold = try Keyfold(space: acme)
    let tool = try keyfold.start(["capture", "--input", "-"])
    for piece in [#"{"id":"#, #""a"}"# + "\n" + #"{"i"#, #"d":"b"}"#, "\n"] {
      try tool.send(piece)
      usleep(30_000)
    }
    #expect(try JSON(parsing: try tool.readLine())["id"] == "a")
    #expect(try JSON(parsing: try tool.readLine())["id"] == "b")
    #expect(try tool.finish().stdout.split(separator: "\n").count == 2)
  }

  @Test func `bulk: many lines at once, each with its answer`() throws {
    let keyfold = try Keyfold(space: acme)
    let lines = (1...3000).map { #"{"id":"\#($0)","keys":{"crmId":"c\#($0 % 1000)"}}"# }
    let result = try keyfold.capture(lines, "--store", "sqlite:bulk.db")
    #expect(result.code == 0)
    #expect(result.lines.count == 3000)
    #expect(try keyfold.run("stats", "--store", "sqlite:bulk.db").object()["profiles"] == 1000)
  }

  @Test func `memory: captures a stream and forgets it`() throws {
    let keyfold = try Keyfold(space: acme)
    let lines = [#"{"keys":{"crmId":"7"}}"#, #"{"keys":{"crmId":"7"}}"#]
    let answers = try keyfold.capture(lines, "--store", "memory:").json()
    #expect(answers[0]["tid"] == answers[1]["tid"])
    #expect(try keyfold.files() == ["keyfold.yaml"])
  }
}
