#if PostgreSQL
import Keyfold
import KeyfoldCore
import KeyfoldPostgresStore
import Testing

extension PostgresTests {
  /// What the store finds wrong with itself.
  @Suite struct Checks {
    @Test(arguments: [
      ("UPDATE tids SET root = gen_random_uuid()", "other profiles: %"),
      ("UPDATE tids SET parent = \(stranger)", "TIDs belong to TIDs that do not exist: %"),
      (
        "INSERT INTO tids SELECT \(stranger), 0, tid, \(stranger), false FROM tids",
        "TIDs are in another profile than the TIDs they belong to: \(strangersText)"
      ),
      ("UPDATE tids SET parent = tid", "TIDs are in a profile without a primary TID"),
      ("UPDATE claims SET origin = \(stranger)", "captured on TIDs that do not exist: customerKey=42"),
      ("UPDATE claims SET attribute = 77", "claims are of attributes that do not exist: 77=42"),
      ("UPDATE claims SET holder = \(stranger)", "claims have a wrong holder: customerKey=42"),
      ("UPDATE activity SET origin = \(stranger)", "activity or data is of TIDs that do not exist: web"),
      ("UPDATE data SET origin = \(stranger)", "activity or data is of TIDs that do not exist: city"),
      (
        "INSERT INTO pending VALUES (1, 0, \(stranger), 1, 'x', 'web', 0, 0)",
        "keys wait for TIDs that do not exist: x"
      ),
      (
        "INSERT INTO released VALUES (\(stranger), 1, 'x', true, 0, 1, 0, 1, 'superseded')",
        "released claims were captured on TIDs that do not exist: x"
      ),
      ("UPDATE head SET pending = 5", "wrong counts are in the head row: waiting keys"),
      ("UPDATE head SET separations = 1", "wrong counts are in the head row: separations"),
      ("INSERT INTO erased VALUES (\(stranger))", "wrong counts are in the head row: erased TIDs"),
      ("DELETE FROM journal", "entries are missing from the journal: 1 to 3"),
      ("DELETE FROM journal WHERE sequence = 2", "entries are missing from the journal: 2"),
      ("DELETE FROM journal WHERE sequence = 3", "entries are missing from the journal: 3"),
      ("UPDATE journal SET sequence = 9 WHERE sequence = 3", "the head row is behind the journal"),
      (
        "UPDATE journal SET entry = replace(entry, '42', '43') WHERE sequence = 2",
        "entries of the journal were changed: 2"
      ),
      ("UPDATE journal SET sum = NULL WHERE sequence = 3", "entries of the journal were changed: 3"),
    ])
    func whatWasTamperedWithIsFoundAndNamed(_ sql: String, words: String) async throws {
      try await TestServer.withSchema { schema in
        let resolver = try await open(schema)
        var tid = ""
        for _ in 1...3 {
          let capture = Capture(touchpoint: "web", keys: ["customerKey": "42"], data: ["city": "Leeds"])
          tid = try await resolver.capture(capture).tid.description
        }
        #expect(try await problems(resolver).isEmpty)
        try Administrator().run("SET search_path TO \(schema), pg_catalog; \(sql)")
        let problems = try await problems(resolver)
        #expect(problems.contains { $0.contains(words.replacing("%", with: tid)) }, "\(problems)")
        try await resolver.close()
      }
    }

    @Test func onlyTheFirstFindingsAreNamed() async throws {
      try await TestServer.withSchema { schema in
        let resolver = try await open(schema)
        for number in 0..<13 {
          _ = try await resolver.capture(Capture(keys: ["customerKey": .init("n\(number + 10)")]))
        }
        try Administrator().run("UPDATE \(schema).claims SET holder = \(stranger)")
        let names = (10..<20).map { "customerKey=n\($0)" }.joined(separator: ", ")
        #expect(try await problems(resolver) == ["claims have a wrong holder: \(names), and 3 more"])
        try await resolver.close()
      }
    }

    @Test func entriesOfAnOlderLayoutGetTheirSums() async throws {
      try await TestServer.withSchema { schema in
        let first = try await open(schema)
        let captures = (0..<1500).map { Capture(keys: ["customerKey": .init("n\($0)")]) }
        for result in await first.captures(captures) { _ = try result.get() }
        try await first.close()
        let administrator = try Administrator()
        try administrator.run(
          "ALTER TABLE \(schema).journal DROP COLUMN sum; UPDATE \(schema).store SET layout = 3")
        let again = try await open(schema)
        #expect(try await problems(again).isEmpty)
        _ = try await again.capture(Capture(keys: ["customerKey": "one more"]))
        #expect(try await problems(again).isEmpty)
        try administrator.run(
          "UPDATE \(schema).journal SET entry = replace(entry, 'n', 'm') WHERE sequence IN (2, 1400)")
        #expect(try await problems(again) == ["entries of the journal were changed: 2, 1400"])
        try await again.close()
      }
    }
  }

  /// A TID that nobody has, as it stands in SQL.
  private static let stranger = "'\(strangersText)'"
  private static let strangersText = "01234567-89ab-7def-8123-456789abcdef"

  private static func open(_ schema: String) async throws -> IdentityResolver {
    try await IdentityResolver(space: .builtIn, store: TestServer.store(schema))
  }

  private static func problems(_ resolver: IdentityResolver) async throws -> [String] {
    try await resolver.read { view throws(StoreError) in try view.problems() }
  }
}
#endif
