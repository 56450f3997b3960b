#if PostgreSQL
import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldPostgresStore
import KeyfoldTesting
import Synchronization
import Testing

extension PostgresTests {
  /// Several stores and processes over one schema at once.
  @Suite struct ManyWriters {
    @Test func theSameKeysFromManyStoresLoseNothingAndMakeNoCycle() async throws {
      try await TestServer.withSchema { schema in
        let space = RandomCaptures.space
        let start = Timestamp(microseconds: 1_767_225_600_000_000)
        let sequences = try await withThrowingTaskGroup(of: [Int64].self) { group in
          for seed in 1...4 as ClosedRange<UInt64> {
            group.addTask {
              let resolver = try await IdentityResolver(space: space, store: TestServer.store(schema))
              var captures = RandomCaptures(seed: seed, start: start)
              var sequences: [Int64] = []
              for _ in 0..<100 {
                var capture = captures.next()
                capture.id = capture.id.map { "\(seed)-\($0)" }
                let outcome = try await resolver.capture(capture)
                captures.learn(outcome)
                sequences.append(outcome.sequence ?? 0)
              }
              try await resolver.close()
              return sequences
            }
          }
          return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(sequences.sorted() == Array(1...400), "every capture has an entry of its own")
        let resolver = try await IdentityResolver(space: space, store: TestServer.store(schema))
        #expect(try await journal(resolver).map(\.sequence) == Array(1...400))
        try await expectSound(resolver, space)
        try await resolver.close()
      }
    }

    /// Chains of keys that join neighbours from all sides at once: A→B while B→C.
    @Test func neighboursThatMergeAtOnceBecomeOneProfile() async throws {
      try await TestServer.withSchema { schema in
        var card = KeyAttribute.trusted("card")
        card.limit = nil
        let space = try Space(name: "chain", attributes: [card])
        var resolvers: [IdentityResolver] = []
        for _ in 0..<4 {
          resolvers.append(try await IdentityResolver(space: space, store: TestServer.store(schema)))
        }
        try await withThrowingTaskGroup(of: Void.self) { [resolvers] group in
          for number in 0..<200 {
            group.addTask {
              let keys: CapturedKeys = ["card": ["c\(number)", "c\((number + 1) % 200)"]]
              _ = try await resolvers[number % 4].capture(Capture(keys: keys))
            }
          }
          try await group.waitForAll()
        }
        let counts = try await resolvers[0].read { view throws(StoreError) in try view.counts() }
        #expect(counts.profiles == 1)
        #expect(counts.keys == 200)
        try await expectSound(resolvers[0], space)
        for resolver in resolvers { try await resolver.close() }
      }
    }

    @Test func whoFollowsTheJournalSeesEveryEntryOnceAndInOrder() async throws {
      try await TestServer.withSchema { schema in
        let follower = try await IdentityResolver(space: .builtIn, store: TestServer.store(schema))
        let total: Int64 = 1200
        let seen = try await withThrowingTaskGroup(of: [Int64]?.self) { group in
          group.addTask {
            var seen: [Int64] = []
            while seen.count < total, !Task.isCancelled {
              let last = seen.last ?? 0
              seen += try await follower.read { view throws(StoreError) in
                var new: [Int64] = []
                try view.forEachEntry(after: last) { entry throws(StoreError) in
                  new.append(entry.sequence)
                  return true
                }
                return new
              }
            }
            return seen
          }
          for writer in 0..<4 {
            group.addTask {
              let resolver = try await IdentityResolver(space: .builtIn, store: TestServer.store(schema))
              await withTaskGroup(of: Void.self) { captures in
                for number in 0..<Int(total) / 4 {
                  captures.addTask {
                    let capture = Capture(keys: ["customerKey": .init("c\(writer * number % 97)")])
                    do throws(ResolverError) { _ = try await resolver.capture(capture) } catch {
                      Issue.record("\(error)")
                    }
                  }
                }
              }
              try await resolver.close()
              return nil
            }
          }
          return try await group.reduce(into: []) { $0 += $1 ?? [] }
        }
        #expect(seen == Array(1...total))
        try await follower.close()
      }
    }

    @Test func severalProcessesOfTheToolShareOneStore() async throws {
      try await TestServer.withSchema { schema in
        let folder = try freshFolder()
        defer { _ = try? FileManager.default.removeItem(at: folder) }
        let url = try #require(TestServer.url) + "?schema=\(schema)"
        var processes: [Process] = []
        for number in 0..<3 {
          let input = folder.appending(path: "\(number).ndjson")
          let lines = (0..<300).map { #"{"id":"\#(number)-\#($0)","keys":{"customerKey":"c\#($0 % 50)"}}"# }
          try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: input)
          processes.append(
            try tool(
              ["capture", "--json", "--input", input.path], url, output: folder.appending(path: "\(number)")))
        }
        var ids: Set<Substring> = []
        for (number, process) in processes.enumerated() {
          process.waitUntilExit()
          #expect(process.terminationStatus == 0)
          let text = try String(contentsOf: folder.appending(path: "\(number)"), encoding: .utf8)
          ids.formUnion(text.split(separator: "\n"))
        }
        #expect(ids.count == 900)
        let check = try tool(["check", "--rebuild"], url, output: folder.appending(path: "check"))
        check.waitUntilExit()
        #expect(check.terminationStatus == 0)
        let resolver = try await IdentityResolver(
          space: .builtIn, store: TestServer.store(schema, mayCreate: false))
        let counts = try await resolver.read { view throws(StoreError) in try view.counts() }
        #expect(counts.keys == 50)
        #expect(try await journal(resolver).map(\.sequence) == Array(1...900))
        try await resolver.close()
      }
    }

    @Test func whoeverHoldsTheTurnTooLongMakesOthersBusy() async throws {
      try await TestServer.withSchema { schema in
        let resolver = try await IdentityResolver(
          space: .builtIn, store: TestServer.store(schema, turnTimeout: .milliseconds(100)))
        let administrator = try Administrator()
        try administrator.run("BEGIN; LOCK TABLE \(schema).turn IN EXCLUSIVE MODE")
        _ = await expect(.busy) { _ = try await resolver.capture(Capture(keys: ["customerKey": "1"])) }
        #expect(try await journal(resolver).isEmpty)
        try administrator.run("COMMIT")
        #expect(try await resolver.capture(Capture(keys: ["customerKey": "1"])).sequence == 1)
        try await resolver.close()
      }
    }

    /// A server that has no LOCK TABLE: many writers get in each other's way, and lose nothing.
    @Test func withoutTurnsNothingIsLost() async throws {
      try await TestServer.withSchema { schema in
        let proxy = try Proxy()
        defer { proxy.end() }
        proxy.misspell("LOCK TABLE", as: "LOCK TABEL")
        var resolvers: [IdentityResolver] = []
        for _ in 0..<2 {
          resolvers.append(
            try await IdentityResolver(space: .builtIn, store: TestServer.store(schema, over: proxy.url)))
        }
        try await withThrowingTaskGroup(of: Void.self) { [resolvers] group in
          for number in 0..<100 {
            group.addTask {
              let capture = Capture(id: "\(number)", keys: ["customerKey": .init("c\(number % 7)")])
              _ = try await resolvers[number % 2].capture(capture)
            }
          }
          try await group.waitForAll()
        }
        #expect(proxy.misspelt == 2, "each connection asks once")
        #expect(try await journal(resolvers[0]).map(\.sequence) == Array(1...100))
        for (number, cut) in Proxy.Cut.allCases.enumerated() {
          proxy.cut([cut])
          let outcome = try await resolvers[0].capture(Capture(keys: ["customerKey": "c0"]))
          #expect(outcome.sequence == Int64(101 + number))
        }
        #expect(proxy.cutsMade == Proxy.Cut.allCases)
        try await expectSound(resolvers[1], .builtIn)
        for resolver in resolvers { try await resolver.close() }
      }
    }

    @Test func whoWritesWithoutATurnOnlyCostsAnotherAttempt() async throws {
      try await TestServer.withSchema { schema in
        let resolver = try await IdentityResolver(space: .builtIn, store: TestServer.store(schema))
        let isOver = Flag()
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask {
            let administrator = try Administrator()
            while !isOver.isSet {
              try administrator.run("UPDATE \(schema).head SET sequence = sequence")
              try await Task.sleep(for: .milliseconds(2))
            }
          }
          for number in 0..<200 {
            _ = try await resolver.capture(Capture(keys: ["customerKey": .init("c\(number)")]))
          }
          isOver.set()
          try await group.waitForAll()
        }
        #expect(try await journal(resolver).map(\.sequence) == Array(1...200))
        try await expectSound(resolver, .builtIn)
        try await resolver.close()
      }
    }
  }

  static func freshFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "keyfold-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  /// Starts the tool, which writes to a file.
  static func tool(_ arguments: [String], _ url: String, output: URL) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "keyfold")
    process.arguments = arguments + ["--store", url, "--quiet"]
    process.currentDirectoryURL = output.deletingLastPathComponent()
    try #require(FileManager.default.createFile(atPath: output.path, contents: nil))
    process.standardOutput = try FileHandle(forWritingTo: output)
    try process.run()
    return process
  }
}

/// What one task tells the others.
final class Flag: Sendable {
  private let value = Atomic(false)
  var isSet: Bool { value.load(ordering: .acquiring) }
  func set() { value.store(true, ordering: .releasing) }
}
#endif
