import Testing
import ToolHarness

@Suite struct `Limits` {
  /// A member of a capture that is as large as it may be, and one that is one larger.
  struct Edge: Sendable, CustomTestStringConvertible {
    let field: String
    let member: @Sendable (Int) -> String
    let max: Int

    init(_ field: String, max: Int, _ member: @escaping @Sendable (Int) -> String) {
      (self.field, self.max, self.member) = (field, max, member)
    }

    var testDescription: String { "\(field): \(max)" }
  }

  static func text(_ bytes: Int) -> String { refusalMarker + String(repeating: "x", count: bytes - 17) }

  static let edges: [Edge] = [
    Edge("touchpoint", max: 64) { #""touchpoint":"\#(text($0))""# },
    Edge("keys", max: 100) { count in
      #""keys":{"phone":[\#((1...count).map { #""+\#($0)""# }.joined(separator: ","))]}"#
    },
    Edge("proofs.crmId", max: 16384) { #""proofs":{"crmId":"\#(text($0))"}"# },
    Edge("data", max: 64) { count in
      #""data":{\#((1...count).map { #""n\#($0)":"\#(refusalMarker)""# }.joined(separator: ","))}"#
    },
    Edge("data.city", max: 1024) { #""data":{"city":"\#(text($0))"}"# },
  ]

  @Test(arguments: edges) func `at the limit accepted, one over refused`(_ edge: Edge) throws {
    let keyfold = try Keyfold(space: acme)
    let result = try keyfold.capture(["{\(edge.member(edge.max))}"])
    #expect(result.code == 0, "\(result)")
    try expectRefused(Refusal(member: edge.member(edge.max + 1), "tooLong", edge.field))
  }

  @Test func `an id of 128 bytes, whatever its characters`() throws {
    let keyfold = try Keyfold(space: acme)
    let id = String(repeating: "é", count: 64)
    #expect(try keyfold.captured(#"{"id":"\#(id)"}"#)["id"].text == id)
    for long in [id + "x", String(repeating: "x", count: 129)] {
      try expectRefused(Refusal(#"{"id":"\#(long)"}"#, "tooLong", "id", id: long))
    }
  }

  @Test func `a name of data is as long as its value may be`() throws {
    let keyfold = try Keyfold(space: acme)
    #expect(try keyfold.capture([#"{"data":{"\#(Self.text(1024))":""}}"#]).code == 0)
    let result = try keyfold.capture([#"{"data":{"\#(Self.text(1025))":""}}"#])
    #expect(result.code == 65)
    #expect(try result.object()["error"]["code"] == "tooLong")
  }

  @Test func `32 proofs`() throws {
    let names = (1...33).map { "a\($0)" }
    let space =
      "space: s\nattributes:\n" + names.map { "  - { name: \($0), trust: source }\n" }.joined()
    let keyfold = try Keyfold(space: space)
    func line(_ count: Int) -> String {
      #"{"proofs":{\#(names.prefix(count).map { #""\#($0)":"x""# }.joined(separator: ","))}}"#
    }
    let lines = try keyfold.capture([line(32), line(33)]).json()
    #expect(lines[0]["created"] == true)
    #expect(lines[1]["error"]["code"] == "tooLong")
    #expect(lines[1]["error"]["field"] == "proofs")
  }

  /// A capture that is exactly so many bytes long.
  private static func line(bytes: Int) -> String {
    let capture = #"{"id":"long","keys":{"crmId":"3"}}"#
    return capture + String(repeating: " ", count: bytes - capture.utf8.count)
  }

  @Test(arguments: ["\n", "\r\n"]) func `a line of 1 MiB, its end not counted`(_ end: String) throws {
    let keyfold = try Keyfold(space: acme)
    let stream = Self.line(bytes: 1 << 20) + end + "{}" + end
    let result = try keyfold.run("capture", "--input", "-", stdin: stream)
    #expect(result.code == 0, "\(result)")
    #expect(try result.json().map { $0["sequence"] } == [1, 2])
  }

  @Test(arguments: [1, 2, 3, 1 << 20, 3 << 20]) func `a longer line is skipped whole`(_ surplus: Int) throws {
    let line = Self.line(bytes: (1 << 20) + surplus)
    try expectRefused(Refusal(line, "tooLong", nil, id: nil, says: "1048576"))
  }

  @Test func `a longer line is skipped whole at the end of the stream too`() throws {
    let keyfold = try Keyfold(space: acme)
    let result = try keyfold.run("capture", "--input", "-", stdin: Self.line(bytes: 5 << 20))
    #expect(result.code == 65)
    #expect(try result.object()["error"]["code"] == "tooLong")
    #expect(try keyfold.stats()["tids"] == 0)
  }

  @Test func `a line of 100 MB takes little memory`() throws {
    let keyfold = try Keyfold(space: acme)
    let tool = try keyfold.start(["capture", "--input", "-"])
    try tool.send(#"{"id":"before"}"# + "\n" + #"{"id":"huge","data":{"n":""#)
    let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1_000_000)
    for _ in 1...100 { try tool.send(piece) }
    try tool.send("\"}}\n{\"id\":\"after\"}\n")
    #expect(try JSON(parsing: try tool.readLine())["id"] == "before")
    let error = try JSON(parsing: try tool.readLine())
    #expect(error["line"] == 2 && error["id"] == nil && error["error"]["code"] == "tooLong")
    #expect(try JSON(parsing: try tool.readLine())["id"] == "after")
    #expect(try tool.peakMemory() < 100_000_000)
    #expect(try tool.finish().code == 65)
    #expect(try keyfold.stats()["tids"] == 2)
  }
}
