import Testing
import ToolHarness

@Suite struct `Refused lines` {
  static let malformed: [Refusal] = [
    Refusal("x", "malformedJson", nil, id: nil),
    Refusal(#"{"id":"bad""#, "malformedJson", nil, id: nil),
    Refusal(#"{"id":"bad"}}"#, "malformedJson", nil, id: nil),
    Refusal(#"{"id":"bad",}"#, "malformedJson", nil, id: nil),
    Refusal(#"{'id':'bad'}"#, "malformedJson", nil, id: nil),
    Refusal(#"{"id":"bad"} {"id":"worse"}"#, "malformedJson", nil, id: nil),
    Refusal(#"{"id":"bad","data":{"n":"\#(refusalMarker)"}"#, "malformedJson", nil, id: nil),
    Refusal(#"{"id":"bad","at":01}"#, "malformedJson", nil, id: nil),
    Refusal(#"{"id":"bad","touchpoint":NaN}"#, "malformedJson", nil, id: nil),
    Refusal(#"{"id":"b\qad"}"#, "malformedJson", nil, id: nil),
    Refusal("{\"id\":\"tab\there\"}", "malformedJson", nil, id: nil),
    Refusal(#"// comment"#, "malformedJson", nil, id: nil),
    Refusal(#"[{"id":"bad"}]"#, "malformedJson", nil, id: nil),
    Refusal(#""bad""#, "malformedJson", nil, id: nil),
    Refusal("null", "malformedJson", nil, id: nil),
    Refusal(String(repeating: "[", count: 100_000), "malformedJson", nil, id: nil),
    Refusal(#"{"id":"bad","data":"# + String(repeating: "[", count: 100_000), "malformedJson", nil, id: nil),
  ]

  static let notText: [Refusal] = [
    Refusal(Array(#"{"id":"b"#.utf8) + [0xFF] + Array(#""}"#.utf8), "malformedJson", nil, id: nil),
    Refusal(Array(#"{"id":"b"#.utf8) + [0xC0, 0xAF] + Array(#""}"#.utf8), "malformedJson", nil, id: nil),
    Refusal(
      Array(#"{"id":"b"#.utf8) + [0xED, 0xA0, 0x80] + Array(#""}"#.utf8), "malformedJson", nil, id: nil),
    Refusal(Array(#"{"id":"b"#.utf8) + [0xE2, 0x82] + Array(#""}"#.utf8), "malformedJson", nil, id: nil),
    Refusal([0x80], "malformedJson", nil, id: nil),
    Refusal(Array(#"{"id":"bad","#.utf8) + [0] + Array("}".utf8), "malformedJson", nil, id: nil, says: "NUL"),
    Refusal([0], "malformedJson", nil, id: nil, says: "NUL"),
    Refusal(#"{"id":"b\u0000ad"}"#, "malformedJson", nil, id: nil, says: "NUL"),
    Refusal(#"{"id":"bad","keys":{"crm\u0000Id":"1"}}"#, "malformedJson", nil, id: nil, says: "NUL"),
    Refusal(#"{"id":"b\ud800"}"#, "malformedJson", nil, id: nil, says: "surrogate"),
    Refusal(#"{"id":"b\udc00\ud800"}"#, "malformedJson", nil, id: nil, says: "surrogate"),
    Refusal(#"{"id":"b\ud83d\u0041"}"#, "malformedJson", nil, id: nil, says: "surrogate"),
  ]

  static let duplicates: [Refusal] = [
    Refusal(#"{"id":"bad","id":"bad"}"#, "malformedJson", "id", id: nil, says: "twice"),
    Refusal(#"{"keys":{},"id":"bad","keys":{}}"#, "malformedJson", "keys", id: nil, says: "twice"),
    Refusal(
      #"{"id":"bad","keys":{"crmId":"\#(refusalMarker)","crmId":"3"}}"#, "malformedJson", "keys.crmId",
      id: nil, says: "twice"),
    Refusal(
      #"{"id":"bad","keys":{"crmId":"3","crm\u0049d":"3"}}"#, "malformedJson", "keys.crmId", id: nil),
    Refusal(#"{"id":"bad","data":{"a":"1","a":"2"}}"#, "malformedJson", "data.a", id: nil),
    Refusal(#"{"id":"bad","proofs":{"crmId":"1","crmId":"2"}}"#, "malformedJson", "proofs.crmId", id: nil),
  ]

  static let wrongTypes: [Refusal] = [
    Refusal(#"{"id":5}"#, "malformedField", "id", id: nil, says: "number"),
    Refusal(member: #""touchpoint":["web"]"#, "malformedField", "touchpoint", says: "list"),
    Refusal(member: #""touchpoint":"""#, "malformedField", "touchpoint"),
    Refusal(#"{"id":""}"#, "malformedField", "id", id: ""),
    Refusal(member: #""tid":17"#, "malformedField", "tid", says: "number"),
    Refusal(member: #""handoff":{}"#, "malformedField", "handoff", says: "object"),
    Refusal(member: #""keys":["crmId"]"#, "malformedField", "keys", says: "list"),
    Refusal(member: #""keys":"crmId""#, "malformedField", "keys", says: "string"),
    Refusal(member: #""keys":{"crmId":42}"#, "malformedField", "keys.crmId", says: "number"),
    Refusal(member: #""keys":{"crmId":true}"#, "malformedField", "keys.crmId", says: "boolean"),
    Refusal(member: #""keys":{"crmId":{"v":"1"}}"#, "malformedField", "keys.crmId", says: "object"),
    Refusal(member: #""keys":{"email":["a@b.example",7]}"#, "malformedField", "keys.email", says: "number"),
    Refusal(member: #""keys":{"email":[["a@b.example"]]}"#, "malformedField", "keys.email", says: "list"),
    Refusal(member: #""proofs":"x""#, "malformedField", "proofs", says: "string"),
    Refusal(member: #""proofs":{"crmId":["x"]}"#, "malformedField", "proofs.crmId", says: "list"),
    Refusal(member: #""data":[]"#, "malformedField", "data", says: "list"),
    Refusal(member: #""data":{"city":1}"#, "malformedField", "data.city", says: "number"),
    Refusal(member: #""at":1764000000"#, "malformedField", "at", says: "number"),
  ]

  static let unknown: [Refusal] = [
    Refusal(member: #""key":{"crmId":"\#(refusalMarker)"}"#, "malformedField", "key", says: "'keys'"),
    Refusal(member: #""touchPoint":"web""#, "malformedField", "touchPoint", says: "'touchpoint'"),
    Refusal(member: #""unheardOf":null"#, "malformedField", "unheardOf"),
    Refusal(
      member: #""keys":{"crmid":"\#(refusalMarker)"}"#, "unknownAttribute", "keys.crmid", says: "'crmId'"),
    Refusal(member: #""keys":{"crmId":"3","loyalty":"1"}"#, "unknownAttribute", "keys.loyalty"),
  ]

  static let tooMany: [Refusal] = [
    Refusal(member: #""keys":{"crmId":["\#(refusalMarker)","4"]}"#, "ambiguousKeys", "keys.crmId", says: "2"),
    Refusal(
      member: #""keys":{"email":["a@b.example","c@b.example","d@b.example"]}"#, "ambiguousKeys", "keys.email",
      says: "3"),
  ]

  static let badTIDs: [Refusal] = [
    "", "17", "0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a9", "0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a900",
    "0199B2C4-9F3A-7D21-8C55-0B7F6E1D2A90", "0199b2c49f3a7d218c550b7f6e1d2a90",
    "0199b2c4-9f3a-4d21-8c55-0b7f6e1d2a90", "0199b2c4-9f3a-7d21-0c55-0b7f6e1d2a90",
    "{0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a90}", " 0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a90",
    "0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a9g",
  ].map { Refusal(member: #""tid":"\#($0)","keys":{"crmId":"\#(refusalMarker)"}"#, "malformedTid", "tid") }

  static let badTimes: [Refusal] = [
    "", "now", "2026-11-24", "2026-11-24T09:30:00", "2026-11-24 09:30:00Z", "2026-02-29T09:30:00Z",
    "2026-13-01T09:30:00Z", "2026-11-24T24:00:00Z", "2026-11-24T09:60:00Z", "2026-11-24T09:30:00.Z",
    "2026-11-24T09:30:00+0100", "2026-11-24T09:30:00+24:00", "1764000000", "2026-11-24T09:30:60Z",
  ].map { Refusal(member: #""at":"\#($0)","keys":{"crmId":"\#(refusalMarker)"}"#, "malformedTime", "at") }

  @Test(arguments: malformed) func `malformed JSON`(_ refusal: Refusal) throws { try expectRefused(refusal) }
  @Test(arguments: notText) func `invalid UTF-8, NUL, half surrogates`(_ refusal: Refusal) throws {
    try expectRefused(refusal)
  }
  @Test(arguments: duplicates) func `a name twice, on any level`(_ refusal: Refusal) throws {
    try expectRefused(refusal)
  }
  @Test(arguments: wrongTypes) func `a field of the wrong type`(_ refusal: Refusal) throws {
    try expectRefused(refusal)
  }
  @Test(arguments: unknown) func `an unknown field or attribute, with the nearest name`(_ refusal: Refusal)
    throws
  { try expectRefused(refusal) }
  @Test(arguments: tooMany) func `more values than the limit`(_ refusal: Refusal) throws {
    try expectRefused(refusal)
  }
  @Test(arguments: badTIDs) func `a bad TID`(_ refusal: Refusal) throws { try expectRefused(refusal) }
  @Test(arguments: badTimes) func `a bad time`(_ refusal: Refusal) throws { try expectRefused(refusal) }

  @Test func `a time more than 5 minutes ahead of the clock`() throws {
    let late = Refusal(
      member: #""at":"\#(time(inSeconds: 360))","keys":{"crmId":"\#(refusalMarker)"}"#, "malformedTime", "at",
      says: "5 minutes")
    try expectRefused(late)
    let keyfold = try Keyfold(space: acme)
    #expect(try keyfold.captured(#"{"at":"\#(time(inSeconds: 240))"}"#)["created"] == true)
  }

  @Test func `times of every form of RFC 3339 are taken`() throws {
    let keyfold = try Keyfold(space: acme)
    let times = [
      "2024-02-29T09:30:00Z", "2024-11-24t09:30:00z", "2024-11-24T09:30:00.123456789Z",
      "2024-11-24T09:30:00+05:30", "2016-12-31T23:59:60Z", "1969-07-20T20:17:40-00:00",
    ]
    let result = try keyfold.capture(times.map { #"{"at":"\#($0)"}"# })
    #expect(result.code == 0, "\(result)")
  }

  @Test func `too many values are counted after screening`() throws {
    let keyfold = try Keyfold(space: acme)
    let line = try keyfold.captured(#"{"keys":{"crmId":["7"," 7 ","","null","N/A"]}}"#)
    let results = line["keys"].elements.map { $0["result"].text }
    #expect(results == ["associated", "rejected", "rejected", "rejected"])
  }

  @Test func `an unknown attribute without values is unknown all the same`() throws {
    try expectRefused(Refusal(member: #""keys":{"loyalty":[]}"#, "unknownAttribute", "keys.loyalty"))
  }

  @Test func `a proof for an unknown attribute is refused`() throws {
    try expectRefused(Refusal(member: #""proofs":{"crmid":"x"}"#, "unknownAttribute", "proofs.crmid"))
  }

  @Test func `refusals of a capture from flags have code and field too`() throws {
    let keyfold = try Keyfold(space: acme)
    let cases = [
      (["--key", "foo=1"], "unknownAttribute", "keys.foo"), (["--tid", "17"], "malformedTid", "tid"),
      (["--at", "now"], "malformedTime", "at"),
      (["--at", time(inSeconds: 360)], "malformedTime", "at"),
      (["--key", "crmId=1", "--key", "crmId=2"], "ambiguousKeys", "keys.crmId"),
      (["--touchpoint", String(repeating: "t", count: 65)], "tooLong", "touchpoint"),
    ]
    for (options, code, field) in cases {
      let result = try keyfold.run(["capture", "--json", "--id", "bad"] + options)
      #expect(result.code == 65)
      let line = try result.object()
      #expect(line["line"] == 1 && line["id"] == "bad")
      #expect(line["error"]["code"].text == code)
      #expect(line["error"]["field"].text == field)
    }
  }

  @Test func `text that is not UTF-8 in an option is refused, not changed`() throws {
    let keyfold = try Keyfold(space: acme)
    let tool = try Keyfold.tool()
    let result = try keyfold.run(
      program: "/bin/sh", ["-c", #""$0" capture --key "crmId=$(printf '\377')""#, tool])
    #expect(result.code == 64)
    #expect(result.stderr.contains("UTF-8"))
    #expect(try keyfold.files() == ["keyfold.yaml"])
  }
}
