import Testing
import ToolHarness

@Suite struct `Exports` {
  /// A store whose first profile has taken in two others, one after the other, beside one of its own.
  private struct Scene {
    let keyfold: Keyfold
    let outcomes: [JSON]

    init() throws {
      keyfold = try Keyfold(space: acme)
      outcomes = try keyfold.capture([
        #"{"keys":{"email":"b@b.example"},"at":"2024-01-02T00:00:00Z"}"#,
        #"{"keys":{"phone":"+1"},"touchpoint":"call-centre","at":"2024-01-03T00:00:00Z"}"#,
        #"{"touchpoint":"call-centre","keys":{"email":"b@b.example","phone":"+1"},"at":"2024-01-04T00:00:00Z"}"#,
        #"{"keys":{"crmId":"7"},"at":"2024-01-01T00:00:00Z","data":{"city":"Leeds"}}"#,
        #"{"keys":{"email":"b@b.example","crmId":"7"},"at":"2024-01-05T00:00:00Z"}"#,
        #"{"keys":{"crmId":"8"},"id":"last"}"#,
      ]).json()
    }

    // TIDs by age: the fourth capture happened first.
    var a: String { outcomes[3]["tid"].text }
    var b: String { outcomes[0]["tid"].text }
    var c: String { outcomes[1]["tid"].text }
  }

  @Test func `merges: secondary and final primary, as CSV`() throws {
    let scene = try Scene()
    let (a, b, c) = (scene.a, scene.b, scene.c)
    let csv = try scene.keyfold.run("export", "merges")
    #expect(csv.code == 0)
    #expect(
      csv.lines == [
        "secondary_tid,primary_tid,merged_at,sequence,cause,key_attribute",
        "\(c),\(a),2024-01-04T00:00:00.000Z,3,key,phone", "\(b),\(a),2024-01-05T00:00:00.000Z,5,key,email",
      ])
  }

  @Test func `merges --steps: each step as it happened`() throws {
    let scene = try Scene()
    let rows = try scene.keyfold.run("export", "merges", "--steps").lines.dropFirst().map {
      $0.split(separator: ",").prefix(2).map(String.init)
    }
    #expect(rows == [[scene.c, scene.b], [scene.b, scene.a]])
  }

  @Test func `merges --since SEQUENCE`() throws {
    let scene = try Scene()
    for (since, count) in [("0", 2), ("2", 2), ("3", 1), ("#3", 1), ("5", 0), ("999", 0)] {
      let lines = try scene.keyfold.run("export", "merges", "--since", since).lines
      #expect(lines.count == 1 + count, "since \(since)")
    }
  }

  @Test func `merges that were undone: the TID belongs to itself again, and what is below it to it`() throws {
    let scene = try Scene()
    let (a, b, c) = (scene.a, scene.b, scene.c)
    #expect(try scene.keyfold.run("unmerge", b, "--reason", "x", "--allow-remerge").code == 0)
    func rows(_ options: String...) throws -> [[String]] {
      try scene.keyfold.run(["export", "merges"] + options).lines.dropFirst().map { line in
        let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        return [fields[0], fields[1], fields[3], fields[4], fields[5]]
      }
    }
    #expect(try rows() == [[c, b, "3", "key", "phone"], [b, b, "7", "unmerge", ""]])
    #expect(
      try rows("--steps") == [
        [c, b, "3", "key", "phone"], [b, a, "5", "key", "email"], [b, a, "7", "unmerge", ""],
      ])
    #expect(
      try rows("--since", "6") == [[b, b, "7", "unmerge", ""], [c, b, "7", "unmerge", ""]],
      "whoever has loaded that the TID below belongs to the former customer learns better")
    #expect(try scene.keyfold.run("merge", a, b, "--reason", "x").code == 0)
    #expect(try rows() == [[c, a, "3", "key", "phone"], [b, a, "8", "operator", ""]])
    #expect(try rows("--since", "6") == [[b, a, "8", "operator", ""]])
  }

  @Test(arguments: ["--format=ndjson", "--json"]) func `merges as NDJSON`(_ option: String) throws {
    let scene = try Scene()
    let result = try scene.keyfold.run("export", "merges", option, "--since", "4")
    #expect(
      result.stdout == """
        {"secondary_tid":"\(scene.b)","primary_tid":"\(scene.a)","merged_at":"2024-01-05T00:00:00.000Z",\
        "sequence":5,"cause":"key","key_attribute":"email"}

        """)
  }

  @Test func `profiles: what lookup prints, by primary TID`() throws {
    let scene = try Scene()
    let result = try scene.keyfold.run("export", "profiles")
    let tids = try result.json().map { $0["tid"].text }
    #expect(tids == tids.sorted())
    #expect(Set(tids) == [scene.a, scene.outcomes[5]["tid"].text])
    for (tid, line) in zip(tids, result.lines) {
      #expect(try scene.keyfold.run("lookup", tid).lines == [line])
    }
    let merged = try JSON(parsing: try scene.keyfold.run("lookup", scene.a).stdout)
    #expect(merged["tids"] == [.string(scene.a), .string(scene.b), .string(scene.c)], "oldest first")
    #expect(merged["keys"].elements.map { $0["attribute"].text } == ["crmId", "email", "phone"])
  }

  @Test func `keys: each with its customer, origin and time`() throws {
    let scene = try Scene()
    let keys = try scene.keyfold.run("export", "keys").json()
    #expect(keys.count == 4)
    #expect(
      keys.contains([
        "attribute": "phone", "value": "+1", "verified": true, "tid": .string(scene.a),
        "origin": .string(scene.c), "capturedAt": "2024-01-03T00:00:00.000Z",
      ]))
  }

  @Test func `journal: every entry, from a sequence on, without gaps`() throws {
    let scene = try Scene()
    let journal = try scene.keyfold.run("export", "journal").json()
    #expect(journal.map { $0["sequence"] } == [1, 2, 3, 4, 5, 6])
    #expect(journal[5]["capture"]["id"] == "last")
    #expect(journal[2]["outcome"]["decision"] == "merged")
    for (entry, outcome) in zip(journal, scene.outcomes) { #expect(entry["outcome"] == outcome) }
    let rest = try scene.keyfold.run("export", "journal", "--since", "4").json()
    #expect(rest == Array(journal[4...]))
  }

  @Test func `an export of nothing is done`() throws {
    let keyfold = try Keyfold(space: acme)
    #expect(try keyfold.run("init").code == 0)
    for what in ["profiles", "keys", "journal"] {
      let result = try keyfold.run("export", what)
      #expect(result.code == 0)
      #expect(result.stdout == "")
    }
    #expect(try keyfold.run("export", "merges").lines.count == 1)
  }
}
