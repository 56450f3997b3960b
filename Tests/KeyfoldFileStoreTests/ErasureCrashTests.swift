import Keyfold
import KeyfoldCore
import KeyfoldTesting
import Synchronization
import Testing

@testable import KeyfoldFileStore

/// A power cut, or a disk that fails, at every operation of an erasure: it has happened, in every file, or not.
@Suite struct FileStoreErasureCrashTests {
  @Test(arguments: SimulatedDisk.Survival.allCases)
  func everyOperationMayBeTheLast(_ survival: SimulatedDisk.Survival) async throws {
    let whole = SimulatedDisk()
    let (tid, digest) = try await live(on: whole)
    let first = whole.operations
    let erased = try await erase(tid, on: whole)
    let operations = whole.operations - first
    try #require(operations > 8)
    #expect(!remains(of: try #require(erased), on: whole))
    #expect(try whole.names().count { $0.hasPrefix("journal.") } > 2, "the journal is too short to tell")
    var outcomes: Set<Bool> = []
    for operation in 1...operations {
      let disk = SimulatedDisk()
      let (tid, _) = try await live(on: disk)
      disk.fail(at: disk.operations + operation)
      await #expect(throws: (any Error).self, "operation \(operation) failed and nobody heard of it") {
        try await erase(tid, on: disk)
      }
      let cut = disk.afterPowerCut(survival)
      let store = FileStore(on: cut, segmentBytesMax: 4096)
      _ = try await store.open(for: RandomCaptures.space, acceptingChange: false)
      let after = try await store.read { view throws(StoreError) in
        (
          profile: try view.profile(of: tid), digest: try view.stateDigest(),
          rebuilt: try view.rebuiltDigest(space: RandomCaptures.space), problems: try view.problems()
        )
      }
      let comment: Comment = "\(survival), operation \(operation)"
      outcomes.insert(after.profile == nil)
      #expect(after.digest == after.rebuilt, comment)
      #expect(after.problems == [], comment)
      if after.profile == nil {
        #expect(!remains(of: try #require(erased), on: cut), comment)
      } else {
        #expect(after.digest == digest, comment)
      }
      try await store.close()
    }
    #expect(outcomes == [true, false])
  }

  /// Some captures, so that segments of the journal and a checkpoint speak of the customer who came first.
  private func live(on disk: SimulatedDisk) async throws -> (TID, digest: String) {
    var options = IdentityResolver.Options()
    options.tids = SeededTIDs(seed: 7)
    let start = Timestamp(microseconds: 1_767_225_600_000_000)
    options.clock = ManualClock(start.advanced(bySeconds: 86_400))
    var captures = RandomCaptures(seed: 7, start: start)
    var first: TID?
    for _ in 0..<2 {
      let store = FileStore(on: disk, segmentBytesMax: 4096)
      let resolver = try await IdentityResolver(space: RandomCaptures.space, store: store, options: options)
      for _ in 0..<12 {
        guard case .success(let outcome) = await resolver.captures([captures.next()])[0] else { continue }
        captures.learn(outcome)
        first = first ?? outcome.tid
      }
      _ = try await store.compact()
      try await resolver.close()
    }
    let store = FileStore(on: disk, segmentBytesMax: 4096)
    _ = try await store.open(for: RandomCaptures.space, acceptingChange: false)
    let digest = try await store.read { view throws(StoreError) in try view.stateDigest() }
    try await store.close()
    return (try #require(first), digest)
  }

  @discardableResult
  private func erase(_ tid: TID, on disk: SimulatedDisk) async throws -> Erased? {
    let store = FileStore(on: disk, segmentBytesMax: 4096)
    _ = try await store.open(for: RandomCaptures.space, acceptingChange: false)
    let order = ErasureOrder(.tid(tid), reason: "test", at: Timestamp(microseconds: 0))
    let erased = try await store.erase(order)
    try await store.close()
    return erased
  }

  /// Whether a TID stands in any file, as text or as bytes.
  private func remains(of erased: Erased, on disk: SimulatedDisk) -> Bool {
    let state = disk.state.withLock { $0 }
    let needles = erased.tids.flatMap { [Array($0.description.utf8), $0.bytes, $0.bytes.swapped] }
    return state.files.values.contains { number in
      needles.contains { state.contents[number].bytes.contains($0) }
    }
  }
}

extension [UInt8] {
  /// Two numbers of eight bytes, least significant byte first.
  fileprivate var swapped: [UInt8] { prefix(8).reversed() + suffix(8).reversed() }
}
