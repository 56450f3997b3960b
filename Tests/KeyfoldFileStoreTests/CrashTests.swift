import Keyfold
import KeyfoldCore
import KeyfoldTesting
import Testing

@testable import KeyfoldFileStore

/// A power cut, or a disk that fails, at every operation of a history: acknowledged ⊆ recovered ⊆ attempted.
@Suite struct FileStoreCrashTests {
  /// What a history was told, also when it ended with an error.
  private final class Told {
    var acknowledged: [Int64] = []
    var attempted = 0
  }

  @Test(arguments: SimulatedDisk.Survival.allCases)
  func everyOperationMayBeTheLast(_ survival: SimulatedDisk.Survival) async throws {
    let whole = SimulatedDisk()
    try await live(on: whole, Told())
    let operations = whole.operations
    try #require(operations > 30)
    for operation in 1...operations {
      let disk = SimulatedDisk()
      disk.fail(at: operation)
      let told = Told()
      await #expect(throws: (any Error).self, "operation \(operation) failed and nobody heard of it") {
        try await live(on: disk, told)
      }
      try await expectRecovered(told, on: disk.afterPowerCut(survival), "\(survival), operation \(operation)")
    }
  }

  @Test func aCutAnywhereInTheLastGroupIsTakenForUnfinished() async throws {
    let disk = SimulatedDisk()
    try await live(on: disk, Told())
    let (name, size) = try lastSegment(of: disk)
    let file = try disk.open(name, creating: false)
    let end = try endOfGroups(file, size)
    // The last bytes may be zeros in any case.
    for cut in stride(from: end.last - 9, to: end.beforeLast, by: -7) {
      let copy = disk.afterPowerCut(.everything)
      let segment = try copy.open(name, creating: false)
      // Nobody closed the store: the zeros that wait to be written over are there.
      try segment.resize(to: (end.last / Journal.fillBytes + 1) * Journal.fillBytes)
      try segment.write(Array(repeating: 0, count: end.last - cut), at: cut)
      let store = FileStore(on: copy)
      _ = try await store.open(for: RandomCaptures.space, acceptingChange: false)
      #expect(store.notice != nil, "cut at \(cut)")
      try await store.close()
    }
  }

  @Test func theSameInAStoreThatWasClosedIsDamage() async throws {
    let disk = SimulatedDisk()
    try await live(on: disk, Told())
    let (name, size) = try lastSegment(of: disk)
    let end = try endOfGroups(try disk.open(name, creating: false), size)
    for cut in stride(from: end.last - 9, to: end.beforeLast, by: -7) {
      let copy = disk.afterPowerCut(.everything)
      try copy.open(name, creating: false).write(Array(repeating: 0, count: end.last - cut), at: cut)
      let error = await #expect(throws: StoreError.self, "cut at \(cut)") {
        _ = try await FileStore(on: copy).open(for: RandomCaptures.space, acceptingChange: false)
      }
      #expect(error?.code == .damaged)
    }
  }

  @Test func aChangedByteBeforeTheLastGroupIsRefusedWithItsPlace() async throws {
    let disk = SimulatedDisk()
    try await live(on: disk, Told())
    let (name, size) = try lastSegment(of: disk)
    let end = try endOfGroups(try disk.open(name, creating: false), size)
    for offset in stride(from: 0, to: end.beforeLast, by: 97) {
      let copy = disk.afterPowerCut(.everything)
      let segment = try copy.open(name, creating: false)
      let byte = try segment.read(1, at: offset)[0]
      try segment.write([byte ^ 0x40], at: offset)
      // Bytes that no checksum covers are zeros at the ends of groups and headers.
      if byte == 0 && offset >= Segment.headerBytes { continue }
      do {
        _ = try await FileStore(on: copy).open(for: RandomCaptures.space, acceptingChange: false)
        if offset >= 20 { Issue.record("a changed byte at \(offset) was not noticed") }
      } catch {
        #expect(error.code == .damaged, "byte \(offset): \(error)")
        #expect(error.message.contains(name), "byte \(offset): \(error)")
      }
    }
  }

  @Test func aStoreThatLostItsJournalIsNoEmptyStore() async throws {
    let disk = SimulatedDisk()
    try await live(on: disk, Told())
    for name in try disk.names() where name != Meta.name { try disk.remove(name) }
    let error = await #expect(throws: StoreError.self) {
      _ = try await FileStore(on: disk).open(for: RandomCaptures.space, acceptingChange: false)
    }
    #expect(error?.code == .damaged)
  }

  @Test func manyAndLargeEntriesGoIntoGroupsThatCanBeReadAgain() async throws {
    let disk = SimulatedDisk()
    let resolver = try await IdentityResolver(space: .builtIn, store: FileStore(on: disk))
    let junk = String(repeating: "x", count: 900_000)
    let captures = (0..<80).map { Capture(id: "\($0)", keys: ["customerKey": .init(junk)]) }
    for result in await resolver.captures(captures) { _ = try result.get() }
    try await resolver.close()
    let again = FileStore(on: disk)
    #expect(try await again.open(for: .builtIn, acceptingChange: false).sequence == 80)
    #expect(again.notice == nil)
  }

  @Test func afterAFailedWriteNothingIsTakenUntilTheStoreIsOpenedAgain() async throws {
    let disk = SimulatedDisk()
    let store = FileStore(on: disk)
    let resolver = try await IdentityResolver(space: .builtIn, store: store)
    _ = try await resolver.capture(Capture(keys: ["customerKey": "1"]))
    disk.fail(at: disk.operations + 1)
    await #expect(throws: ResolverError.self) {
      try await resolver.capture(Capture(keys: ["customerKey": "2"]))
    }
    disk.fail(at: nil)
    await #expect(throws: ResolverError.self, "the disk works again, but the store does not trust it") {
      try await resolver.capture(Capture(keys: ["customerKey": "3"]))
    }
    // The index is ahead of the journal now: nothing may be read from it or made of it.
    await #expect(throws: ResolverError.self) {
      try await resolver.lookup(attribute: "customerKey", value: "2")
    }
    await #expect(throws: StoreError.self) { try await store.compact() }
    try await resolver.close()
    let again = try await IdentityResolver(space: .builtIn, store: FileStore(on: disk))
    #expect(try await again.lookup(attribute: "customerKey", value: "1").count == 1)
    #expect(try await again.lookup(attribute: "customerKey", value: "3").isEmpty)
    #expect(try await again.capture(Capture(keys: ["customerKey": "4"])).decision == .created)
  }

  // MARK: Histories

  /// A short life: captures in groups of different sizes, a close with a checkpoint, more captures.
  private func live(on disk: SimulatedDisk, _ told: Told) async throws {
    var captures = RandomCaptures(seed: 5, start: Timestamp(microseconds: 1_767_225_600_000_000))
    for round in 0..<3 {
      var options = IdentityResolver.Options()
      options.tids = SeededTIDs(seed: UInt64(round))
      let resolver = try await IdentityResolver(
        space: RandomCaptures.space, store: FileStore(on: disk), options: options)
      for size in [1, 3, 2] {
        let batch = (0..<size).map { _ in captures.next() }
        told.attempted += size
        for result in await resolver.captures(batch) {
          switch result {
          case .success(let outcome):
            captures.learn(outcome)
            if let sequence = outcome.sequence { told.acknowledged.append(sequence) }
          case .failure(.refused): break
          case .failure(let error): throw error
          }
        }
      }
      try await resolver.close()
    }
  }

  private func expectRecovered(_ told: Told, on disk: SimulatedDisk, _ what: String) async throws {
    let store = FileStore(on: disk)
    let opened = try await store.open(for: RandomCaptures.space, acceptingChange: false)
    #expect(opened.sequence >= told.acknowledged.max() ?? 0, "\(what): an acknowledged capture is lost")
    #expect(opened.sequence <= Int64(told.attempted), "\(what): more was recovered than was attempted")
    let (stored, rebuilt, problems) = try await store.read { view throws(StoreError) in
      (try view.stateDigest(), try view.rebuiltDigest(space: RandomCaptures.space), try view.problems())
    }
    #expect(stored == rebuilt, "\(what)")
    #expect(problems.isEmpty, "\(what)")
    try await store.close()
  }

  // MARK: Looking at files

  private func lastSegment(of disk: SimulatedDisk) throws -> (name: String, size: Int) {
    let name = try #require(try disk.names().filter { Segment.firstSequence(name: $0) != nil }.max())
    return (name, try disk.open(name, creating: false).size())
  }

  /// Where the last group ends, and where it begins.
  private func endOfGroups(_ file: any DiskFile, _ size: Int) throws -> (last: Int, beforeLast: Int) {
    let segment = Segment(file: file, name: "", firstSequence: 1)
    var place = GroupPlace.beginning(of: 1)
    var before = place.offset
    while case .group(let group) = try segment.group(at: place) {
      before = place.offset
      place = group.end
    }
    return (place.offset, before)
  }
}
