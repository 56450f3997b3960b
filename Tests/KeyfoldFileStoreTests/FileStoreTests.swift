import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldTesting
import Testing

@testable import KeyfoldFileStore

/// What is true of the file store alone: its folder, its lock, its checkpoints.
@Suite struct FileStoreTests {
  @Test func theFolderIsItsOwnersOnly() async throws {
    try await withFolder { path in
      let resolver = try await IdentityResolver(space: .builtIn, store: FileStore(path: path))
      _ = try await resolver.capture(Capture(keys: ["customerKey": "42"]))
      #expect(try mode(path) == 0o700)
      for name in try FileManager.default.contentsOfDirectory(atPath: path) {
        #expect(try mode("\(path)/\(name)") == 0o600, "\(name)")
      }
      try await resolver.close()
    }
  }

  @Test func aSecondOwnerIsToldWhoHasIt() async throws {
    try await withFolder { path in
      let first = FileStore(path: path)
      _ = try await first.open(for: .builtIn, acceptingChange: false)
      let error = await #expect(throws: StoreError.self) {
        _ = try await FileStore(path: path).open(for: .builtIn, acceptingChange: false)
      }
      #expect(error?.code == .busy)
      #expect(error?.message.contains("\(getpid())") == true)
      try await first.close()
      // The file of a lock whose process is gone blocks nobody.
      #expect(FileManager.default.fileExists(atPath: path + "/lock"))
      _ = try await FileStore(path: path).open(for: .builtIn, acceptingChange: false)
    }
  }

  @Test func aFolderOfSomethingElseIsLeftAlone() async throws {
    try await withFolder { path in
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try Data("x".utf8).write(to: URL(fileURLWithPath: path + "/letter.txt"))
      let error = await #expect(throws: StoreError.self) {
        _ = try await FileStore(path: path).open(for: .builtIn, acceptingChange: false)
      }
      #expect(error?.code == .incompatible)
      let missing = await #expect(throws: StoreError.self) {
        _ = try await FileStore(path: path + "/none", mayCreate: false).open(
          for: .builtIn, acceptingChange: false)
      }
      #expect(missing?.code == .missing)
    }
  }

  @Test func aCheckpointSavesTheReplayAndADamagedOneCostsNothingElse() async throws {
    let disk = SimulatedDisk()
    let before = try await fill(disk, captures: 3000)
    #expect(before.pasts.values.contains { !$0.released.isEmpty && $0.merged != nil })
    let names = try disk.names().filter { $0.hasPrefix("checkpoint.") }
    try #require(names.count == 1, "3000 captures are worth a checkpoint")
    #expect(try await state(of: disk) == before)
    let file = try disk.open(names[0], creating: false)
    try file.write([0xFF], at: try file.size() / 2)
    #expect(try await state(of: disk) == before, "the journal has it all")
    try disk.remove(names[0])
    #expect(try await state(of: disk) == before)
  }

  @Test func entriesAreFoundByNumberAcrossGroups() async throws {
    let disk = SimulatedDisk()
    _ = try await fill(disk, captures: 500)
    let store = FileStore(on: disk)
    _ = try await store.open(for: RandomCaptures.space, acceptingChange: false)
    let (last, found) = try await store.read { view throws(StoreError) in
      var found: [Int64] = []
      for number in stride(from: Int64(1), through: view.sequence, by: 37) {
        if let entry = try view.entry(number) { found.append(entry.sequence) }
      }
      return (view.sequence, found)
    }
    #expect(found == Array(stride(from: 1, through: last, by: 37)))
  }

  @Test func everythingIntactIsSalvagedAndTheRestIsListed() async throws {
    try await withFolder { path in
      let store = FileStore(path: path)
      let resolver = try await IdentityResolver(space: RandomCaptures.space, store: store)
      var captures = RandomCaptures(seed: 3, start: Timestamp(microseconds: 1_767_225_600_000_000))
      for _ in 0..<200 {
        if case .success(let outcome) = await resolver.captures([captures.next()])[0] {
          captures.learn(outcome)
        }
      }
      let entries = try await resolver.read { view throws(StoreError) in view.sequence }
      try await resolver.close()
      for number in [20, 21, 90] { try damage(entry: number, of: path) }

      let refused = await #expect(throws: StoreError.self) {
        _ = try await FileStore(path: path).open(for: RandomCaptures.space, acceptingChange: false)
      }
      #expect(refused?.message.contains("--salvage") == true)
      let report = try FileStore.salvage(path: path, space: RandomCaptures.space)
      #expect(report.lost == [20...21, 90...90])
      #expect(report.kept == Int(entries) - 3)
      #expect(report.damagedPath == path + ".damaged")

      let salvaged = FileStore(path: path)
      let opened = try await salvaged.open(for: RandomCaptures.space, acceptingChange: false)
      #expect(opened.sequence == entries)
      let (stored, rebuilt, problems) = try await salvaged.read { view throws(StoreError) in
        (try view.stateDigest(), try view.rebuiltDigest(space: RandomCaptures.space), try view.problems())
      }
      #expect(stored == rebuilt)
      #expect(problems.isEmpty)
    }
  }

  @Test func everythingIsFoundWhileTheIndexGrows() {
    var index = HashIndex()
    var array = ChunkedArray<UInt64>()
    var random = SplitMix64(seed: 1)
    let count: UInt32 = 100_000
    for number in 0..<count {
      // Few tags for many records: the caller's comparison decides.
      let hash = random.next() & 0xFFF0_0000_0000_FFFF
      array.append(hash)
      index.insert(hash, number)
    }
    let view = array
    for number in stride(from: 0, to: count, by: 13) {
      #expect(index.find(array[number]) { $0 == number } == number)
      array[number] = 0
    }
    #expect(array[13] == 0)
    #expect(view[13] != 0, "a copy keeps what it had")
    #expect(index.find(1) { _ in false } == nil)
  }

  @Test func theLastReleaseOfAKeyHidesEarlierOnesHoweverManyThereAre() {
    var index = PastIndex()
    var expected: [UInt32: [UInt32: Int64]] = [0: [:], 1: [:]]
    var random = SplitMix64(seed: 1)
    for past in [0, 1] as [UInt32] { #expect(index.add() == past) }
    for sequence in 1...5000 as ClosedRange<Int64> {
      let (past, key) = (UInt32(random.next() % 2), UInt32(random.next() % 60))
      if random.next() % 4 == 0 {
        index.forget(key, true, in: past)
        expected[past]?[key] = nil
      } else {
        let entry = ReleasedEntry(
          key: key, verified: true, capturedAt: Timestamp(microseconds: 0), commit: 1, ordinal: 0,
          released: sequence, why: .superseded)
        index.keep(entry, in: past)
        expected[past]?[key] = sequence
      }
      guard sequence % 50 == 0 else { continue }
      for past in [0, 1] as [UInt32] {
        let found = index.released(past)
        #expect(Dictionary(uniqueKeysWithValues: found.map { ($0.key, $0.released) }) == expected[past])
      }
    }
  }

  // MARK: Helpers

  /// Changes a byte in the group of an entry that was committed alone.
  private func damage(entry: Int, of path: String) throws {
    let name = Segment.name(firstSequence: 1)
    let file = try SystemDisk(path: path, creating: false).open(name, creating: false)
    let segment = Segment(file: file, name: name, firstSequence: 1)
    var offset = Segment.headerBytes - 1
    while let found = try segment.wholeGroup(after: offset) {
      let header = try #require(GroupHeader(try file.read(GroupHeader.byteCount, at: found)[...]))
      if header.firstSequence == Int64(entry) {
        return try file.write([0], at: found + GroupHeader.byteCount + header.contentBytes / 2)
      }
      offset = found
    }
    Issue.record("entry \(entry) is not there")
  }

  /// What a store holds, as far as it must survive closing.
  private struct Contents: Equatable {
    let digest: String
    let pasts: [TID: Snapshot.Past]

    init(_ view: any StoreView) throws(StoreError) {
      digest = try view.stateDigest()
      pasts = try view.pasts()
    }
  }

  /// Random captures in groups of ten; returns what the store holds then.
  private func fill(_ disk: SimulatedDisk, captures count: Int) async throws -> Contents {
    let resolver = try await IdentityResolver(space: RandomCaptures.space, store: FileStore(on: disk))
    var captures = RandomCaptures(seed: 9, start: Timestamp(microseconds: 1_767_225_600_000_000))
    for _ in 0..<count / 10 {
      for result in await resolver.captures((0..<10).map { _ in captures.next() }) {
        if case .success(let outcome) = result { captures.learn(outcome) }
      }
    }
    let contents = try await resolver.read { view throws(StoreError) in try Contents(view) }
    try await resolver.close()
    return contents
  }

  private func state(of disk: SimulatedDisk) async throws -> Contents {
    let store = FileStore(on: disk)
    _ = try await store.open(for: RandomCaptures.space, acceptingChange: false)
    return try await store.read { view throws(StoreError) in try Contents(view) }
  }

  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("keyfold-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer {
      do { try FileManager.default.removeItem(at: folder) } catch {
        Issue.record("\(folder) stays: \(error)")
      }
    }
    try await body(folder.appendingPathComponent("ids").path)
  }
}
