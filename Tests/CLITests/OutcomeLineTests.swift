import Testing
import ToolHarness

@Suite struct `Outcome line` {
  private static let created = """
    {"id":"evt-1","sequence":1,"tid":"T1","touchpointTid":"T1","decision":"created","created":true,"merged":[],\
    "switchedFrom":null,"unknownTid":false,"handoff":null,"replayed":false,"keys":[{"attribute":"crmId",\
    "value":"7","result":"associated","verified":true,"reason":null,"evidence":[]}]}

    """

  @Test func `fields are always present, in this order, null where empty`() throws {
    let keyfold = try Keyfold(space: acme)
    let result = try keyfold.capture([#"{"id":"evt-1","touchpoint":"web","keys":{"crmId":"7"}}"#])
    #expect(anonymous(result.stdout) == Self.created)
    #expect(result.code == 0)
  }

  @Test func `flags with --json print the same line`() throws {
    let keyfold = try Keyfold(space: acme)
    let result = try keyfold.run(
      "capture", "--id", "evt-1", "--touchpoint", "web", "--key", "crmId=7", "--json")
    #expect(anonymous(result.stdout) == Self.created)
  }

  @Test func `without an id and without keys it has the same fields`() throws {
    let keyfold = try Keyfold(space: acme)
    let result = try keyfold.capture(["{}"])
    #expect(
      anonymous(result.stdout) == """
        {"id":null,"sequence":1,"tid":"T1","touchpointTid":"T1","decision":"created","created":true,"merged":[],\
        "switchedFrom":null,"unknownTid":false,"handoff":null,"replayed":false,"keys":[]}

        """)
  }

  @Test func `merged names the primaries that became secondary`() throws {
    let keyfold = try Keyfold(space: acme)
    let result = try keyfold.capture([
      #"{"keys":{"crmId":"7"}}"#, #"{"keys":{"email":"a@b.example"}}"#,
      #"{"keys":{"crmId":"7","email":"a@b.example"}}"#,
    ])
    let lines = try result.json()
    #expect(lines[2]["decision"] == "merged")
    #expect(lines[2]["tid"] == lines[0]["tid"])
    #expect(lines[2]["merged"] == [lines[1]["tid"]])
    #expect(lines[2]["created"] == false)
    #expect(lines[2]["switchedFrom"] == nil)
  }

  @Test func `switchedFrom is the primary of the profile left`() throws {
    let keyfold = try Keyfold(space: acme)
    let first = try keyfold.captured(#"{"keys":{"crmId":"7"}}"#)
    let line = try keyfold.captured(#"{"tid":"\#(first["tid"].text)","keys":{"crmId":"8"}}"#)
    #expect(line["decision"] == "switched")
    #expect(line["switchedFrom"] == first["tid"])
    #expect(line["created"] == true)
    #expect(line["touchpointTid"] == line["tid"])
    #expect(line["tid"] != first["tid"])
  }

  @Test func `touchpointTid is what this touchpoint stores, tid the customer's name`() throws {
    let keyfold = try Keyfold(space: acme)
    let desk = try keyfold.captured(#"{"touchpoint":"call-centre","keys":{"crmId":"7"}}"#)
    let web = try keyfold.captured(#"{"touchpoint":"web"}"#)
    let joined = try keyfold.captured(
      #"{"touchpoint":"web","tid":"\#(web["tid"].text)","keys":{"crmId":"7"}}"#)
    #expect(joined["tid"] == desk["tid"])
    #expect(joined["touchpointTid"] == web["tid"])
  }

  @Test func `unknownTid: a TID nobody knows is not adopted`() throws {
    let keyfold = try Keyfold(space: acme)
    let line = try keyfold.captured(#"{"tid":"\#(strangerTID)"}"#)
    #expect(line["unknownTid"] == true)
    #expect(line["tid"].text != strangerTID)
    #expect(line["touchpointTid"].text != strangerTID)
  }

  @Test func `keys are listed strongest attribute first, then in request order`() throws {
    let keyfold = try Keyfold(space: acme)
    let line = try keyfold.captured(
      #"{"keys":{"phone":["+2","+1"],"email":["z@b.example","a@b.example"],"crmId":"7"}}"#)
    let keys = line["keys"].elements.map { "\($0["attribute"].text)=\($0["value"].text)" }
    #expect(keys == ["crmId=7", "email=z@b.example", "email=a@b.example", "phone=+2", "phone=+1"])
  }

  @Test func `result, verified and reason of a key tell what became of it`() throws {
    let keyfold = try Keyfold(space: acme)
    let lines = try keyfold.capture([
      #"{"keys":{"crmId":"7","phone":"+44 1","email":"no address"}}"#, #"{"keys":{"crmId":["7","test"]}}"#,
    ]).json()
    func ends(_ line: JSON) -> [[JSON]] {
      line["keys"].elements.map { [$0["value"], $0["result"], $0["verified"], $0["reason"]] }
    }
    #expect(
      ends(lines[0]) == [
        ["7", "associated", true, nil], ["no address", "rejected", false, "malformed"],
        ["+441", "associated", false, nil],
      ])
    #expect(ends(lines[1]) == [["7", "recognized", true, nil], ["test", "rejected", false, "blocked"]])
  }

  @Test func `--text is for people`() throws {
    let keyfold = try Keyfold(space: acme)
    let result = try keyfold.run("capture", "--key", "crmId=7", "--text")
    #expect(result.stdout.hasPrefix("created: a new customer\n"))
    #expect(result.stdout.contains("crmId=7"))
    #expect(!result.stdout.contains("{"))
    let refused = try keyfold.run("capture", "--key", "foo=7", "--text")
    #expect(refused.code == 65)
    #expect(refused.stdout == "")
    #expect(refused.stderr.contains("foo"))
  }

  @Test func `text shows control characters of values instead of sending them`() throws {
    let keyfold = try Keyfold(space: acme)
    let result = try keyfold.run("capture", "--key", "crmId=a\u{1B}[2Jb\u{202E}c", "--text")
    #expect(result.code == 0)
    #expect(!result.stdout.contains("\u{1B}"))
    #expect(!result.stdout.contains("\u{202E}"))
    #expect(result.stdout.contains(#"a\u{1b}[2Jb"#))
  }

  @Test func `standard output carries results only`() throws {
    let keyfold = try Keyfold(space: acme)
    let good = try keyfold.run(
      "capture", "--input", "-", "--tid-seed", "1", stdin: "{}\n{\"x\":1}\n{}\n")
    #expect(try good.json().count == 3)
    #expect(good.stderr.contains("--tid-seed"))
    let failed = try keyfold.run("lookup", "crmId=nobody")
    #expect(failed.stdout == "")
    #expect(failed.stderr.hasPrefix("keyfold: "))
  }

  @Test func `--color always colours, never and auto do not colour a pipe`() throws {
    let keyfold = try Keyfold(space: acme)
    func colored(_ when: String) throws -> Bool {
      try keyfold.run("capture", "--key", "crmId=7", "--text", "--color", when).stdout.contains("\u{1B}[")
    }
    #expect(try colored("always"))
    #expect(try !colored("never"))
    #expect(try !colored("auto"))
  }
}
