import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldTesting
import KeyfoldValidation
import Testing

/// A simulation under the rules that were in force finds nothing; one under other rules finds what these
/// would have made of the same clients.
@Suite struct SimulationTests {
  static let isLong = ProcessInfo.processInfo.environment["KEYFOLD_LONG_TESTS"] != nil

  // MARK: The same rules

  @Test func theSameRulesMakeTheSameState() async throws {
    var settled: [PendingEnd: Int] = [:]
    var handoffs = 0
    for seed in 1...(Self.isLong ? 4000 : 400) as ClosedRange<UInt64> {
      let history = LivedHistory(RandomHistory(seed: seed))
      let (resolver, kinds) = try await history.live()
      let (differences, entries) = try await resolver.read {
        [space = resolver.space] view throws(StoreError) in
        var entries: [JournalEntry] = []
        try view.forEachEntry(after: 0) { entry throws(StoreError) in
          entries.append(entry)
          return true
        }
        var checks = ProfileChecks(space: space)
        _ = try view.stateDigest { checks.take($0) }
        let replays =
          try SameRules.differences(in: view, space, kinds: [])
          + SameRules.differences(in: view, space, kinds: kinds)
        let found = checks.contradictions.lines + checks.excesses.lines + replays
        return (found, entries)
      }
      for entry in entries {
        for case .pendingSettled(_, let end) in entry.effects { settled[end, default: 0] += 1 }
        if case .capture(let record) = entry.event, record.outcome.handoff == .used { handoffs += 1 }
      }
      guard differences.isEmpty else {
        let words = differences.joined(separator: "\n")
        Issue.record(
          "seed \(seed): \(words)\n\(describe(history.plan.space))\n\(describe(history.plan.steps))")
        return
      }
    }
    // All of this must have happened, or the test shows less than it says.
    #expect(settled.count == 5, "\(settled)")
    #expect(handoffs > 10)
  }

  // MARK: Other rules

  @Test func otherRulesAreFoundOutAsIfTheyHadBeenInForce() async throws {
    var differing = 0
    for seed in 1...(Self.isLong ? 3000 : 300) as ClosedRange<UInt64> {
      var clients = try await Clients(seed: seed)
      try await clients.live()
      let simulation = try await clients.now.resolver.simulate(clients.then.resolver.space, kinds: [])
      let expected = try await clients.differences()
      #expect(simulation.merges.map(\.profiles) == expected.merges, "seed \(seed)")
      #expect(simulation.splits.map(\.profile) == expected.splits, "seed \(seed)")
      #expect(simulation.switches.map(\.sequence) == expected.switches, "seed \(seed)")
      #expect(simulation.profiles.then == expected.profiles, "seed \(seed)")
      #expect(simulation.keys.then == expected.keys, "seed \(seed)")
      #expect(simulation.refused == clients.refused, "seed \(seed)")
      #expect(simulation.unknown == 0)
      if !simulation.isSame { differing += 1 }
    }
    #expect(differing > 50)
  }
}

/// A random history lived through a resolver with validators, real handoffs, and keys that wait.
private struct LivedHistory {
  let plan: RandomHistory
  private let space: Space
  private let clock: ManualClock
  private let validators: [ScriptedValidator?]

  init(_ plan: RandomHistory) {
    self.plan = plan
    space = Space(plan.space)
    clock = ManualClock(Timestamp(microseconds: 1_760_000_000_000_000 + 3_600_000_000 * 24 * 365))
    validators = plan.space.attributes.map {
      $0.trustSource ? nil : ScriptedValidator(assurance: $0.possession ? .possession : .existence)
    }
  }

  /// - Returns: the resolver, and names that its space could use for its validators.
  func live() async throws -> (IdentityResolver, kinds: [String]) {
    let store = MemoryStore()
    let fresh = ListedTIDs()
    var options = IdentityResolver.Options()
    options.clock = clock
    options.tids = fresh
    options.retriesPendingKeys = false
    var registry = ValidatorRegistry()
    for (attribute, validator) in zip(space.attributes, validators) {
      if let validator { try registry.register(validator, for: attribute.name) }
    }
    let resolver = try await IdentityResolver(
      space: space, store: store, validators: registry, options: options)
    let issuer = Handoffs(space: space, clock: clock)
    var random = SplitMix64(seed: plan.seed)
    for step in plan.steps {
      switch step {
      case .capture(let naive):
        script(naive)
        fresh.put(try #require(TID(naive.freshTid)))
        var capture = Capture(naive)
        if let carried = naive.handoffTid.flatMap({ TID($0) }) {
          capture.handoff = Secret(try issuer.issue(carried, for: naive.touchpoint).token)
        }
        do throws(ResolverError) { _ = try await resolver.capture(capture) } catch {
          guard case .refused = error else { throw error }
        }
      case .revoke(let tid):
        let tid = try tids(tid)[0]
        try await operate { try await resolver.revoke(tid, reason: "test") }
      case .separate(let a, let b):
        let pair = try tids(a, b)
        try await operate { try await resolver.separate(pair[0], pair[1], reason: "test") }
      case .removeSeparation(let a, let b):
        let pair = try tids(a, b)
        try await operate { try await resolver.removeSeparation(pair[0], pair[1], reason: "test") }
      case .merge(let a, let b):
        let pair = try tids(a, b)
        try await operate { try await resolver.merge(pair[0], pair[1], reason: "test") }
      case .unmerge(let tid, let allowRemerge):
        let tid = try tids(tid)[0]
        try await operate { try await resolver.unmerge(tid, reason: "test", allowRemerge: allowRemerge) }
      }
      if Int.random(in: 0..<6, using: &random) == 0 { try await retry(resolver, &random) }
    }
    return (resolver, ["scripted"])
  }

  private func script(_ capture: NaiveCapture) {
    for key in capture.keys {
      let place = plan.space.attributes.firstIndex { $0.name == key.attribute }
      place.flatMap { validators[$0] }?.answer(Finding(key.verdict), to: key.value)
    }
  }

  /// Asks again, with other answers than before, or when it is too late.
  private func retry(_ resolver: IdentityResolver, _ random: inout SplitMix64) async throws {
    for entry in try await resolver.pendingKeys() {
      let answers: [Finding] = [.valid, .valid, .invalid, .indeterminate]
      let place = plan.space.attributes.firstIndex { $0.name == entry.key.attribute }
      place.flatMap { validators[$0] }?.answer(
        answers[Int.random(in: 0..<4, using: &random)], to: entry.key.value)
    }
    if Int.random(in: 0..<5, using: &random) == 0 { clock.advance(bySeconds: 25 * 3600) }
    _ = try await resolver.retryPendingKeys()
  }

  private func tids(_ texts: String...) throws -> [TID] { try texts.map { try #require(TID($0)) } }

  /// What cannot be done is left undone.
  private func operate<Answer>(_ body: () async throws -> Answer) async throws {
    do { _ = try await body() } catch let error as ResolverError {
      switch error {
      case .notFound, .refusedOperation: return
      default: throw error
      }
    }
  }
}

/// A few clients, each at a touchpoint of its own, who live the same life under two sets of rules: they send
/// what they are told under each.
private struct Clients {
  /// One of the two lives.
  struct Life {
    let resolver: IdentityResolver
    let tids = ListedTIDs()
    var cookies: [String: TID] = [:]
    /// What became of each capture.
    var outcomes: [Outcome?] = []

    init(_ space: NaiveSpace, _ clock: ManualClock) async throws {
      var options = IdentityResolver.Options()
      options.clock = clock
      options.tids = tids
      resolver = try await IdentityResolver(space: Space(space), store: MemoryStore(), options: options)
    }

    /// - Returns: whether it was refused.
    mutating func capture(_ capture: Capture, fresh: TID) async throws -> Bool {
      var capture = capture
      capture.tid = cookies[capture.touchpoint]
      tids.put(fresh)
      do throws(ResolverError) {
        let outcome = try await resolver.capture(capture)
        cookies[capture.touchpoint] = outcome.touchpointTid
        outcomes.append(outcome)
        return false
      } catch {
        guard case .refused = error else { throw error }
        outcomes.append(nil)
        return true
      }
    }
  }

  private(set) var now: Life
  private(set) var then: Life
  private(set) var refused = 0
  private var random: SplitMix64
  private let clock = ManualClock(Timestamp(microseconds: 1_760_000_000_000_000))

  private static let names = ["web", "app", "desk", "shop", "call"]

  init(seed: UInt64) async throws {
    random = SplitMix64(seed: seed)
    let (a, b) = (Self.space(&random), Self.space(&random))
    now = try await Life(a, clock)
    then = try await Life(b, clock)
  }

  /// Attributes of the same names, whose touchpoints are trusted.
  private static func space(_ random: inout SplitMix64) -> NaiveSpace {
    func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
    var attributes = ["a", "b", "c"].map { name in
      var attribute = NaiveAttribute(name: name)
      attribute.limit = [1, 1, 2, 3][Int.random(in: 0..<4, using: &random)]
      attribute.trustSource = true
      if chance(25) { attribute.linksFrom = Array(names.prefix(Int.random(in: 1...5, using: &random))) }
      attribute.whenUnverifiedDrop = chance(25)
      attribute.onConflictKeep = chance(40)
      attribute.whenTakenTransfer = chance(40)
      return attribute
    }
    if chance(40) { attributes.swapAt(0, Int.random(in: 0...2, using: &random)) }
    var space = NaiveSpace(attributes: attributes)
    if chance(30) { space.maxTidsPerProfile = Int.random(in: 2...4, using: &random) }
    if chance(30) { space.maxKeysPerProfile = Int.random(in: 2...5, using: &random) }
    if chance(30) { space.sharedTouchpoints = [names[0]] }
    space.rotateTids = chance(40)
    return space
  }

  mutating func live() async throws {
    for number in 1...30 {
      clock.advance(bySeconds: 60)
      var capture = Capture(touchpoint: Self.names[below(5)])
      for name in ["a", "b", "c"] where below(5) < 2 {
        for _ in 0...below(3) / 2 { capture.keys.append(attribute: name, value: "\(below(4) + 1)") }
      }
      if below(10) < 2 {
        now.cookies[capture.touchpoint] = nil
        then.cookies[capture.touchpoint] = nil
      }
      let fresh = TID(milliseconds: 1_700_000_000_000 + UInt64(number), counter: 0, random: UInt64(number))
      // What was refused is in no journal: nobody can tell what other rules would have made of it.
      if try await now.capture(capture, fresh: fresh) { continue }
      if try await then.capture(capture, fresh: fresh) { refused += 1 }
    }
  }

  private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

  /// Compares the two lives capture by capture.
  func differences() async throws -> (
    merges: [[TID]], splits: [TID], switches: [Int64], profiles: Int, keys: Int
  ) {
    let lived = now.outcomes.compactMap { $0 }
    var homes: [TID: Set<TID>] = [:]
    var united: [TID: Set<TID>] = [:]
    var switches: [Int64] = []
    for (a, b) in zip(lived, then.outcomes) {
      guard let b else { continue }
      let (before, after) = (
        try await now.resolver.lookup(a.touchpointTid)?.primary.tid,
        try await then.resolver.lookup(b.touchpointTid)?.primary.tid
      )
      guard let before, let after, let sequence = a.sequence else { continue }
      homes[before, default: []].insert(after)
      united[after, default: []].insert(before)
      if (a.switchedFrom == nil) != (b.switchedFrom == nil) { switches.append(sequence) }
    }
    let counts = try await then.resolver.read { view throws(StoreError) in try view.counts() }
    return (
      united.values.filter { $0.count > 1 }.map { $0.sorted() }.sorted { $0.lexicographicallyPrecedes($1) },
      homes.filter { $0.value.count > 1 }.keys.sorted(), switches, counts.profiles, counts.keys
    )
  }
}
