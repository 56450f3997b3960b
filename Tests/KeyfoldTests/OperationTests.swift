import Keyfold
import KeyfoldCore
import KeyfoldTesting
import Testing

/// Operations on profiles as a host calls them: what they return, and what they refuse.
@Suite struct OperationTests {
  private let stranger = TID(milliseconds: 1, counter: 0, random: 0)

  /// Two customers with an email each, of which a profile holds one; the first is the older.
  private struct Scene {
    let resolver: IdentityResolver
    let p: TID
    let q: TID

    init() async throws {
      let clock = ManualClock(Timestamp(microseconds: 1_795_512_600_000_000))
      var options = IdentityResolver.Options()
      options.clock = clock
      resolver = try await IdentityResolver(
        space: try Space(name: "s", attributes: [.trusted("crmId"), .trusted("email")]), store: MemoryStore(),
        options: options)
      p = try await resolver.capture(Capture(touchpoint: "web", keys: ["email": "p@x.test"])).tid
      clock.advance(bySeconds: 60)
      q = try await resolver.capture(Capture(touchpoint: "app", keys: ["email": "q@x.test"])).tid
    }

    func sequence() async throws -> Int64 {
      try await resolver.read { view throws(StoreError) in view.sequence }
    }

    func digest() async throws -> String {
      try await resolver.read { view throws(StoreError) in try view.stateDigest() }
    }
  }

  @Test func aMergeSaysWhatWasAndWhatIs() async throws {
    let scene = try await Scene()
    let change = try await scene.resolver.merge(scene.q, scene.p, reason: "one person")
    #expect(change.sequence == 3)
    #expect(change.before.map(\.primary.tid) == [scene.p, scene.q])
    #expect(change.before.map { $0.claims.map(\.key.value) } == [["p@x.test"], ["q@x.test"]])
    #expect(change.after.map(\.primary.tid) == [scene.p])
    #expect(change.after[0].tids.map(\.tid) == [scene.p, scene.q])
    #expect(change.after[0].claims.map(\.key.value) == ["q@x.test"], "the newest stays")
    let entry = try await scene.resolver.read { view throws(StoreError) in try view.entry(3) }
    #expect(entry?.event == .operation(.merge(scene.q, scene.p, reason: "one person")))
    #expect(entry?.effects == change.effects)
    let again = try await scene.resolver.merge(scene.p, scene.q, reason: "one person")
    #expect(again.sequence == nil && again.effects.isEmpty && again.before == again.after)
  }

  @Test func anUnmergeGivesBothBackWhatTheyHad() async throws {
    let scene = try await Scene()
    let before = try await scene.digest()
    try await scene.resolver.merge(scene.q, scene.p, reason: "one person")
    let change = try await scene.resolver.unmerge(scene.q, reason: "two after all", allowRemerge: true)
    #expect(change.before.map { $0.tids.map(\.tid) } == [[scene.p, scene.q]])
    #expect(change.after.map { $0.tids.map(\.tid) } == [[scene.p], [scene.q]])
    #expect(try await scene.digest() == before)
    let entry = try await scene.resolver.read { view throws(StoreError) in try view.entry(4) }
    #expect(entry?.event == .operation(.unmerge(scene.q, allowRemerge: true, reason: "two after all")))
    #expect(
      try await scene.resolver.capture(Capture(touchpoint: "web", keys: ["email": "p@x.test"])).tid == scene.p
    )
  }

  @Test func aDryRunSaysTheSameAndStoresNothing() async throws {
    let scene = try await Scene()
    let (resolver, p, q) = (scene.resolver, scene.p, scene.q)
    let operations: [@Sendable (Bool) async throws -> ProfileChange] = [
      { try await resolver.separate(p, q, reason: "x", dryRun: $0) },
      { try await resolver.removeSeparation(q, p, reason: "x", dryRun: $0) },
      { try await resolver.merge(p, q, reason: "x", dryRun: $0) },
      { try await resolver.unmerge(q, reason: "x", dryRun: $0) },
    ]
    for operation in operations {
      let before = try await scene.sequence()
      let rehearsed = try await operation(true)
      #expect(rehearsed.sequence == nil)
      #expect(try await scene.sequence() == before)
      let change = try await operation(false)
      #expect(change.sequence == before + 1)
      #expect(rehearsed.effects == change.effects && !change.effects.isEmpty)
      #expect(rehearsed.before == change.before && rehearsed.after == change.after)
    }
  }

  @Test func whatComesBackIsJudgedByTheRulesOfNow() async throws {
    func space(_ names: [String]) throws -> Space {
      try Space(name: "s", attributes: names.map { .trusted($0) })
    }
    let store = MemoryStore()
    let first = try await IdentityResolver(space: try space(["crmId", "email", "phone"]), store: store)
    let p = try await first.capture(Capture(touchpoint: "web", keys: ["email": "p@x.test"])).tid
    let q = try await first.capture(Capture(touchpoint: "app", keys: ["crmId": "1", "email": "q@x.test"])).tid
    try await first.merge(p, q, reason: "x")
    let third = Capture(touchpoint: "shop", keys: ["crmId": "1", "email": "r@x.test"])
    #expect(try await first.capture(third).keys.allSatisfy(\.verified))
    try await first.close()
    // What was the second attribute is the first one now; a claim still counts for its own.
    var options = IdentityResolver.Options()
    options.acceptsSpaceChange = true
    let second = try await IdentityResolver(
      space: try space(["email", "phone", "crmId"]), store: store, options: options)
    let change = try await second.unmerge(q, reason: "x")
    #expect(change.after.map { $0.claims.map(\.key.value) } == [["p@x.test"], ["r@x.test", "1"]])
  }

  @Test func whatNobodyKnowsIsNotFound() async throws {
    let scene = try await Scene()
    let (resolver, p, q) = (scene.resolver, scene.p, scene.q)
    let stranger = stranger
    let operations: [@Sendable (Bool) async throws -> Void] = [
      { _ = try await resolver.merge(p, stranger, reason: "x", dryRun: $0) },
      { _ = try await resolver.merge(stranger, p, reason: "x", dryRun: $0) },
      { _ = try await resolver.separate(p, stranger, reason: "x", dryRun: $0) },
      { _ = try await resolver.removeSeparation(p, q, reason: "x", dryRun: $0) },
      { _ = try await resolver.unmerge(stranger, reason: "x", dryRun: $0) },
      { _ = try await resolver.revoke(stranger, reason: "x", dryRun: $0) },
    ]
    for (number, operation) in operations.enumerated() {
      for dryRun in [true, false] {
        await #expect("operation \(number)") { try await operation(dryRun) } throws: { error in
          if case ResolverError.notFound = error { true } else { false }
        }
      }
    }
    #expect(try await scene.sequence() == 2)
  }

  @Test func aRemovalNamesTheSeparationsThatAreThere() async throws {
    let scene = try await Scene()
    let r = try await scene.resolver.capture(Capture(touchpoint: "web", keys: ["crmId": "1"])).tid
    try await scene.resolver.merge(r, scene.q, reason: "x")
    try await scene.resolver.separate(scene.p, r, reason: "x")
    let error = await #expect(throws: ResolverError.self) {
      try await scene.resolver.removeSeparation(scene.p, scene.q, reason: "x")
    }
    #expect(error?.description.contains("\(scene.p) and \(r)") == true)
    try await scene.resolver.removeSeparation(scene.p, r, reason: "x")
    #expect(try await scene.resolver.merge(scene.p, scene.q, reason: "x").sequence == 7)
  }

  @Test func refusalsHaveACodeAndStoreNothing() async throws {
    let scene = try await Scene()
    let (resolver, p, q) = (scene.resolver, scene.p, scene.q)
    try await resolver.separate(p, q, reason: "x")
    await expect(.separated) { _ = try await resolver.merge(p, q, reason: "x") }
    await expect(.notSecondary) { _ = try await resolver.unmerge(p, reason: "x") }
    try await resolver.removeSeparation(p, q, reason: "x")
    try await resolver.merge(p, q, reason: "x")
    await expect(.oneProfile) { _ = try await resolver.separate(p, q, reason: "x") }
    #expect(try await scene.sequence() == 5)
  }

  @Test func aReasonIsRequiredAndNotWithoutEnd() async throws {
    let scene = try await Scene()
    for reason in ["", "a\u{0}b", String(repeating: "x", count: Limits.reasonBytes + 1)] {
      for dryRun in [true, false] {
        await #expect("\(reason.prefix(3))") {
          try await scene.resolver.merge(scene.p, scene.q, reason: reason, dryRun: dryRun)
        } throws: { error in
          if case ResolverError.refused(let refusal) = error { refusal.field == "reason" } else { false }
        }
      }
    }
    #expect(try await scene.sequence() == 2)
    let longest = String(repeating: "x", count: Limits.reasonBytes)
    #expect(try await scene.resolver.merge(scene.p, scene.q, reason: longest).sequence == 3)
  }

  private func expect(_ code: OperationError.Code, _ work: () async throws -> Void) async {
    await #expect("\(code)") {
      try await work()
    } throws: { error in
      if case ResolverError.refusedOperation(let refusal) = error { refusal.code == code } else { false }
    }
  }
}
