#if PostgreSQL
import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldPostgresStore
import KeyfoldTesting
import Testing

/// PgBouncer in front of the server, in the mode in which every transaction may get another connection.
private struct Pooler {
  static let program = "/usr/sbin/pgbouncer"
  static let isThere = FileManager.default.isExecutableFile(atPath: program)

  let url: String

  /// Lends one with few connections for many clients.
  static func with<Result>(_ body: (Pooler) async throws -> Result) async throws -> Result {
    let folder = try PostgresTests.freshFolder()
    defer { _ = try? FileManager.default.removeItem(at: folder) }
    let target = try #require(TestServer.url)
    let server = try #require(URLComponents(string: target))
    let serverPort = try #require(server.port)
    // It can take no free port by itself.
    for port in (0..<5).map({ _ in Int.random(in: 20_000..<50_000) }) {
      let settings = """
        [databases]
        postgres = host=127.0.0.1 port=\(serverPort) dbname=postgres user=postgres
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = \(port)
        unix_socket_dir =
        auth_type = any
        pool_mode = transaction
        default_pool_size = 4
        """
      let file = folder.appending(path: "pgbouncer.ini")
      try Data(settings.utf8).write(to: file)
      let process = Process()
      process.executableURL = URL(filePath: program)
      // It refuses to run as root.
      process.arguments = (geteuid() == 0 ? ["-u", "postgres"] : []) + ["-q", file.path]
      process.standardError = FileHandle.nullDevice
      try process.run()
      defer {
        // It inherits the signals that are blocked here, SIGTERM among them.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
      }
      var components = server
      components.port = port
      let pooler = Pooler(url: try #require(components.string))
      if await pooler.answers(process) { return try await body(pooler) }
    }
    throw StoreError(.unavailable, "PgBouncer does not start")
  }

  private func answers(_ process: Process) async -> Bool {
    while process.isRunning {
      if TestServer.answers(url) { return true }
      _ = try? await Task.sleep(for: .milliseconds(20))
    }
    return false
  }
}

extension PostgresTests {
  @Suite(.enabled(if: Pooler.isThere, "pgbouncer is not installed"))
  struct Poolers {
    /// Two stores by turns over the same few connections: neither sees the other's, and no setting stays.
    @Test func storesThatShareConnectionsKeepApart() async throws {
      try await Pooler.with { pooler in
        let schemas = [TestServer.freshSchema(), TestServer.freshSchema()]
        var resolvers: [IdentityResolver] = []
        for schema in schemas {
          resolvers.append(
            try await IdentityResolver(
              space: .builtIn, store: TestServer.store(schema, over: pooler.url)))
        }
        try await withThrowingTaskGroup(of: Void.self) { [resolvers] group in
          for number in 0..<200 {
            group.addTask {
              let resolver = resolvers[number % 2]
              _ = try await resolver.capture(Capture(keys: ["customerKey": .init("c\(number)")]))
              #expect(
                try await resolver.lookup(attribute: "customerKey", value: "c\(number)").count == 1)
              #expect(
                try await resolver.lookup(attribute: "customerKey", value: "c\(number ^ 1)").isEmpty)
            }
          }
          try await group.waitForAll()
        }
        for resolver in resolvers {
          #expect(try await journal(resolver).map(\.sequence) == Array(1...100))
          try await expectSound(resolver, .builtIn)
          try await resolver.close()
        }
        let administrator = try Administrator(pooler.url)
        for _ in 0..<20 {
          #expect(try administrator.run("SHOW enable_seqscan") == ["on"])
          #expect(try administrator.run("SELECT count(*) FROM pg_prepared_statements") == ["0"])
        }
        for schema in schemas { try TestServer.drop(schema) }
      }
    }

    /// Transactions, sums, erasing, and what is read beside them.
    @Test func theContractHoldsThroughAPooler() async throws {
      try await Pooler.with { pooler in
        let stores = MadeStores()
        for sentence in StoreConformance.cases
        where [2, 4, 8, 11, 12, 13, 18, 21, 25, 26].contains(sentence.number) {
          do { try await sentence.run(on: stores.conformance(over: pooler.url)) } catch {
            Issue.record(error, "\(sentence)")
          }
        }
        try await stores.end()
      }
    }
  }
}
#endif
