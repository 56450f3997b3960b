import Testing
import ToolHarness

@Suite struct `Repeated ids` {
  private static let first =
    #"{"id":"evt-1","touchpoint":"web","keys":{"crmId":"7","email":"a@b.example"},"proofs":{"crmId":"token"}}"#

  private static func expectReused(_ line: JSON, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(line["error"]["code"] == "idReused", "\(line)", sourceLocation: sourceLocation)
    #expect(line["error"]["field"] == "id", sourceLocation: sourceLocation)
    #expect(line["id"] == "evt-1", sourceLocation: sourceLocation)
    #expect(line["tid"] == nil, "an error tells nothing of the outcome", sourceLocation: sourceLocation)
  }

  @Test func `the same content gets the stored outcome with replayed true, and nothing else happens`() throws
  {
    let keyfold = try Keyfold(space: acme)
    let outcome = try keyfold.captured(Self.first)
    let (stats, digest) = (try keyfold.stats(), try keyfold.digest())
    let again = try keyfold.captured(Self.first)
    #expect(outcome["replayed"] == false)
    #expect(again == outcome.with("replayed", true))
    let reordered = try keyfold.captured(
      #"{"proofs":{"crmId":"token"},"keys":{"email":"a@b.example","crmId":"7"},"touchpoint":"web","id":"evt-1"}"#
    )
    #expect(reordered == again)
    #expect(try keyfold.stats() == stats)
    #expect(try keyfold.digest() == digest)
  }

  @Test func `it is the first outcome, whatever happened since`() throws {
    let keyfold = try Keyfold(space: acme)
    let outcome = try keyfold.captured(Self.first)
    _ = try keyfold.captured(
      #"{"id":"evt-2","tid":"\#(outcome["tid"].text)","keys":{"email":"z@b.example"}}"#)
    #expect(try keyfold.captured(Self.first) == outcome.with("replayed", true))
  }

  @Test func `within one stream and one commit as well`() throws {
    let keyfold = try Keyfold(space: acme)
    let result = try keyfold.capture([Self.first, Self.first, #"{"id":"evt-1"}"#])
    let lines = try result.json()
    #expect(result.code == 65)
    #expect(lines[1] == lines[0].with("replayed", true))
    Self.expectReused(lines[2])
    #expect(try keyfold.stats()["sequence"] == 1)
  }

  @Test(arguments: [
    (#","proofs":{"crmId":"token"}"#, ""), (#""token""#, #""other""#), (#""web""#, #""app""#),
    (#""7""#, #""8""#), (#","email":"a@b.example""#, ""),
    (#""id""#, #""at":"2024-11-24T09:30:00Z","id""#), (#""id""#, #""data":{"a":"b"},"id""#),
    (#""id""#, #""handoff":"x","id""#), (#""id""#, #""tid":"\#(strangerTID)","id""#),
  ]) func `other content in any field, a missing proof included, is refused`(
    _ part: String, _ other: String
  ) throws {
    let keyfold = try Keyfold(space: acme)
    let line = Self.first.replacing(part, with: other)
    _ = try keyfold.captured(Self.first)
    let before = try keyfold.digest()
    let result = try keyfold.capture([line, #"{"id":"evt-2"}"#])
    #expect(result.code == 65)
    Self.expectReused(try result.json()[0])
    #expect(try result.json()[1]["sequence"] == 2)
    #expect(try keyfold.digest() != before, "the line after it was captured")
    #expect(try keyfold.stats()["keys"] == 2)
  }

  @Test func `a refused capture does not use its id up`() throws {
    let keyfold = try Keyfold(space: acme)
    let lines = try keyfold.capture([#"{"id":"a","keys":{"foo":"1"}}"#, #"{"id":"a","keys":{"crmId":"1"}}"#])
      .json()
    #expect(lines[0]["error"]["code"] == "unknownAttribute")
    #expect(lines[1]["created"] == true && lines[1]["replayed"] == false)
  }

  @Test func `a replay from flags is the same`() throws {
    let keyfold = try Keyfold(space: acme)
    let outcome = try keyfold.captured(#"{"id":"evt-1","touchpoint":"web","keys":{"crmId":"7"}}"#)
    let options = ["capture", "--id", "evt-1", "--touchpoint", "web", "--key"]
    #expect(try keyfold.run(options + ["crmId=7"]).object() == outcome.with("replayed", true))
    let other = try keyfold.run(options + ["crmId=8"])
    #expect(other.code == 65)
    Self.expectReused(try other.object())
  }

  @Test func `a proof is stored nowhere and printed nowhere`() throws {
    let keyfold = try Keyfold(space: acme)
    let secret = "c1a551f1ed-proof"
    let line = #"{"id":"evt-1","keys":{"crmId":"7"},"proofs":{"crmId":"\#(secret)"}}"#
    let result = try keyfold.capture([line, line, #"{"id":"evt-1","proofs":{"crmId":"\#(secret)"}}"#])
    #expect(!(result.stdout + result.stderr).contains(secret))
    #expect(try keyfold.holds("crmId"), "the files were looked through")
    #expect(try !keyfold.holds(secret))
  }

  @Test func `--proof takes the credential from a file or standard input`() throws {
    let keyfold = try Keyfold(space: acme)
    try keyfold.write("token\n", to: "proof")
    let options = ["capture", "--id", "evt-1", "--key", "crmId=7", "--proof"]
    let outcome = try keyfold.run(options + ["crmId=proof"]).object()
    let again = try keyfold.run(options + ["crmId=-"], stdin: Array("token".utf8)).object()
    #expect(again == outcome.with("replayed", true))
    let other = try keyfold.run(options + ["crmId=-"], stdin: Array("Token".utf8))
    Self.expectReused(try other.object())
    try keyfold.write(String(repeating: "x", count: 16385), to: "long")
    let long = try keyfold.run("capture", "--key", "crmId=7", "--proof", "crmId=long")
    #expect(try long.object()["error"]["code"] == "tooLong")
    #expect(try keyfold.run(options + ["crmId=absent"]).code == 66)
  }
}
