import Keyfold
import KeyfoldCore
import KeyfoldTesting
import Testing

@Suite struct TIDSourceTests {
  @Test func randomTIDsIncreaseEvenIfTheClockStepsBack() {
    let clock = ManualClock(Timestamp(microseconds: 1_795_512_600_000_000))
    let source = RandomTIDs(clock: clock)
    var tids: [TID] = []
    for step in 0..<20_000 {
      if step == 5000 { clock.advance(bySeconds: -3600) }
      if step == 15_000 { clock.advance(bySeconds: 7200) }
      tids.append(source.next())
    }
    #expect(zip(tids, tids.dropFirst()).allSatisfy { $0 < $1 })
    #expect(Set(tids.map(\.low)).count == tids.count, "the random parts differ")
    #expect(tids.allSatisfy { TID($0.description) == $0 })
  }

  @Test func seededTIDsAreTheSameForTheSameSeedAndCanBeSkipped() {
    let all = { (source: SeededTIDs) in (0..<10).map { _ in source.next() } }
    let first = all(SeededTIDs(seed: 7))
    #expect(first == all(SeededTIDs(seed: 7)))
    #expect(first != all(SeededTIDs(seed: 8)))
    #expect(Array(first[4...]) == Array(all(SeededTIDs(seed: 7, skipping: 4))[..<6]))
    #expect(zip(first, first.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test func tasksGetDifferentTIDs() async {
    let source = RandomTIDs()
    let tids = await withTaskGroup(of: [TID].self) { group in
      for _ in 0..<8 { group.addTask { (0..<1000).map { _ in source.next() } } }
      return await group.reduce(into: []) { $0 += $1 }
    }
    #expect(Set(tids).count == 8000)
  }

  @Test func aTIDThatTheStoreHasIsDrawnAgain() async throws {
    let taken = (1...5).map { SeededTIDs(seed: $0).next() }
    var options = IdentityResolver.Options()
    options.tids = ListedTIDs(taken + taken, seed: 9)
    let resolver = try await IdentityResolver(space: .builtIn, store: MemoryStore(), options: options)
    for _ in taken { _ = try await resolver.capture(Capture(touchpoint: "web")) }
    let outcome = try await resolver.capture(Capture(touchpoint: "web"))
    #expect(outcome.created)
    #expect(!taken.contains(outcome.tid))
  }

  @Test("a source that repeats itself fails a capture, also a rehearsed one, and does not keep it for ever")
  func aSourceThatRepeatsItself() async throws {
    var options = IdentityResolver.Options()
    options.tids = RepeatingTIDs()
    let resolver = try await IdentityResolver(space: .builtIn, store: MemoryStore(), options: options)
    _ = try await resolver.capture(Capture(touchpoint: "web"))
    await #expect(throws: ResolverError.self) { try await resolver.capture(Capture(touchpoint: "web")) }
    await #expect(throws: ResolverError.self) { try await resolver.decision(on: Capture(touchpoint: "web")) }
  }
}

private struct RepeatingTIDs: TIDSource {
  func next() -> TID { SeededTIDs(seed: 1).next() }
}
