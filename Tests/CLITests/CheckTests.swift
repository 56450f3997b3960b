import Testing
import ToolHarness

@Suite struct `Checks and counts` {
  private static let lines = [
    #"{"id":"1","keys":{"crmId":"1","email":["a@b.example"],"phone":"+1"},"data":{"city":"Leeds"}}"#,
    #"{"id":"2","keys":{"crmId":"2","email":["c@b.example"]}}"#,
    #"{"id":"3","keys":{"crmId":"1","email":["c@b.example"]}}"#,
    #"{"id":"4","keys":{"crmId":"3","email":["d@b.example","e@b.example"]}}"#,
  ]

  @Test func `check has these fields in this order`() throws {
    let keyfold = try Keyfold(space: acme)
    #expect(try keyfold.capture(Self.lines).code == 0)
    for options in [[], ["--rebuild"]] {
      let result = try keyfold.run(["check", "--json"] + options)
      #expect(result.code == 0)
      let digest = try result.object()["digest"].text
      #expect(digest.wholeMatch(of: /[0-9a-f]{64}/) != nil)
      #expect(
        result.stdout == """
          {"ok":true,"sequence":4,"tids":3,"profiles":3,"keys":7,"digest":"\(digest)","problems":[]}

          """)
    }
  }

  @Test func `stats has at least these fields`() throws {
    let keyfold = try Keyfold(space: acme)
    #expect(try keyfold.capture(Self.lines).code == 0)
    let expected: JSON = [
      "sequence": 4, "tids": 3, "profiles": 3, "keys": 7, "unverified": 1, "pending": 0,
      "conflicts": ["email": 1], "nearLimit": 0, "withheld": ["conflict": 1],
      "contested": [["attribute": "email", "value": "c@b.example", "profiles": 2]], "erasePending": false,
    ]
    #expect(try keyfold.stats() == expected)
    let text = try keyfold.run("stats", "--text").stdout
    #expect(text.contains("3 with 3 TIDs") && text.contains("1 times email was withheld"))
  }

  @Test func `the fields of before stand first, in their order`() throws {
    let keyfold = try Keyfold(space: acme)
    #expect(try keyfold.capture(Self.lines).code == 0)
    #expect(
      try keyfold.run("stats", "--json").stdout == """
        {"sequence":4,"tids":3,"profiles":3,"keys":7,"unverified":1,"pending":0,"conflicts":{"email":1},\
        "nearLimit":0,"withheld":{"conflict":1},\
        "contested":[{"attribute":"email","value":"c@b.example","profiles":2}],"erasePending":false}

        """)
  }

  @Test func `values that many customers compete for are told, those of most first`() throws {
    let keyfold = try Keyfold(space: acme)
    // A call centre's own number: one customer owns it, others are refused it or merely claim it.
    var lines = (1...5).map { #"{"touchpoint":"call-centre","keys":{"crmId":"\#($0)","phone":"+100"}}"# }
    lines += (6...7).map { #"{"keys":{"crmId":"\#($0)","phone":"+200"}}"# }
    // Two customers who turn out to be one do not compete.
    lines += [
      #"{"keys":{"email":"a@b.example"}}"#, #"{"touchpoint":"call-centre","keys":{"phone":"+300"}}"#,
      #"{"touchpoint":"call-centre","keys":{"email":"a@b.example","phone":"+300"}}"#,
    ]
    #expect(try keyfold.capture(lines).code == 0)
    let stats = try keyfold.stats()
    #expect(
      stats["contested"] == [
        ["attribute": "phone", "value": "+100", "profiles": 5],
        ["attribute": "phone", "value": "+200", "profiles": 2],
      ])
    #expect(stats["withheld"] == ["conflict": 4])
    #expect(try keyfold.run("stats", "--contested", "1").object()["contested"].elements.count == 1)
    #expect(try keyfold.run("stats", "--text").stdout.contains("phone=+100 by 5 customers"))
    #expect(try keyfold.run("stats", "--contested", "x").code == 64)
  }

  @Test func `nearLimit counts profiles that are almost full`() throws {
    let keyfold = try Keyfold(space: acme + "maxKeysPerProfile: 10\n")
    func capture(_ phones: Int) throws {
      let values = (1...phones).map { #""+\#($0)""# }.joined(separator: ",")
      _ = try keyfold.captured(#"{"touchpoint":"call-centre","keys":{"crmId":"1","phone":[\#(values)]}}"#)
    }
    try capture(7)
    #expect(try keyfold.stats()["nearLimit"] == 0)
    try capture(8)
    #expect(try keyfold.stats()["nearLimit"] == 1)
  }

  @Test func `the digest depends on the state alone`() throws {
    func digest(_ lines: [String]) throws -> String {
      let keyfold = try Keyfold(space: acme)
      let fixed = lines.map { "{\"at\":\"2024-01-01T00:00:00Z\"," + $0.dropFirst() }
      #expect(try keyfold.capture(fixed, "--tid-seed", "1").code == 0)
      return try keyfold.digest()
    }
    let digest1 = try digest(Self.lines)
    #expect(try digest(Self.lines) == digest1)
    #expect(try digest(Self.lines.dropLast()) != digest1)
    #expect(try digest(Array(Self.lines.map { $0.replacing("Leeds", with: "York") })) != digest1)
  }

  @Test(arguments: [
    "DELETE FROM claims WHERE value = 'c@b.example'", "UPDATE claims SET value = '9' WHERE value = '1'",
    "UPDATE data SET value = 'York'", "UPDATE activity SET count = count + 1", "UPDATE tids SET revoked = 1",
    "DELETE FROM journal WHERE sequence = 4",
    "UPDATE journal SET entry = replace(entry, 'e@b.example', 'f@b.example')",
  ]) func `check --rebuild finds a state that is not what the journal gives`(_ damage: String) throws {
    let keyfold = try Keyfold(space: acme)
    #expect(try keyfold.capture(Self.lines).code == 0)
    try SQLiteFile(keyfold.path("keyfold.db")).execute(damage)
    let result = try keyfold.run("check", "--rebuild", "--json")
    #expect(result.code == 1)
    let report = try result.object()
    #expect(report["ok"] == false)
    #expect(!report["problems"].elements.isEmpty)
    #expect(try keyfold.run("check", "--rebuild", "--text").code == 1)
  }

  @Test(arguments: [
    "DELETE FROM journal WHERE sequence = 2", "UPDATE tids SET root = 1 WHERE number = 2",
    "UPDATE claims SET origin = 99 WHERE value = '2'",
  ]) func `check alone finds a store that contradicts itself`(_ damage: String) throws {
    let keyfold = try Keyfold(space: acme)
    #expect(try keyfold.capture(Self.lines).code == 0)
    try SQLiteFile(keyfold.path("keyfold.db")).execute(damage)
    let result = try keyfold.run("check", "--json")
    #expect(result.code == 1)
    #expect(try result.object()["ok"] == false)
  }

  @Test func `a journal that cannot be read is a problem that check reports`() throws {
    let keyfold = try Keyfold(space: acme)
    #expect(try keyfold.capture(Self.lines).code == 0)
    try SQLiteFile(keyfold.path("keyfold.db")).execute("UPDATE journal SET entry = '{}' WHERE sequence = 2")
    let result = try keyfold.run("check", "--rebuild")
    #expect(result.code == 1)
    #expect(try result.object()["ok"] == false)
  }
}
