import Testing
import ToolHarness

@Suite struct `Simulate` {
  /// Three customers share a phone that does not link from the web; one touchpoint is used by two people.
  private func scene() throws -> Keyfold {
    let keyfold = try Keyfold(space: acme)
    let outcomes = try keyfold.capture([
      #"{"keys":{"email":"a@b.example","phone":"+1"}}"#, #"{"keys":{"email":"c@b.example","phone":"+1"}}"#,
      #"{"keys":{"email":"d@b.example","phone":"+1"}}"#, #"{"keys":{"crmId":"1"},"touchpoint":"shop"}"#,
    ]).json()
    let tid = outcomes[3]["touchpointTid"].text
    #expect(
      try keyfold.captured(#"{"keys":{"crmId":"2"},"touchpoint":"shop","tid":"\#(tid)"}"#)["decision"]
        == "switched")
    try keyfold.write(acme.replacing(", linksFrom: [call-centre]", with: ""), to: "linking.yaml")
    try keyfold.write(
      acme.replacing("- { name: crmId, trust", with: "- { name: crmId, limit: 2, trust"), to: "loose.yaml")
    try keyfold.write(
      "space: acme\nattributes:\n  - { name: email, limit: 2, trust: source }\n", to: "less.yaml")
    return keyfold
  }

  @Test func `the same rules change nothing`() throws {
    let keyfold = try scene()
    let result = try keyfold.run("simulate", "--space", "keyfold.yaml")
    #expect(result.code == 0)
    #expect(
      try result.object() == [
        "same": true, "captures": 5, "merges": 0, "splits": 0, "switches": 0, "movedKeys": 0, "lostKeys": 0,
        "unknown": 0, "refused": 0, "ignoredKeys": 0, "profiles": ["now": 5, "then": 5],
        "keys": ["now": 5, "then": 5],
      ])
    #expect(
      try keyfold.run("simulate", "--space", "keyfold.yaml", "--text").stdout.contains(
        "nothing would be different"))
  }

  @Test func `customers that would be one`() throws {
    let keyfold = try scene()
    let before = try keyfold.run("export", "journal").stdout
    let lines = try keyfold.run("simulate", "--space", "linking.yaml").json()
    #expect(lines.count == 2)
    #expect(lines[0]["merges"] == 1 && lines[0]["same"] == false)
    #expect(lines[0]["profiles"] == ["now": 5, "then": 4], "there is room for two emails, the stronger keys")
    #expect(lines[0]["keys"]["then"] == 6, "the phone is somebody's")
    let tids = try ["a", "c"].map { try keyfold.run("lookup", "email=\($0)@b.example").object()["tid"] }
    #expect(lines[1] == ["change": "merge", "profiles": .array(tids)])
    let text = try keyfold.run("simulate", "--space", "linking.yaml", "--text").stdout
    #expect(text.contains("1 times, customers would be one") && text.contains(tids[1].text))
    #expect(try keyfold.run("export", "journal").stdout == before, "nothing is written")
    #expect(try keyfold.run("check", "--rebuild").code == 0)
  }

  @Test func `captures that would not switch, and customers that would be one by it`() throws {
    let keyfold = try scene()
    let lines = try keyfold.run("simulate", "--space", "loose.yaml").json()
    #expect(lines[0]["switches"] == 1 && lines[0]["merges"] == 1)
    #expect(
      lines[2]["change"] == "switch" && lines[2]["sequence"] == 5 && lines[2]["wouldSwitchFrom"] == .null)
    let few = try keyfold.run("simulate", "--space", "loose.yaml", "--examples", "0").json()
    #expect(few == [lines[0]])
    let bounded = try keyfold.run("simulate", "--space", "loose.yaml", "--examples", "0", "--text").stdout
    #expect(!bounded.contains("entry 5"))
  }

  @Test func `attributes that are gone, and values that are too many`() throws {
    let keyfold = try scene()
    let less = try keyfold.run("simulate", "--space", "less.yaml").json()[0]
    #expect(less["ignoredKeys"] == 5)
    #expect(less["lostKeys"] == 2)
    _ = try keyfold.captured(#"{"keys":{"email":["x@b.example","y@b.example"]}}"#)
    try keyfold.write(acme.replacing("limit: 2, trust", with: "limit: 1, trust"), to: "strict.yaml")
    let strict = try keyfold.run("simulate", "--space", "strict.yaml").json()[0]
    #expect(strict["refused"] == 1)
    #expect(strict["profiles"] == ["now": 6, "then": 5])
  }

  @Test func `a verdict that was never asked for is unknown`() throws {
    let keyfold = try scene()
    try keyfold.write(
      """
      space: acme
      attributes:
        - { name: crmId, trust: source }
        - { name: email, linksFrom: [web], validators: [{ use: email, checks: [syntax] }] }
        - { name: phone, normalize: [phone], limit: none, trust: source, linksFrom: [call-centre] }

      """, to: "validated.yaml")
    let counts = try keyfold.run("simulate", "--space", "validated.yaml").json()[0]
    #expect(counts["unknown"] == 3)
    #expect(counts["lostKeys"] == 3, "an email nobody can tell about is verified for nobody")
  }

  @Test func `an import that took up TIDs is simulated as it was`() throws {
    let keyfold = try Keyfold(space: acme + "rotateTids: true\n")
    let stream = """
      {"tid":"\(strangerTID)"}
      {"tid":"\(strangerTID)","keys":{"crmId":"1"}}
      {"tid":"0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a91","keys":{"crmId":"1"},"at":"2020-01-01T00:00:00Z"}

      """
    #expect(try keyfold.run("import", "--input", "-", "--adopt-tids", stdin: stream).code == 0)
    let result = try keyfold.run("simulate", "--space", "keyfold.yaml")
    #expect(try result.object()["same"] == true, "\(result)")
  }

  @Test func `the store is opened with the space it was written with`() throws {
    let keyfold = try scene()
    #expect(try keyfold.run("simulate").code == 64, "--space is required")
    #expect(try keyfold.run("simulate", "--space", "none.yaml").code == 66)
    let wrong = try keyfold.run("simulate", "--space", "linking.yaml", "--current", "linking.yaml")
    #expect(wrong.code == 78)
    let named = try keyfold.run(
      ["simulate", "--space", "linking.yaml", "--current", "keyfold.yaml"],
      environment: ["KEYFOLD_SPACE": "linking.yaml"])
    #expect(named.code == 0)
    #expect(try keyfold.run("simulate", "--space", "linking.yaml", "--store", "sqlite:none.db").code == 66)
    #expect(try !keyfold.files().contains("none.db"))
  }
}
