#if PostgreSQL
import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldPostgresStore
import Synchronization
import Testing

/// Captures that were answered, with their sequences.
private final class Acknowledged: Sendable {
  private let stored = Mutex<[String: Int64]>([:])
  var sequences: [String: Int64] { stored.withLock { $0 } }
  func note(_ id: String, _ sequence: Int64?) { stored.withLock { $0[id] = sequence } }
}

extension PostgresTests {
  /// Connections that break while captures go on: acknowledged ⊆ journal ⊆ attempted, and nothing twice.
  @Suite struct LostConnections {
    @Test(arguments: Proxy.Cut.allCases, [1, 3])
    func aCommitWhoseAnswerIsLostIsSettledByTheJournal(_ cut: Proxy.Cut, times: Int) async throws {
      try await TestServer.withSchema { schema in
        let proxy = try Proxy()
        defer { proxy.end() }
        let resolver = try await IdentityResolver(
          space: .builtIn, store: try TestServer.store(schema, over: proxy.url))
        _ = try await resolver.capture(Capture(keys: ["customerKey": "0"]))
        proxy.cut(Array(repeating: cut, count: times))
        // Without an id, so that only the store can tell whether it was stored.
        let outcome = try await resolver.capture(Capture(keys: ["customerKey": "1"]))
        #expect(proxy.cutsMade == Array(repeating: cut, count: times))
        #expect(outcome.sequence == 2)
        #expect(outcome.decision == .created)
        #expect(try await journal(resolver).map(\.sequence) == [1, 2])
        try await expectSound(resolver, .builtIn)
        try await resolver.close()
      }
    }

    /// The server goes on with a commit after its client is gone; a look-up that did not wait would miss it.
    @Test func aCommitThatIsStillUnderWayIsWaitedFor() async throws {
      try await TestServer.withSchema { schema in
        let proxy = try Proxy()
        defer { proxy.end() }
        let resolver = try await IdentityResolver(
          space: .builtIn, store: try TestServer.store(schema, over: proxy.url))
        _ = try await resolver.capture(Capture(keys: ["customerKey": "c0"]))
        try Administrator().run(
          """
          CREATE FUNCTION \(schema).slow() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END';
          CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON \(schema).journal DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION \(schema).slow();
          """)
        proxy.cut([.during])
        let outcome = try await resolver.capture(Capture(keys: ["customerKey": "c1"]))
        #expect(proxy.cutsMade == [.during])
        #expect(outcome.sequence == 2)
        #expect(try await journal(resolver).map(\.sequence) == [1, 2])
        try await expectSound(resolver, .builtIn)
        try await resolver.close()
      }
    }

    @Test(arguments: Proxy.Cut.allCases)
    func whatCannotBeSettledIsSaidToBeUnknownAndCanBeRepeated(_ cut: Proxy.Cut) async throws {
      try await TestServer.withSchema { schema in
        let proxy = try Proxy()
        defer { proxy.end() }
        let resolver = try await IdentityResolver(
          space: .builtIn,
          store: try TestServer.store(schema, over: proxy.url, patience: .milliseconds(300)))
        _ = try await resolver.capture(Capture(keys: ["customerKey": "0"]))
        proxy.cut([cut], thenRefuse: true)
        let capture = Capture(id: "again", keys: ["customerKey": "1"])
        let error = await expect(.unavailable) { _ = try await resolver.capture(capture) }
        #expect(error?.message.contains("unknown") ?? false)
        proxy.serveAgain()
        let outcome = try await resolver.capture(capture)
        #expect(outcome.sequence == 2)
        #expect(outcome.replayed == (cut == .after) || cut == .during)
        #expect(try await journal(resolver).map(\.id).filter { $0 == "again" }.count == 1)
        try await expectSound(resolver, .builtIn)
        try await resolver.close()
      }
    }

    @Test func backendsThatAreTerminatedAllTheTimeLoseAndDoubleNothing() async throws {
      try await TestServer.withSchema { schema in
        let attempted = (0..<600).map { "capture-\($0)" }
        let acknowledged = Acknowledged()
        let stores = try (0..<3).map { _ in
          try TestServer.store(schema, parameters: "&application_name=\(schema)")
        }
        var resolvers: [IdentityResolver] = []
        for store in stores { resolvers.append(try await IdentityResolver(space: .builtIn, store: store)) }
        let isOver = Flag()
        let terminated = try await withThrowingTaskGroup(of: Int.self) { [resolvers] group in
          group.addTask { try await terminate(schema, until: isOver) }
          await withTaskGroup(of: Void.self) { captures in
            for lane in 0..<12 {
              captures.addTask {
                for id in stride(from: lane, to: attempted.count, by: 12).map({ attempted[$0] }) {
                  let capture = capture(id)
                  do throws(ResolverError) {
                    let outcome = try await resolvers[lane % 3].capture(capture)
                    acknowledged.note(id, outcome.sequence)
                  } catch { Issue.record("\(error)") }
                }
              }
            }
          }
          isOver.set()
          return try await group.next() ?? 0
        }
        #expect(terminated > 20, "\(terminated) backends were terminated")
        let sequences = acknowledged.sequences
        let entries = try await journal(resolvers[0])
        #expect(entries.map(\.sequence) == Array(1...Int64(entries.count)))
        #expect(Set(entries.compactMap(\.id)).count == entries.count, "no id stands twice in the journal")
        #expect(Set(entries.compactMap(\.id)).isSubset(of: attempted))
        let journalled = Dictionary(uniqueKeysWithValues: entries.map { ($0.id ?? "", $0.sequence) })
        for (id, sequence) in sequences { #expect(journalled[id] == sequence) }
        // Everything again: nothing is decided twice.
        for id in attempted {
          #expect(try await resolvers[1].capture(capture(id)).sequence == journalled[id])
        }
        #expect(try await journal(resolvers[2]).count == entries.count)
        try await expectSound(resolvers[0], .builtIn)
        for resolver in resolvers { try await resolver.close() }
      }
    }
  }

  /// Of one of few customers, the same for the same id.
  private static func capture(_ id: String) -> Capture {
    Capture(id: id, keys: ["customerKey": .init("k\(id.utf8.reduce(0) { $0 + Int($1) } % 32)")])
  }

  /// Ends one of the stores' connections after the other.
  private static func terminate(_ application: String, until isOver: Flag) async throws -> Int {
    let administrator = try Administrator()
    var count = 0
    while !isOver.isSet {
      count += try administrator.run(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = '\(application)' ORDER BY random() LIMIT 1
        """
      ).count
      try await Task.sleep(for: .milliseconds(.random(in: 1...25)))
    }
    return count
  }
}
#endif
