#if PostgreSQL
import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldPostgresStore
import Testing

extension PostgresTests {
  /// Erasing beside others who write, over connections that break, and of values that are hard to find.
  @Suite struct Erasing {
    /// One customer, captured from several machines while it is erased over and over.
    @Test func erasuresAndCapturesOfTheSameProfileTakeTurns() async throws {
      try await TestServer.withSchema { schema in
        let (capturing, erasing) = (try await open(schema), try await open(schema))
        let isOver = Flag()
        let (erased, captured) = try await withThrowingTaskGroup(
          of: (Set<TID>, [(id: String, tid: TID?)]).self
        ) { group in
          group.addTask {
            var erased: [Erased] = []
            while erased.count < 10 {
              do throws(ResolverError) {
                erased.append(
                  try await erasing.erase(attribute: "customerKey", value: value, reason: "asked to"))
              } catch { guard case .notFound = error else { throw error } }
            }
            isOver.set()
            return (Set(erased.flatMap(\.tids)), [])
          }
          for lane in 0..<8 {
            group.addTask {
              var tid: TID?
              var captured: [(id: String, tid: TID?)] = []
              while !isOver.isSet {
                captured.append(("\(lane)-\(captured.count)", tid))
                tid = try await capturing.capture(capture(captured[captured.count - 1].id, tid)).touchpointTid
              }
              return ([], captured)
            }
          }
          var all: (erased: Set<TID>, captured: [(id: String, tid: TID?)]) = ([], [])
          for try await (tids, captured) in group {
            all.erased.formUnion(tids)
            all.captured += captured
          }
          return all
        }
        let entries = try await capturing.entries()
        #expect(entries.map(\.sequence) == Array(1...Int64(entries.count)))
        #expect(entries.count(where: \.isErasure) == 10)
        for resolver in [capturing, erasing] {
          try await expectSound(resolver, .builtIn)
          for tid in erased { #expect(try await resolver.isErased(tid)) }
        }
        try expectGone(erased.map(\.description), from: schema)
        // What is left of a capture is itself, or that it was erased.
        let (kept, gone) = (entries.compactMap(\.captureID), entries.count(where: \.wasErased))
        #expect(Set(kept).count == kept.count)
        #expect(kept.count + gone == captured.count)
        for (id, tid) in captured {
          do throws(ResolverError) {
            #expect(try await capturing.capture(capture(id, tid)).replayed)
            #expect(kept.contains(id))
          } catch {
            guard case .refused(let refusal) = error, refusal.code == .erased else { throw error }
            #expect(!kept.contains(id))
          }
        }
        // Whoever was captured after the tenth erasure goes too, if anybody was.
        do throws(ResolverError) {
          _ = try await erasing.erase(attribute: "customerKey", value: value, reason: "asked to")
        } catch { guard case .notFound = error else { throw error } }
        try expectGone([value, "Leeds"], from: schema)
        try await expectSound(capturing, .builtIn)
        #expect(try await capturing.entries().count <= entries.count + 1)
        for resolver in [capturing, erasing] { try await resolver.close() }
      }
    }

    @Test func oneProcessOfTheToolErasesWhileAnotherCaptures() async throws {
      try await TestServer.withSchema { schema in
        let folder = try freshFolder()
        defer { _ = try? FileManager.default.removeItem(at: folder) }
        let url = try #require(TestServer.url) + "?schema=\(schema)"
        let (input, output) = (folder.appending(path: "captures"), folder.appending(path: "outcomes"))
        let lines = (0..<400).map { #"{"id":"\#($0)","keys":{"customerKey":"\#(value)"}}"# }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: input)
        try await open(schema).close()
        let capturing = try tool(["capture", "--json", "--input", input.path], url, output: output)
        func erase() throws -> Int32 {
          let process = try tool(
            ["erase", "customerKey=\(value)", "--yes", "--reason", "asked to"], url,
            output: folder.appending(path: "erased"))
          process.waitUntilExit()
          return process.terminationStatus
        }
        var statuses: Set<Int32> = []
        while capturing.isRunning { statuses.insert(try erase()) }
        capturing.waitUntilExit()
        #expect(capturing.terminationStatus == 0)
        // 1: nobody was there yet, or another erasure would have nobody again.
        #expect(statuses.isSubset(of: [0, 1]))
        #expect(try String(contentsOf: output, encoding: .utf8).split(separator: "\n").count == 400)
        #expect([0, 1].contains(try erase()))
        try expectGone([value], from: schema)
        let resolver = try await open(schema)
        #expect(try await resolver.entries().count(where: \.wasErased) == 400)
        try await expectSound(resolver, .builtIn)
        try await resolver.close()
      }
    }

    @Test(arguments: Proxy.Cut.allCases, [1, 3])
    func anErasureWhoseAnswerIsLostIsSettledByTheJournal(_ cut: Proxy.Cut, times: Int) async throws {
      try await TestServer.withSchema { schema in
        let proxy = try Proxy()
        defer { proxy.end() }
        let resolver = try await IdentityResolver(
          space: .builtIn, store: TestServer.store(schema, over: proxy.url))
        let outcome = try await resolver.capture(capture("one", nil))
        proxy.cut(Array(repeating: cut, count: times))
        let erased = try await resolver.erase(outcome.tid, reason: "asked to")
        #expect(proxy.cutsMade == Array(repeating: cut, count: times))
        #expect(erased.tids == [outcome.tid])
        #expect(erased.sequence == 2)
        #expect(try await resolver.entries().map(\.isErasure) == [false, true])
        try expectGone([value, "Leeds", outcome.tid.description], from: schema)
        try await expectSound(resolver, .builtIn)
        try await resolver.close()
      }
    }

    /// The server ends the transaction's connection in the middle of it, once.
    @Test(arguments: ["UPDATE ON %.journal", "DELETE ON %.tids", "INSERT ON %.erased", "UPDATE ON %.head"])
    func anErasureWhoseConnectionIsKilledIsDoneOnce(_ event: String) async throws {
      try await TestServer.withSchema { schema in
        let resolver = try await open(schema)
        let outcome = try await resolver.capture(capture("one", nil))
        let administrator = try Administrator()
        try administrator.run(
          """
          CREATE SEQUENCE \(schema).kills;
          CREATE FUNCTION \(schema).kill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('\(schema).kills') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
            RETURN NULL; END $$;
          CREATE TRIGGER kill AFTER \(event.replacing("%", with: schema))
            FOR EACH ROW EXECUTE FUNCTION \(schema).kill();
          """)
        #expect(try await resolver.erase(outcome.tid, reason: "asked to").sequence == 2)
        #expect(try administrator.run("SELECT last_value >= 2 FROM \(schema).kills") == ["t"])
        #expect(try await resolver.entries().map(\.isErasure) == [false, true])
        try expectGone([value, "Leeds", outcome.tid.description], from: schema)
        try await expectSound(resolver, .builtIn)
        try await resolver.close()
      }
    }

    @Test func whoFollowsTheJournalAcrossErasuresSeesEveryNumberOnce() async throws {
      try await TestServer.withSchema { schema in
        let (follower, writer) = (try await open(schema), try await open(schema))
        let total: Int64 = 300
        let seen = try await withThrowingTaskGroup(of: [JournalEntry].self) { group in
          group.addTask {
            var seen: [JournalEntry] = []
            while seen.count < total, !Task.isCancelled {
              seen += try await follower.entries(after: seen.last?.sequence ?? 0)
            }
            return seen
          }
          var sequence: Int64 = 0
          while sequence < total {
            let outcome = try await writer.capture(capture("\(sequence)", nil))
            sequence = outcome.sequence ?? 0
            guard sequence % 3 == 0, sequence < total else { continue }
            sequence = try await writer.erase(outcome.tid, reason: "asked to").sequence
          }
          return try await group.next() ?? []
        }
        #expect(seen.map(\.sequence) == Array(1...total))
        // What was read before it was erased is the follower's own to forget: it is told when.
        #expect(
          seen.filter(\.isErasure).map(\.sequence)
            == (try await writer.entries().filter(\.isErasure).map(\.sequence)))
        for resolver in [follower, writer] { try await resolver.close() }
      }
    }

    @Test func capturesPayNoRoundTripForWhatWasErased() async throws {
      try await TestServer.withSchema { schema in
        let proxy = try Proxy()
        defer { proxy.end() }
        let resolver = try await IdentityResolver(
          space: .builtIn, store: TestServer.store(schema, over: proxy.url))
        let erased = try await resolver.capture(capture("one", nil)).tid
        _ = try await open(schema).erase(erased, reason: "by another process")
        let before = proxy.flights
        for number in 0..<10 {
          #expect(try await resolver.capture(capture("later-\(number)", erased)).unknownTid)
        }
        #expect(proxy.flights - before == 20)
        try await resolver.close()
      }
    }
  }

  // MARK: Helpers

  private static let value = "erased-customer"

  private static func open(_ schema: String) async throws -> IdentityResolver {
    try await IdentityResolver(space: .builtIn, store: TestServer.store(schema))
  }

  private static func capture(_ id: String, _ tid: TID?) -> Capture {
    Capture(id: id, tid: tid, keys: ["customerKey": .init(value)], data: ["city": "Leeds"])
  }

  /// Looks into every table that has text.
  static func expectGone(_ texts: [String], from schema: String) throws {
    let administrator = try Administrator()
    for (table, columns) in [
      ("journal", "entry"), ("claims", "value || origin"), ("released", "value || origin"),
      ("pending", "value || origin"), ("data", "value || origin"), ("activity", "origin::text"),
      ("tids", "tid::text || parent || root"),
    ] {
      for text in texts {
        let found = try administrator.run(
          "SELECT 1 FROM \(schema).\(table) WHERE position('\(text)' IN \(columns)) > 0")
        #expect(found.isEmpty, "\(text) is in \(table)")
      }
    }
  }
}

extension IdentityResolver {
  func entries(after sequence: Int64 = 0) async throws -> [JournalEntry] {
    try await read { view throws(StoreError) in
      var entries: [JournalEntry] = []
      try view.forEachEntry(after: sequence) { entry throws(StoreError) in
        entries.append(entry)
        return true
      }
      return entries
    }
  }
}

extension JournalEntry {
  fileprivate var isErasure: Bool { if case .operation(.erase) = event { true } else { false } }
  /// Whether a capture stood here.
  fileprivate var wasErased: Bool { if case .operation(.erased) = event { true } else { false } }
  fileprivate var captureID: String? {
    if case .capture(let record) = event { record.outcome.id } else { nil }
  }
}
#endif
