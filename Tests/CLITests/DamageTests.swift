import Foundation
import Glibc
import Testing
import ToolHarness

/// Stores that were damaged from outside: `check` finds what is wrong and names it.
@Suite struct `Damage` {
  /// TIDs 1 to 5: 1 and 2 are one customer, who holds crmId 1 and email a; 3 holds crmId 2, 4 waits with
  /// email b, 5 with data.
  private func scene(_ store: String) throws -> Keyfold {
    let keyfold = try Keyfold(space: acme, store: store)
    let result = try keyfold.capture([
      #"{"keys":{"crmId":"1"},"at":"2024-01-01T00:00:00Z"}"#, #"{"keys":{"email":"a@b.example"}}"#,
      #"{"keys":{"crmId":"2"}}"#, #"{"keys":{"email":"b@b.example"}}"#,
      #"{"keys":{"crmId":"1","email":"a@b.example"}}"#, #"{"keys":{"phone":"+1"},"data":{"city":"Leeds"}}"#,
    ])
    #expect(result.code == 0)
    for options in [[], ["--rebuild"]] {
      let check = try keyfold.run(["check"] + options)
      #expect(try check.object()["problems"] == [], "it is sound before")
    }
    return keyfold
  }

  private func expectFound(_ keyfold: Keyfold, _ says: [String], rebuild: Bool = false) throws {
    let result = try keyfold.run(["check"] + (rebuild ? ["--rebuild"] : []))
    #expect(result.code == 1, "\(result)")
    let report = try result.object()
    #expect(report["ok"] == false)
    let problems = report["problems"].elements.map(\.text).joined(separator: "\n")
    for words in says { #expect(problems.contains(words), "'\(words)' is not in: \(problems)") }
    #expect(try keyfold.run("check", "--text").code == 1 || rebuild)
  }

  // MARK: SQLite

  private static let tid = "(SELECT number FROM tids ORDER BY number LIMIT 1 OFFSET"

  @Test(arguments: [
    ("UPDATE claims SET origin = 99, holder = 0 WHERE value = '2'", ["TIDs that do not exist", "crmId=2"]),
    ("DELETE FROM tids WHERE number = 3", ["TIDs that do not exist", "crmId=2"]),
    // Two owners: the same key once as text and once as bytes.
    (
      """
      INSERT INTO claims SELECT attribute, CAST(value AS BLOB), holder, 4, at, sequence, ordinal FROM claims
      WHERE value = '2'
      """, ["two owners", "crmId=2"]
    ),
    // A cycle of the primary TID and its secondary one.
    ("UPDATE tids SET parent = 2 WHERE number = 1", ["without a primary TID", "TID1", "TID2"]),
    // A cycle below a primary TID.
    (
      """
      UPDATE tids SET root = 1, parent = 4 WHERE number = 3; UPDATE tids SET root = 1, parent = 3 WHERE number = 4
      """, ["TID3 is above itself", "TID4 is above itself"]
    ),
    ("UPDATE tids SET parent = 77 WHERE number = 2", ["belong to TIDs that do not exist", "TID2"]),
    (
      "UPDATE tids SET parent = 3 WHERE number = 2",
      ["in another profile than the TIDs they belong to", "TID2"]
    ),
    ("UPDATE tids SET root = 3 WHERE number = 2", ["in another profile", "TID2"]),
    ("UPDATE tids SET root = 77 WHERE number = 3", ["without a primary TID", "TID3"]),
    ("UPDATE tids SET tid = x'00' WHERE number = 4", ["no TIDs", "00"]),
    (
      "INSERT INTO claims SELECT attribute, '3', 0, origin, at, sequence, ordinal FROM claims WHERE value = '2'",
      ["TID3 has 2 values of crmId, 1 are allowed"]
    ),
    ("UPDATE claims SET holder = 4 WHERE value = '2'", ["wrong holder", "crmId=2"]),
    ("UPDATE claims SET attribute = 9 WHERE value = '2'", ["attributes that do not exist", "9=2"]),
    ("UPDATE activity SET origin = 99 WHERE origin = 3", ["activity or data", "default"]),
    ("UPDATE data SET origin = 99", ["activity or data", "city"]),
    ("DELETE FROM journal WHERE sequence = 3", ["missing from the journal: 3"]),
    ("DELETE FROM journal WHERE sequence IN (2, 3, 6)", ["missing from the journal: 2 to 3, 6 to 6"]),
    (
      "UPDATE journal SET entry = replace(entry, '\"latencyMs\"', '\"latencyMS\"') WHERE sequence = 2; UPDATE journal SET entry = substr(entry, 1, 40) || 'x' || substr(entry, 42) WHERE sequence = 4",
      ["journal were changed: 4"]
    ),
    ("UPDATE journal SET entry = entry || ' ' WHERE sequence = 5", ["journal were changed: 5"]),
    ("UPDATE head SET sequence = 4", ["behind the journal"]),
    ("UPDATE head SET pending = 4", ["wrong counts", "waiting keys"]),
  ]) func `of a SQLite store is found and named`(_ damage: String, _ says: [String]) throws {
    let keyfold = try scene("sqlite:keyfold.db")
    let tids = try keyfold.run("export", "journal").json().compactMap { entry in
      entry["effects"].elements.first { $0["do"] == "born" }?["tid"].text
    }
    try SQLiteFile(keyfold.path("keyfold.db")).execute(damage)
    // The names of TIDs by the order they were made in.
    let words = says.map { text in
      tids.enumerated().reversed().reduce(text) { $0.replacing("TID\($1.offset + 1)", with: $1.element) }
    }
    try expectFound(keyfold, words)
  }

  @Test(arguments: [
    "UPDATE data SET value = 'York'", "UPDATE claims SET at = at + 1 WHERE value = '2'",
    "UPDATE tids SET revoked = 1 WHERE number = 3", "DELETE FROM claims WHERE value = '2'",
    "UPDATE activity SET count = 7 WHERE origin = 3",
  ]) func `that leaves a SQLite store consistent differs from the journal's digest`(_ damage: String) throws {
    let keyfold = try scene("sqlite:keyfold.db")
    try SQLiteFile(keyfold.path("keyfold.db")).execute(damage)
    #expect(try keyfold.run("check").code == 0)
    try expectFound(keyfold, ["the journal gives another state"], rebuild: true)
  }

  @Test func `every changed byte of the journal in SQLite is found`() throws {
    let keyfold = try scene("sqlite:keyfold.db")
    let database = try SQLiteFile(keyfold.path("keyfold.db"))
    let length = try keyfold.run("export", "journal").lines[4].utf8.count
    try database.execute("CREATE TABLE before AS SELECT entry FROM journal WHERE sequence = 5")
    for place in stride(from: 1, through: length, by: 41) {
      try database.execute(
        """
        UPDATE journal SET entry = (SELECT substr(entry, 1, \(place - 1))
          || CASE substr(entry, \(place), 1) WHEN 'z' THEN 'y' ELSE 'z' END || substr(entry, \(place + 1)) FROM before)
        WHERE sequence = 5
        """)
      try expectFound(keyfold, ["journal were changed: 5"])
    }
    try database.execute("UPDATE journal SET entry = (SELECT entry FROM before) WHERE sequence = 5")
    #expect(try keyfold.run("check", "--rebuild").code == 0, "it is what it was")
  }

  // MARK: File

  private static let journal = "keyfold.d/journal.0000000000000000001"

  private func change(_ keyfold: Keyfold, _ name: String, at offset: Int) throws {
    let file = open(keyfold.path(name), O_RDWR)
    defer { close(file) }
    var byte: UInt8 = 0
    #expect(pread(file, &byte, 1, offset) == 1)
    byte ^= 0x41
    #expect(pwrite(file, &byte, 1, offset) == 1)
  }

  @Test func `every changed byte of a file store's journal is found`() throws {
    let keyfold = try scene("file:keyfold.d")
    let size = try Data(contentsOf: URL(fileURLWithPath: keyfold.path(Self.journal))).count
    for offset in stride(from: 3, to: size, by: 97) {
      try change(keyfold, Self.journal, at: offset)
      try expectFound(keyfold, ["journal"])
      try change(keyfold, Self.journal, at: offset)
    }
    #expect(try keyfold.run("check", "--rebuild").code == 0, "it is what it was")
  }

  @Test func `a checkpoint does not hide what is wrong with the journal before it`() throws {
    let keyfold = try scene("file:keyfold.d")
    #expect(try keyfold.run("compact").code == 0)
    try change(keyfold, Self.journal, at: 200)
    #expect(try keyfold.run("lookup", "crmId=1").code == 0, "the checkpoint is whole")
    try expectFound(keyfold, ["entry 1 of the journal cannot be read"])
  }

  @Test func `a checkpoint that tells of another state is found by its journal`() throws {
    let keyfold = try scene("file:keyfold.d")
    let other = try Keyfold(space: acme, store: "file:keyfold.d")
    let lines = (1...6).map { #"{"keys":{"crmId":"other \#($0)"}}"# }
    #expect(try other.capture(lines).code == 0)
    for each in [keyfold, other] { #expect(try each.run("compact").code == 0) }
    let name = try #require(
      FileManager.default.contentsOfDirectory(atPath: other.path("keyfold.d")).first {
        $0.hasPrefix("checkpoint.")
      })
    let foreign = try Data(contentsOf: URL(fileURLWithPath: other.path("keyfold.d/" + name)))
    try foreign.write(to: URL(fileURLWithPath: keyfold.path("keyfold.d/" + name)))
    try expectFound(keyfold, [], rebuild: true)
  }

  @Test(arguments: ["journal.0000000000000000001", "store.json"])
  func `a file that is missing is found`(_ name: String) throws {
    let keyfold = try scene("file:keyfold.d")
    try FileManager.default.removeItem(atPath: keyfold.path("keyfold.d/" + name))
    let result = try keyfold.run("check")
    #expect(result.code == 1, "\(result)")
    #expect((result.stdout + result.stderr).contains(name))
  }

  // MARK: Other rules

  @Test func `what stays of other rules is no damage`() throws {
    let keyfold = try Keyfold(space: acme)
    _ = try keyfold.captured(#"{"keys":{"email":["a@b.example","c@b.example"]}}"#)
    try keyfold.write(acme.replacing("limit: 2, trust", with: "limit: 1, trust"), to: "keyfold.yaml")
    #expect(try keyfold.run("check").code == 78)
    let accepted = try keyfold.run("capture", "--key", "crmId=9", "--accept-space-change")
    #expect(accepted.code == 0)
    #expect(try keyfold.run("check", "--rebuild").code == 0)
  }
}
