#if PostgreSQL
import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldPostgresStore
import KeyfoldTesting
import Testing

extension PostgresTests {
  /// What is true of this store alone: its URL, its schema, its versions, what it finds wrong with itself.
  @Suite struct Opening {
    @Test func manyMayCreateTheSameStoreAtOnce() async throws {
      for exists in [false, true] {
        try await TestServer.withSchema { schema in
          if exists { try Administrator().run("CREATE SCHEMA \(schema)") }
          let secrets = try await withThrowingTaskGroup(of: Secret.self) { group in
            for _ in 0..<10 {
              group.addTask {
                let store = try TestServer.store(schema)
                let secret = try await store.open(for: .builtIn, acceptingChange: false).secret
                try await store.close()
                return secret
              }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
          }
          #expect(secrets.count == 1)
        }
      }
    }

    @Test func aServerThatIsDownIsUnavailableAndNobodyLearnsThePassword() async throws {
      let error = await expect(.unavailable) {
        let store = try PostgresStore(url: "postgresql://user:s3cret@127.0.0.1:1/db?schema=x")
        _ = try await store.open(for: .builtIn, acceptingChange: false)
      }
      #expect(!(error?.description.contains("s3cret") ?? true))
      #expect(error?.description.contains("127.0.0.1:1/db") ?? false)
    }

    @Test func aDatabaseThatIsNotThereIsMissing() async throws {
      let text = try url { $0.path = "/no_such_database" }
      let error = await expect(.missing) {
        _ = try await PostgresStore(url: text).open(for: .builtIn, acceptingChange: false)
      }
      #expect(error?.description.contains("createdb") ?? false)
      #expect(error?.underlying?.contains("3D000") ?? false)
      let folder = try freshFolder()
      defer { _ = try? FileManager.default.removeItem(at: folder) }
      let capture = try tool(
        ["capture", "--key", "customerKey=1"], text, output: folder.appending(path: "outcome"))
      capture.waitUntilExit()
      #expect(capture.terminationStatus == 66)
    }

    @Test func aRoleThatIsNotThereIsLetInByNobody() async throws {
      let text = try url { $0.user = "no_such_role" }
      _ = await expect(.noPermission) {
        _ = try await PostgresStore(url: text).open(for: .builtIn, acceptingChange: false)
      }
    }

    @Test(arguments: [
      "postgresql://user:s3c%ret@127.0.0.1/db", "postgresql://user:s3cret@x@127.0.0.1/db",
      "postgresql://user:s3/cret@127.0.0.1/db", "postgresql://127.0.0.1/db?password=s3cret&nonsense=1",
      "postgresql://user:s3cret@127.0.0.1/db?schema=No-Schema", "mysql://user:s3cret@127.0.0.1/db",
    ])
    func aURLThatCannotBeReadIsNotQuoted(_ url: String) async throws {
      let error = await expect(.incompatible) { _ = try PostgresStore(url: url) }
      #expect(!(error?.description.contains("s3") ?? true))
    }

    @Test func aMissingStoreIsCreatedOnlyWhereThatIsWanted() async throws {
      try await TestServer.withSchema { schema in
        _ = await expect(.missing) {
          let store = try TestServer.store(schema, mayCreate: false)
          _ = try await store.open(for: .builtIn, acceptingChange: false)
        }
        let found = try Administrator().run("SELECT 1 FROM pg_namespace WHERE nspname = '\(schema)'")
        #expect(found.isEmpty)
      }
    }

    @Test func othersTablesAndNewerLayoutsAreLeftAlone() async throws {
      try await TestServer.withSchema { schema in
        let administrator = try Administrator()
        try administrator.run("CREATE SCHEMA \(schema); CREATE TABLE \(schema).customers (id int)")
        _ = await expect(.incompatible) { try await open(schema).close() }
      }
      try await TestServer.withSchema { schema in
        try await open(schema).close()
        try Administrator().run("UPDATE \(schema).store SET layout = 999")
        _ = await expect(.incompatible) { try await open(schema).close() }
      }
    }

    @Test func aFirstLayoutIsBroughtUpToDateFromItsJournal() async throws {
      try await TestServer.withSchema { schema in
        let resolver = try await IdentityResolver(
          space: RandomCaptures.space, store: try TestServer.store(schema))
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
        try await resolver.close()
        try Administrator().run(
          """
          DROP TABLE \(schema).released, \(schema).erased; ALTER TABLE \(schema).head DROP COLUMN erased;
          ALTER TABLE \(schema).journal DROP COLUMN sum; UPDATE \(schema).store SET layout = 1
          """)
        let store = try TestServer.store(schema)
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

    @Test func whoWroteTheFormerLayoutWritesNoMoreOnceItIsUpgraded() async throws {
      try await TestServer.withSchema { schema in
        let former = try await open(schema)
        _ = try await former.capture(Capture(keys: ["customerKey": "1"]))
        try Administrator().run(
          """
          DROP TABLE \(schema).erased; ALTER TABLE \(schema).head DROP COLUMN erased;
          ALTER TABLE \(schema).journal DROP COLUMN sum; UPDATE \(schema).store SET layout = 2
          """)
        let upgraded = try await open(schema)
        _ = await expect(.spaceChanged) { _ = try await former.capture(Capture(keys: ["customerKey": "2"])) }
        _ = try await upgraded.capture(Capture(keys: ["customerKey": "2"]))
        #expect(try await journal(upgraded).count == 2)
        for resolver in [former, upgraded] { try await resolver.close() }
      }
    }

    @Test func theSchemaIsNamedAfterTheSpaceWhereTheURLNamesNone() async throws {
      let name = "Schema-\(UUID().uuidString)"
      let schema = "keyfold_" + name.lowercased().replacing("-", with: "_")
      let space = try Space(name: name, attributes: [.trusted("customerKey")])
      let store = try PostgresStore(url: try #require(TestServer.url))
      _ = try await store.open(for: space, acceptingChange: false)
      try await store.close()
      #expect(try Administrator().run("SELECT layout FROM \(schema).store") == ["4"])
      try TestServer.drop(schema)
    }

    @Test func rulesChangedByAnotherProcessAreNotOverruled() async throws {
      try await TestServer.withSchema { schema in
        let resolver = try await open(schema)
        _ = try await resolver.capture(Capture(keys: ["customerKey": "42"]))
        var attribute = KeyAttribute.trusted("customerKey")
        attribute.limit = 2
        var options = IdentityResolver.Options()
        options.acceptsSpaceChange = true
        let changed = try await IdentityResolver(
          space: try Space(name: "default", attributes: [attribute]), store: TestServer.store(schema),
          options: options)
        _ = await expect(.spaceChanged) {
          _ = try await resolver.capture(Capture(keys: ["customerKey": "43"]))
        }
        #expect(try await changed.capture(Capture(keys: ["customerKey": "43"])).sequence == 3)
        try await resolver.close()
        try await changed.close()
      }
    }

    /// More profiles and entries than one portion holds, and writers that go on meanwhile.
    @Test func longReadsComeInPortionsOfOneInstant() async throws {
      try await TestServer.withSchema { schema in
        let resolver = try await open(schema)
        func capture(_ numbers: Range<Int>) async {
          let captures = numbers.map { Capture(keys: ["customerKey": .init("n\($0)")]) }
          for result in await resolver.captures(captures) {
            if case .failure(let error) = result { Issue.record("\(error)") }
          }
        }
        await capture(0..<700)
        let began = Flag()
        async let more: Void = {
          while !began.isSet { await Task.yield() }
          await capture(700..<1000)
        }()
        let (profiles, entries) = try await resolver.read { view throws(StoreError) in
          began.set()
          var (profiles, entries): (Set<TID>, [Int64]) = ([], [])
          try view.forEachProfile(after: nil) { profile throws(StoreError) in
            profiles.insert(profile.primary.tid)
            return true
          }
          try view.forEachEntry(after: 0) { entry throws(StoreError) in
            entries.append(entry.sequence)
            return true
          }
          return (profiles, entries)
        }
        await more
        #expect(profiles.count == 700)
        #expect(entries == Array(1...700))
        #expect(try await journal(resolver).count == 1000)
        try await expectSound(resolver, .builtIn)
        try await resolver.close()
      }
    }

    @Test func connectionsAreNoMoreThanAllowed() async throws {
      try await TestServer.withSchema { schema in
        let store = try TestServer.store(schema, parameters: "&application_name=\(schema)", connections: 3)
        let resolver = try await IdentityResolver(space: .builtIn, store: store)
        try await withThrowingTaskGroup(of: Void.self) { group in
          for number in 0..<60 {
            group.addTask {
              _ = try await resolver.capture(Capture(keys: ["customerKey": .init("c\(number)")]))
              _ = try await resolver.lookup(attribute: "customerKey", value: "c\(number)")
            }
          }
          try await group.waitForAll()
        }
        let query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = '\(schema)'"
        let administrator = try Administrator()
        #expect(try administrator.run(query) == ["3"])
        try await resolver.close()
        for _ in 0..<100 where try administrator.run(query) != ["0"] {
          try await Task.sleep(for: .milliseconds(10))
        }
        #expect(try administrator.run(query) == ["0"])
      }
    }

    @Test func aCaptureCostsOneRoundTripToReadAndOneToWrite() async throws {
      try await TestServer.withSchema { schema in
        let proxy = try Proxy()
        defer { proxy.end() }
        let resolver = try await IdentityResolver(
          space: .builtIn, store: TestServer.store(schema, over: proxy.url))
        _ = try await resolver.capture(Capture(keys: ["customerKey": "0"]))
        let before = proxy.flights
        for number in 0..<20 {
          _ = try await resolver.capture(
            Capture(id: "\(number)", keys: ["customerKey": .init("\(number % 7)")]))
        }
        #expect(proxy.flights - before == 40)
        _ = await resolver.captures((0..<100).map { Capture(keys: ["customerKey": .init("\($0)")]) })
        #expect(proxy.flights - before == 42)
        try await resolver.close()
      }
    }
  }

  /// The server's URL with something else in it.
  private static func url(_ change: (inout URLComponents) -> Void) throws -> String {
    let url = try #require(TestServer.url)
    var components = try #require(URLComponents(string: url))
    change(&components)
    return try #require(components.string)
  }

  private static func open(_ schema: String) async throws -> IdentityResolver {
    try await IdentityResolver(space: .builtIn, store: TestServer.store(schema))
  }
}
#endif
