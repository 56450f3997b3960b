import Testing
import ToolHarness

@Suite struct `Import of CSV` {
  private func `import`(_ text: String, _ options: String...) throws -> (
    keyfold: Keyfold, result: Keyfold.Result
  ) {
    let keyfold = try Keyfold(space: acme)
    try keyfold.write(text, to: "in.csv")
    return (keyfold, try keyfold.run(["import", "--input", "in.csv"] + options))
  }

  @Test func `columns that are called like attributes or fields need no mapping`() throws {
    let (keyfold, result) = try `import`(
      """
      crmId,keys.email,touchpoint,at,id,data.city
      1,a@b.example,shop,2024-01-01T00:00:00Z,first,Leeds
      2,,,,,

      """)
    #expect(result.code == 0, "\(result)")
    #expect(try result.object()["captured"] == 2)
    let profile = try keyfold.run("lookup", "email=a@b.example").object()
    #expect(profile["data"] == ["city": "Leeds"])
    #expect(profile["activity"][0]["touchpoint"] == "shop")
    #expect(profile["bornAt"] == "2024-01-01T00:00:00.000Z")
    let entry = try JSON(parsing: try keyfold.run("export", "journal").lines[0])
    #expect(entry["capture"]["id"] == "first")
    #expect(try keyfold.run("lookup", "crmId=2").object()["activity"][0]["touchpoint"] == "default")
  }

  @Test func `--map says what other columns hold, several of them one attribute`() throws {
    let (keyfold, result) = try `import`(
      "Mail,Second=Mail,Who,Note\na@b.example,c@b.example,7,x\n", "--map", "Mail=email", "--map",
      "Second=Mail=keys.email", "--map", "Who=crmId", "--ignore-unmapped", "--touchpoint", "crm")
    #expect(result.code == 0, "\(result)")
    let profile = try keyfold.run("lookup", "crmId=7").object()
    #expect(profile["keys"].elements.map { $0["value"].text } == ["7", "a@b.example", "c@b.example"])
    #expect(profile["activity"][0]["touchpoint"] == "crm")
  }

  @Test(arguments: [
    ("Mail,Note\n1,2\n", [], "'Mail' may be 'email'"),
    ("crmId,Note\n1,2\n", [], "--ignore-unmapped"),
    ("crmId\n1\n", ["--map", "crmID=email"], "did you mean 'crmId'?"),
    ("x\n1\n", ["--map", "x=emial"], "did you mean 'email'?"),
    ("x\n1\n", ["--map", "x=handoff"], "is nothing a column can hold"),
    ("x\n1\n", ["--map", "x=email", "--map", "x=crmId"], "is mapped twice"),
    ("x\n1\n", ["--map", "x"], "takes column=target"),
    ("x\n1\n", ["--ignore-unmapped"], "says anything of a capture"),
    ("id,x\n1,2\n", ["--map", "x=id"], "several columns hold the 'id'"),
  ]) func `a header that cannot be understood is refused, and nothing is made`(
    _ text: String, _ options: [String], _ says: String
  ) throws {
    let keyfold = try Keyfold(space: acme)
    let result = try keyfold.run(
      ["import", "--input", "-"] + options, stdin: Array(text.utf8))
    #expect(result.code == 64, "\(result)")
    #expect(result.stderr.contains(says), "\(result.stderr)")
    #expect(try keyfold.files() == ["keyfold.yaml"])
  }

  @Test func `an attribute that is called like a field is meant by keys.NAME`() throws {
    let keyfold = try Keyfold(space: "space: odd\nattributes:\n  - { name: id, trust: source }\n")
    let result = try keyfold.run("import", "--input", "-", stdin: "id,keys.id\nc1,k1\n")
    #expect(result.code == 0, "\(result)")
    #expect(try keyfold.run("lookup", "id=k1").code == 0)
    #expect(try keyfold.run("lookup", "id=c1").code == 1)
  }

  /// Each wrong record is line 3; the lines around it are sound.
  @Test(arguments: [
    "bad\"quote,x", "\"open,x", "\"a\"b,x", "1", "1,2,3", "\"a\"\r,x", "not\u{0}text,x", "\"\"\"\"\",x",
  ]) func `a wrong record is given up with its first line, and the next line is read`(_ record: String) throws
  {
    let (keyfold, result) = try `import`(
      "crmId,email\n1,\"a@b.example\"\n\(record)\n2,\"c@b.example\"\n")
    #expect(result.code == 65, "\(result)")
    #expect(try result.object()["refused"] == 1)
    #expect(try result.object()["captured"] == 2)
    #expect(result.stderr.contains("line 3: "))
    #expect(try keyfold.run("lookup", "crmId=2").code == 0)
    #expect(try keyfold.run("lookup", "email=a@b.example").code == 0)
  }

  @Test func `a record that is too long is refused, be it in one line or in many`() throws {
    let long = String(repeating: "x", count: 1_100_000)
    for record in [
      long + ",", "\"\(long)\",", "\"" + String(repeating: "xxxxxxxxx\n", count: 120_000) + "\",",
    ] {
      let (keyfold, result) = try `import`("data.a,crmId\n\(record)1\n,2\n")
      #expect(result.code == 65)
      #expect(result.stderr.contains("line 2: the line is longer than"), "\(result.stderr.prefix(500))")
      #expect(try keyfold.run("lookup", "crmId=2").code == 0)
    }
  }

  @Test func `what was written by the rules is read as it was, whatever it holds`() throws {
    var numbers = Randomness(state: 7)
    let pieces = ["\"", ",", "\n", "\r\n", "\r", " ", "a", "é", "e\u{301}", "日本", "'", ";", "\t", "\"\""]
    for turn in 1...20 {
      let lineEnd = turn % 2 == 0 ? "\n" : "\r\n"
      let records = (0..<30).map { row in
        (0..<3).map { _ in (0..<numbers.below(6)).map { _ in pieces[numbers.below(pieces.count)] }.joined() }
          + ["row \(row)"]
      }
      let text =
        ([["data.x", "data.y", "data.z", "crmId"]] + records).map { fields in
          fields.map { field in
            let mustQuote = field.contains { ["\"", ",", "\n", "\r\n", "\r"].contains($0) }
            return mustQuote || numbers.below(3) == 0
              ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
          }.joined(separator: ",")
        }.joined(separator: lineEnd) + (turn % 3 == 0 ? "" : lineEnd)
      let (keyfold, result) = try `import`(turn % 5 == 0 ? "\u{FEFF}" + text : text)
      #expect(result.code == 0, "\(result)\n\(text)")
      let profiles = try keyfold.run("export", "profiles").json()
      #expect(profiles.count == records.count)
      for fields in records {
        let row = fields[3]
        let data = profiles.first { $0["keys"][0]["value"] == .string(row) }?["data"] ?? .null
        for (name, value) in zip(["x", "y", "z"], fields) {
          // By their bytes: as strings, differently composed letters are the same.
          #expect(Array(data[name].text.utf8) == Array(value.utf8), "turn \(turn), \(row)")
        }
      }
    }
  }
}

/// The same numbers for the same seed.
private struct Randomness {
  var state: UInt64

  mutating func below(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }
}
