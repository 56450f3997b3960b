import CSQLite
import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldSQLiteStore
import KeyfoldTesting
import Testing

/// What is true of the SQLite store alone: its file, its versions, other processes, and what it finds wrong
/// with itself.
@Suite struct SQLiteStoreTests {
  private let space = Space.builtIn

  @Test func theFileIsItsOwnersOnlyAndWholeAfterClosing() async throws {
    try await withDatabase { path in
      let resolver = try await resolver(path)
      _ = try await resolver.capture(Capture(keys: ["customerKey": "42"]))
      for suffix in ["", "-wal", "-shm"] {
        let mode = try FileManager.default.attributesOfItem(atPath: path + suffix)[.posixPermissions] as? Int
        #expect(mode == 0o600, "\(suffix)")
      }
      try await resolver.close()
      #expect(!FileManager.default.fileExists(atPath: path + "-wal"), "the log is written back")
      let again = try await self.resolver(path, mayCreate: false)
      #expect(try await again.lookup(attribute: "customerKey", value: "42").count == 1)
      try await again.close()
    }
  }

  @Test func aMissingFileIsCreatedOnlyWhereThatIsWanted() async throws {
    try await withDatabase { path in
      await expect(.missing) { _ = try await self.resolver(path, mayCreate: false) }
      #expect(!FileManager.default.fileExists(atPath: path))
      await expect(.cannotCreate) { _ = try await self.resolver(path + ".d/ids.db") }
    }
  }

  @Test func othersFilesAndNewerLayoutsAreLeftAlone() async throws {
    try await withDatabase { path in
      try Data("this is no database, whatever its name says".utf8).write(to: URL(fileURLWithPath: path))
      await expect(.incompatible) { _ = try await self.resolver(path) }
    }
    try await withDatabase { path in
      try execute("CREATE TABLE customers (id)", path)
      await expect(.incompatible) { _ = try await self.resolver(path) }
    }
    try await withDatabase { path in
      try await self.resolver(path).close()
      try execute("PRAGMA user_version = 999", path)
      await expect(.incompatible) { _ = try await self.resolver(path) }
    }
  }

  @Test func aFirstLayoutIsBroughtUpToDateFromItsJournal() async throws {
    try await withDatabase { path in
      let store = SQLiteStore(path: path, synchronization: .normal)
      let resolver = try await IdentityResolver(space: RandomCaptures.space, store: store)
      var captures = RandomCaptures(seed: 5, start: Timestamp(microseconds: 1_767_225_600_000_000))
      for _ in 0..<200 {
        if case .success(let outcome) = await resolver.captures([captures.next()])[0] {
          captures.learn(outcome)
        }
      }
      let (digest, pasts) = try await resolver.read { view throws(StoreError) in
        (try view.stateDigest(), try view.pasts())
      }
      #expect(pasts.values.contains { !$0.released.isEmpty })
      #expect(pasts.values.contains { $0.merged != nil })
      try await resolver.close()
      try execute(
        "DROP TABLE erased; DROP TABLE released; ALTER TABLE journal DROP COLUMN sum; PRAGMA user_version = 1",
        path)
      _ = try await store.open(for: RandomCaptures.space, acceptingChange: false)
      let (upgraded, known, problems) = try await store.read { view throws(StoreError) in
        (try view.stateDigest(), try view.pasts(), try view.problems())
      }
      #expect(upgraded == digest)
      #expect(known == pasts)
      #expect(problems.isEmpty)
      try await store.close()
    }
  }

  @Test func waitsForAnotherWriterAndGivesUpIfItDoesNotEnd() async throws {
    try await withDatabase { path in
      let resolver = try await resolver(path)
      var other: OpaquePointer?
      #expect(sqlite3_open(path, &other) == SQLITE_OK)
      #expect(sqlite3_exec(other, "BEGIN IMMEDIATE", nil, nil, nil) == SQLITE_OK)
      await expect(.busy) { _ = try await resolver.capture(Capture(keys: ["customerKey": "42"])) }
      #expect(
        try await resolver.lookup(attribute: "customerKey", value: "42").isEmpty, "nothing is half stored")
      #expect(sqlite3_exec(other, "COMMIT", nil, nil, nil) == SQLITE_OK)
      sqlite3_close(other)
      let outcome = try await resolver.capture(Capture(keys: ["customerKey": "42"]))
      #expect(outcome.sequence == 1)
      try await resolver.close()
    }
  }

  @Test func rulesChangedByAnotherProcessAreNotOverruled() async throws {
    try await withDatabase { path in
      let resolver = try await resolver(path)
      _ = try await resolver.capture(Capture(keys: ["customerKey": "42"]))
      var attribute = KeyAttribute.trusted("customerKey")
      attribute.limit = 2
      var options = IdentityResolver.Options()
      options.acceptsSpaceChange = true
      let changed = try await IdentityResolver(
        space: try Space(name: "default", attributes: [attribute]), store: SQLiteStore(path: path),
        options: options)
      await expect(.spaceChanged) { _ = try await resolver.capture(Capture(keys: ["customerKey": "43"])) }
      #expect(try await changed.capture(Capture(keys: ["customerKey": "43"])).sequence == 3)
      try await resolver.close()
      try await changed.close()
    }
  }

  @Test func whatWasTamperedWithIsFound() async throws {
    for (sql, word) in [
      ("UPDATE tids SET root = 99", "other profiles"), ("DELETE FROM journal", "missing"),
      ("UPDATE claims SET origin = 99", "do not exist"), ("UPDATE claims SET holder = 77", "wrong holder"),
      ("UPDATE head SET pending = 5", "wrong counts"),
      ("INSERT INTO released VALUES (99, 1, 'x', 1, 0, 1, 0, 1, 'superseded')", "released claims"),
    ] {
      try await withDatabase { path in
        let resolver = try await resolver(path)
        _ = try await resolver.capture(Capture(keys: ["customerKey": "42"]))
        #expect(try await problems(resolver).isEmpty)
        try execute(sql, path)
        #expect(try await problems(resolver).contains { $0.contains(word) }, "\(sql)")
        try await resolver.close()
      }
    }
  }

  @Test func entriesOfAnOlderLayoutGetTheirSums() async throws {
    try await withDatabase { path in
      let first = try await resolver(path)
      for number in 1...3 { _ = try await first.capture(Capture(keys: ["customerKey": .init("\(number)")])) }
      try await first.close()
      try execute("DROP TABLE erased; ALTER TABLE journal DROP COLUMN sum; PRAGMA user_version = 2", path)
      let again = try await resolver(path, mayCreate: false)
      #expect(try await problems(again).isEmpty)
      _ = try await again.capture(Capture(keys: ["customerKey": "4"]))
      #expect(try await problems(again).isEmpty)
      try execute("UPDATE journal SET entry = replace(entry, '2', '5') WHERE sequence = 2", path)
      #expect(try await problems(again) == ["entries of the journal were changed: 2"])
      try await again.close()
    }
  }

  @Test func manyTasksShareCommitsAndNothingIsLost() async throws {
    try await withDatabase { path in
      let resolver = try await resolver(path)
      let sequences = try await withThrowingTaskGroup(of: Int64?.self) { group in
        for number in 0..<500 {
          group.addTask {
            try await resolver.capture(Capture(keys: ["customerKey": .init("n\(number % 50)")])).sequence
          }
        }
        return try await group.reduce(into: []) { $0.append($1 ?? 0) }
      }
      #expect(sequences.sorted() == Array(1...500))
      let (stored, rebuilt, counts) = try await resolver.read { view throws(StoreError) in
        (try view.stateDigest(), try view.rebuiltDigest(space: .builtIn), try view.counts())
      }
      #expect(stored == rebuilt)
      #expect(counts.keys == 50)
      try await resolver.close()
    }
  }

  @Test func aLongWalkHoldsNoTransactionBetweenItsPortions() async throws {
    try await withDatabase { path in
      let resolver = try await resolver(path)
      let captures = (0..<4500).map { Capture(keys: ["customerKey": .init("k\($0)")]) }
      for result in await resolver.captures(captures) { _ = try result.get() }
      var (entries, profiles) = (0, 0)
      try await resolver.forEachEntry(after: 0) { _ in
        entries += 1
        if entries % 2000 == 0 { try self.expectLogCanBeReset(path) }
      }
      try await resolver.forEachProfile { _ in
        profiles += 1
        if profiles % 2000 == 0 { try self.expectLogCanBeReset(path) }
      }
      #expect(entries == 4500)
      #expect(profiles == 4500)
      try await resolver.close()
    }
  }

  /// Several stores on one file, each with connections of its own, as several processes have.
  @Test func fourWritersShareOneFile() async throws {
    try await withDatabase { path in
      try await resolver(path).close()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<4 {
          group.addTask {
            let resolver = try await self.resolver(path)
            for number in 0..<100 {
              let key = CapturedKeys.Values("n\(number % 20)")
              let outcome = try await resolver.capture(
                Capture(id: "\(writer)-\(number)", touchpoint: "w\(writer)", keys: ["customerKey": key]))
              #expect(outcome.replayed == false)
            }
            try await resolver.close()
          }
        }
        try await group.waitForAll()
      }
      let resolver = try await resolver(path)
      let (counts, stored, rebuilt, problems, sequence) = try await resolver.read { view throws(StoreError) in
        (
          try view.counts(), try view.stateDigest(), try view.rebuiltDigest(space: .builtIn),
          try view.problems(),
          view.sequence
        )
      }
      #expect(sequence == 400)
      #expect(counts.profiles == 20, "nobody owns a key twice")
      #expect(stored == rebuilt, "the journal's order is a serial one")
      #expect(problems.isEmpty)
      try await resolver.close()
    }
  }

  // MARK: Helpers

  /// A log can be emptied only while nobody reads from it.
  private func expectLogCanBeReset(_ path: String) throws {
    var database: OpaquePointer?
    try #require(sqlite3_open(path, &database) == SQLITE_OK)
    defer { sqlite3_close(database) }
    #expect(sqlite3_wal_checkpoint_v2(database, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil) == SQLITE_OK)
  }

  private func resolver(_ path: String, mayCreate: Bool = true) async throws -> IdentityResolver {
    try await IdentityResolver(space: space, store: SQLiteStore(path: path, mayCreate: mayCreate))
  }

  private func problems(_ resolver: IdentityResolver) async throws -> [String] {
    try await resolver.read { view throws(StoreError) in try view.problems() }
  }

  private func withDatabase(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("keyfold-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer {
      do { try FileManager.default.removeItem(at: folder) } catch {
        Issue.record("\(folder) stays: \(error)")
      }
    }
    try await body(folder.appendingPathComponent("ids.db").path)
  }

  private func execute(_ sql: String, _ path: String) throws {
    var database: OpaquePointer?
    try #require(sqlite3_open(path, &database) == SQLITE_OK)
    defer { sqlite3_close(database) }
    try #require(sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK)
  }

  private func expect(_ code: StoreError.Code, _ work: () async throws -> Void) async {
    do {
      try await work()
      Issue.record("expected \(code), but nothing failed")
    } catch ResolverError.store(let error) {
      #expect(error.code == code, "\(error)")
    } catch {
      Issue.record("expected \(code), got \(error)")
    }
  }
}
