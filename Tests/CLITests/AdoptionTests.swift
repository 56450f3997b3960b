import Testing
import ToolHarness

@Suite struct `Import --adopt-tids` {
  private static let other = "0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a91"

  private func adopt(_ keyfold: Keyfold, _ lines: String..., options: [String] = ["--adopt-tids"]) throws
    -> JSON
  {
    let result = try keyfold.run(
      ["import", "--input", "-", "--quiet"] + options, stdin: Array(lines.map { $0 + "\n" }.joined().utf8))
    return try result.object()
  }

  @Test func `an unknown TID is taken up, born when its capture says`() throws {
    let keyfold = try Keyfold(space: acme)
    let counts = try adopt(
      keyfold,
      #"{"tid":"\#(strangerTID)","keys":{"crmId":"1"},"at":"2020-05-01T00:00:00Z","touchpoint":"app"}"#)
    #expect(counts["decisions"]["created"] == 1)
    let profile = try keyfold.run("lookup", "crmId=1").object()
    #expect(profile["tid"] == .string(strangerTID))
    #expect(profile["tids"] == [.string(strangerTID)])
    #expect(profile["bornAt"] == "2020-05-01T00:00:00.000Z")
    let outcome = try keyfold.captured(#"{"tid":"\#(strangerTID)","keys":{"email":"a@b.example"}}"#)
    #expect(outcome["tid"] == .string(strangerTID))
    #expect(outcome["unknownTid"] == false)
    #expect(try keyfold.run("check", "--rebuild").code == 0)
  }

  @Test func `without the option it is not`() throws {
    let keyfold = try Keyfold(space: acme)
    #expect(try adopt(keyfold, #"{"tid":"\#(strangerTID)"}"#, options: [])["captured"] == 1)
    #expect(try keyfold.run("lookup", strangerTID).code == 1)
  }

  @Test func `TIDs of one customer become one profile by their keys`() throws {
    let keyfold = try Keyfold(space: acme)
    let counts = try adopt(
      keyfold, #"{"tid":"\#(strangerTID)","keys":{"crmId":"1"},"at":"2020-05-02T00:00:00Z"}"#,
      #"{"tid":"\#(Self.other)","keys":{"crmId":"1"},"at":"2020-05-01T00:00:00Z"}"#)
    #expect(counts["decisions"]["merged"] == 1)
    let profile = try keyfold.run("lookup", "crmId=1").object()
    #expect(profile["tids"] == [.string(Self.other), .string(strangerTID)], "oldest first")
    #expect(try keyfold.run("check", "--rebuild").code == 0)
  }

  @Test func `a TID that was revoked is not taken up again`() throws {
    let keyfold = try Keyfold(space: acme)
    _ = try adopt(keyfold, #"{"tid":"\#(strangerTID)","keys":{"crmId":"1"}}"#)
    #expect(try keyfold.run("revoke", strangerTID, "--reason", "lost").code == 0)
    _ = try adopt(keyfold, #"{"tid":"\#(strangerTID)","keys":{"crmId":"2"}}"#)
    let (first, second) = (
      try keyfold.run("lookup", "crmId=1").object()["tid"],
      try keyfold.run("lookup", "crmId=2").object()["tid"]
    )
    #expect(first == .string(strangerTID) && second != first)
  }

  @Test func `what is no TID is refused`() throws {
    let keyfold = try Keyfold(space: acme)
    for text in [strangerTID.uppercased(), "0199b2c4-9f3a-4d21-8c55-0b7f6e1d2a90", "42"] {
      #expect(try adopt(keyfold, #"{"tid":"\#(text)"}"#)["refusals"] == ["malformedTid": 1])
    }
  }

  @Test func `rotateTids leaves them as they are, in this line and the next`() throws {
    let keyfold = try Keyfold(space: acme + "rotateTids: true\n")
    _ = try adopt(
      keyfold, #"{"tid":"\#(strangerTID)"}"#, #"{"tid":"\#(strangerTID)","keys":{"crmId":"1"}}"#,
      #"{"tid":"\#(Self.other)","keys":{"crmId":"2"}}"#)
    for (key, tid) in [("crmId=1", strangerTID), ("crmId=2", Self.other)] {
      #expect(try keyfold.run("lookup", key).object()["tids"] == [.string(tid)])
      #expect(try keyfold.captured(#"{"tid":"\#(tid)"}"#)["unknownTid"] == false)
    }
    #expect(try keyfold.run("check", "--rebuild").code == 0)
  }

  @Test(arguments: ["sqlite:a.db", "file:a.d"]) func `the store remembers it whatever kind it is`(
    _ store: String
  ) throws {
    let keyfold = try Keyfold(space: acme, store: store)
    _ = try adopt(
      keyfold, #"{"tid":"\#(strangerTID)","keys":{"crmId":"1"}}"#, #"{"keys":{"email":"a@b.example"}}"#)
    // Born and merged in one commit.
    _ = try adopt(
      keyfold, #"{"tid":"\#(Self.other)","keys":{"email":"a@b.example"},"at":"2020-01-01T00:00:00Z"}"#)
    #expect(try keyfold.run("lookup", Self.other).object()["tids"].elements.count == 2)
    #expect(try keyfold.run("check", "--rebuild").code == 0)
    #expect(try keyfold.run("copy", "--from", store, "--to", "sqlite:copy.db").code == 0)
  }
}
