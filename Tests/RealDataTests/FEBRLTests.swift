import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldSQLiteStore
import KeyfoldTesting
import Testing

/// The FEBRL 4 benchmark, whose truth is known, through the resolver: the same on both stores and in any
/// order.
@Suite struct FEBRLTests {
  @Test func findsWhatIsKnown() async throws {
    let captures = try FEBRL.captures()
    let space = try Space(contentsOf: FEBRL.file("febrl4.space.json").path)
    let memory = try await FEBRL.found(captures, space, MemoryStore())
    #expect(memory == FEBRL.expected)
  }

  @Test(arguments: [0, 1, 2] as [UInt64])
  func findsTheSameInAnyOrderAndOnTheDisk(_ seed: UInt64) async throws {
    var captures = try FEBRL.captures()
    var random = SplitMix64(seed: seed)
    if seed > 0 { captures.shuffle(using: &random) }
    let space = try Space(contentsOf: FEBRL.file("febrl4.space.json").path)
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("febrl-\(UUID().uuidString).db")
      .path
    defer {
      for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
    }
    #expect(try await FEBRL.found(captures, space, SQLiteStore(path: path)) == FEBRL.expected)
  }
}

enum FEBRL {
  /// What the data set's page says.
  static let expected = Found(profiles: 5071, truePairs: 4926, falsePairs: 12, sound: true)

  struct Found: Equatable {
    var profiles = 0
    var truePairs = 0
    var falsePairs = 0
    /// Whether the journal alone gives the same state.
    var sound = false
  }

  static func file(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Data/\(name)")
  }

  static func captures() throws -> [Capture] {
    let gunzip = Process()
    gunzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    gunzip.arguments = ["gunzip", "-c", file("febrl4.ndjson.gz").path]
    let output = Pipe()
    gunzip.standardOutput = output
    try gunzip.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    gunzip.waitUntilExit()
    let captures = try [UInt8](text).split(separator: UInt8(ascii: "\n")).map {
      try CaptureLine($0).capture.get()
    }
    try #require(captures.count == 10_000)
    return captures
  }

  /// Captures everything and counts the pairs that share a profile, true ones by the number in their ids.
  static func found(
    _ captures: [Capture], _ space: Space, _ store: some IdentityStore
  ) async throws -> Found {
    let resolver = try await IdentityResolver(space: space, store: store)
    var members: [TID: [String]] = [:]
    for start in stride(from: 0, to: captures.count, by: 1000) {
      for result in await resolver.captures(Array(captures[start..<start + 1000])) {
        let outcome = try result.get()
        for merged in outcome.merged {
          members[outcome.tid, default: []] += members.removeValue(forKey: merged) ?? []
        }
        members[outcome.tid, default: []].append(String(outcome.id?.split(separator: "-")[1] ?? ""))
      }
    }
    var found = Found(profiles: members.count)
    for entities in members.values {
      for (index, entity) in entities.enumerated() {
        for other in entities[(index + 1)...] {
          if entity == other { found.truePairs += 1 } else { found.falsePairs += 1 }
        }
      }
    }
    let profiles = found.profiles
    found.sound = try await resolver.read { view throws(StoreError) in
      let (stored, rebuilt) = (try view.stateDigest(), try view.rebuiltDigest(space: space))
      let (counts, problems) = (try view.counts(), try view.problems())
      return stored == rebuilt && counts.profiles == profiles && problems.isEmpty
    }
    try await resolver.close()
    return found
  }
}
