import Keyfold
import KeyfoldCore
import KeyfoldTesting
import KeyfoldValidation
import Testing

/// The resolver as a host uses it: validators, deadlines, state that changes meanwhile, waiting keys, many
/// tasks.
@Suite struct ResolverTests {
  private let deadline = ManualDeadline()
  private let clock = ManualClock(Timestamp(microseconds: 1_795_512_600_000_000))

  /// A space with one attribute that validators vouch for, and one that is trusted.
  private func space(linksFrom: TouchpointSet? = ["desk"]) throws -> Space {
    var crm = KeyAttribute(name: "crmId")
    crm.validators = [ValidatorReference(use: "scripted")]
    crm.linksFrom = linksFrom
    return try Space(name: "s", attributes: [crm, .trusted("email")])
  }

  private func resolver(
    _ validator: ScriptedValidator, linksFrom: TouchpointSet? = ["desk"]
  ) async throws -> IdentityResolver {
    var registry = ValidatorRegistry()
    try registry.register(validator, for: "crmId")
    var options = IdentityResolver.Options()
    options.clock = clock
    options.use(deadline)
    return try await IdentityResolver(
      space: try space(linksFrom: linksFrom), store: MemoryStore(), validators: registry, options: options)
  }

  @Test func aSilentValidatorIsIndeterminateWhenTheDeadlineIsOver() async throws {
    for answer in [ScriptedValidator.Answer.silence, .stubbornSilence] {
      let validator = ScriptedValidator(assurance: .existence, otherwise: answer)
      validator.whenSilent { [deadline] in deadline.pass() }
      let resolver = try await resolver(validator)
      let outcome = try await resolver.capture(Capture(touchpoint: "desk", keys: ["crmId": "1"]))
      #expect(outcome.keys[0].result == .associated)
      #expect(outcome.keys[0].verified == false)
      #expect(try await resolver.read { view throws(StoreError) in try view.pendingKeys() }.count == 1)
      validator.release()
    }
  }

  @Test func withoutAnAnswerTheDeadlineIsThreeSecondsAtMost() async throws {
    let validator = ScriptedValidator(assurance: .existence, otherwise: .silence)
    var registry = ValidatorRegistry()
    try registry.register(validator, for: "crmId")
    var options = IdentityResolver.Options()
    options.verificationDeadline = .seconds(3600)
    let resolver = try await IdentityResolver(
      space: try space(), store: MemoryStore(), validators: registry, options: options)
    let outcome = try await resolver.capture(Capture(touchpoint: "desk", keys: ["crmId": "1"]))
    #expect(outcome.keys[0].verified == false, "an hour would not have been waited for")
  }

  @Test func aCaptureThatIsCancelledWhileItWaitsIsNotStoredAtAll() async throws {
    let validator = ScriptedValidator(assurance: .existence, otherwise: .silence)
    let resolver = try await resolver(validator)
    let capturing = Task { try await resolver.capture(Capture(touchpoint: "desk", keys: ["crmId": "1"])) }
    validator.whenSilent { capturing.cancel() }
    await #expect(throws: ResolverError.cancelled) { try await capturing.value }
    #expect(try await resolver.read { view throws(StoreError) in view.sequence } == 0)
  }

  @Test func whatNoJournalCanKeepIsRefusedWhereverItComesFrom() async throws {
    let resolver = try await IdentityResolver(space: .builtIn, store: MemoryStore())
    let captures = [
      Capture(keys: ["customerKey": "a\u{0}b"]), Capture(id: "a\u{0}b"), Capture(touchpoint: "a\u{0}b"),
      Capture(data: ["a\u{0}b": "x"]), Capture(data: ["x": "a\u{0}b"]),
      Capture(at: Timestamp(microseconds: .min)),
      Capture(keys: ["customerKey": .init(String(repeating: "x", count: 2 << 20))]),
    ]
    for result in await resolver.captures(captures) {
      guard case .failure(.refused) = result else {
        Issue.record("not refused: \(result)")
        continue
      }
    }
    #expect(try await resolver.read { view throws(StoreError) in view.sequence } == 0)
  }

  @Test func whatCameBeforeABadConfigurationIsCaptured() async throws {
    var rules = Space.Rules()
    rules.handoff = Space.Handoff(keys: ["${KEYFOLD_TEST_UNSET}"])
    let resolver = try await IdentityResolver(
      space: try Space(name: "s", attributes: [.trusted("email")], rules: rules), store: MemoryStore())
    let results = await resolver.captures([
      Capture(keys: ["email": "a"]), Capture(handoff: Secret("token")), Capture(keys: ["email": "b"]),
    ])
    #expect(try results[0].get().sequence == 1)
    for result in results[1...] {
      guard case .failure(.configuration) = result else {
        Issue.record("not a matter of configuration: \(result)")
        continue
      }
    }
  }

  @Test func aVerdictForStateThatChangedMeanwhileIsJudgedOnFreshState() async throws {
    let validator = ScriptedValidator(assurance: .existence)
    let resolver = try await resolver(validator)
    let owner = try await resolver.capture(Capture(touchpoint: "desk", keys: ["email": "e@x.test"]))
    // While the CRM is asked about 7 for the web visitor, the desk gives 7 to somebody else.
    validator.whenAsked { [resolver] key in
      guard key.value == "7", validator.asked.count == 1 else { return }
      do {
        _ = try await resolver.capture(
          Capture(touchpoint: "desk", tid: owner.touchpointTid, keys: ["crmId": "7"]))
      } catch { Issue.record("\(error)") }
    }
    let outcome = try await resolver.capture(Capture(touchpoint: "desk", keys: ["crmId": "7"]))
    #expect(outcome.tid == owner.tid)
    #expect(outcome.keys[0].result == .recognized)
    #expect(validator.asked.map(\.value) == ["7", "7"])
  }

  @Test func aKeyThatStoppedBeingKnownMeanwhileIsAskedAbout() async throws {
    let validator = ScriptedValidator(assurance: .existence)
    let resolver = try await resolver(validator)
    let first = try await resolver.capture(Capture(touchpoint: "desk", keys: ["crmId": "1"]))
    #expect(validator.asked.count == 1)
    let again = try await resolver.capture(
      Capture(touchpoint: "web", tid: first.touchpointTid, keys: ["crmId": "1"]))
    #expect(again.keys[0].result == .recognized)
    #expect(validator.asked.count == 1, "what the profile holds already is not asked about")
    try await resolver.revoke(first.touchpointTid, reason: "lost")
    let stranger = try await resolver.capture(
      Capture(touchpoint: "web", tid: first.touchpointTid, keys: ["crmId": "1"]))
    #expect(stranger.unknownTid)
    #expect(stranger.tid != first.tid, "an existence verdict does not link from the web")
    #expect(validator.asked.count == 2)
  }

  @Test func aKeyIsAppliedLaterWhenItsValidatorIsBack() async throws {
    let validator = ScriptedValidator(
      assurance: .existence, otherwise: .finding(.indeterminate, code: "down"))
    let resolver = try await resolver(validator)
    let web = try await resolver.capture(Capture(touchpoint: "desk", keys: ["crmId": "1"]))
    #expect(try await resolver.retryPendingKeys().isEmpty, "still nobody can tell")
    validator.answer(.valid, to: "1")
    #expect(Array(try await resolver.retryPendingKeys().values) == [.applied])
    let profile = try #require(try await resolver.lookup(web.tid))
    #expect(profile.claims.map(\.verified) == [true])
    #expect(profile.claims[0].capturedAt == clock.now())
    #expect(profile.activity.map(\.count) == [1], "the capture is counted once")
    #expect(try await resolver.retryPendingKeys().isEmpty)
  }

  @Test func waitingKeysEndAsConflictStaleRejectedOrExpired() async throws {
    let validator = ScriptedValidator(
      assurance: .existence, otherwise: .finding(.indeterminate, code: "down"))
    let resolver = try await resolver(validator)
    func capture(_ crmId: String, tid: TID? = nil) async throws -> Outcome {
      try await resolver.capture(Capture(touchpoint: "desk", tid: tid, keys: ["crmId": .init(crmId)]))
    }
    func retry() async throws -> [PendingEnd?] {
      try await resolver.retryPendingKeys().sorted { $0.key < $1.key }.map(\.value)
    }
    let rejected = try await capture("rejected")
    validator.answer(.invalid, to: "rejected")
    #expect(try await retry() == [.rejected])
    #expect(try await resolver.lookup(rejected.tid)?.claims.isEmpty == true)

    let stale = try await capture("stale")
    _ = try await resolver.capture(
      Capture(touchpoint: "desk", tid: stale.touchpointTid, keys: ["email": "e@x.test"]))
    #expect(
      try await resolver.read { view throws(StoreError) in try view.pendingKeys() }.isEmpty, "stale at once")

    _ = try await resolver.capture(Capture(touchpoint: "desk", keys: ["email": "f@x.test"]))
    let known = try await resolver.capture(Capture(touchpoint: "desk", keys: ["email": "f@x.test"]))
    let conflict = try await capture("taken", tid: known.touchpointTid)
    #expect(conflict.tid == known.tid)
    validator.answer(.valid, to: "taken")
    let other = try await resolver.capture(Capture(touchpoint: "desk", keys: ["crmId": "taken"]))
    _ = try await resolver.capture(
      Capture(touchpoint: "desk", tid: other.touchpointTid, keys: ["email": "g@x.test"]))
    #expect(try await retry() == [.conflict])
    #expect(try await resolver.lookup(known.tid)?.primary.tid == known.tid, "nobody was merged")

    _ = try await capture("expired")
    clock.advance(bySeconds: 24 * 3600)
    #expect(try await retry() == [.expired])
  }

  @Test func keysOfOneCaptureAreOneStatement() async throws {
    let validator = ScriptedValidator(
      assurance: .possession, otherwise: .finding(.indeterminate, code: "down"))
    var first = KeyAttribute(name: "a")
    first.validators = [ValidatorReference(use: "scripted")]
    var second = first
    second.name = "b"
    var registry = ValidatorRegistry()
    try registry.register(validator, for: "a")
    try registry.register(validator, for: "b")
    var options = IdentityResolver.Options()
    options.use(deadline)
    let resolver = try await IdentityResolver(
      space: try Space(name: "s", attributes: [first, second]), store: MemoryStore(), validators: registry,
      options: options)
    let outcome = try await resolver.capture(Capture(keys: ["a": "1", "b": "2"]))
    validator.answer(.valid, to: "1")
    validator.answer(.valid, to: "2")
    #expect(try await resolver.retryPendingKeys().values.allSatisfy { $0 == .applied })
    #expect(try await resolver.lookup(outcome.tid)?.claims.allSatisfy(\.verified) == true)
  }

  @Test func aKeyWithAProofDoesNotWait() async throws {
    let validator = ScriptedValidator(
      assurance: .possession, otherwise: .finding(.indeterminate, code: "down"))
    let resolver = try await resolver(validator, linksFrom: nil)
    _ = try await resolver.capture(Capture(keys: ["crmId": "1"], proofs: ["crmId": Proof("token")]))
    #expect(try await resolver.read { view throws(StoreError) in try view.pendingKeys() }.isEmpty)
    let secret = "token"
    let journal = try await resolver.read { view throws(StoreError) in
      String(decoding: try view.entry(1)?.encoded ?? [], as: UTF8.self)
    }
    #expect(!journal.contains(secret), "a proof is not journalled")
    for _ in 0..<25 { _ = try await resolver.capture(Capture(keys: ["crmId": "2"])) }
    let tid = try await resolver.capture(Capture(keys: ["email": "x@x.test"])).touchpointTid
    for number in 0..<25 {
      _ = try await resolver.capture(Capture(tid: tid, keys: ["crmId": .init("n\(number)")]))
    }
    let waiting = try await resolver.read { view throws(StoreError) in try view.pendingKeys() }
    #expect(waiting.count { $0.tid == tid } == Limits.pendingPerTID)
  }

  @Test func manyTasksIntroduceTheSameKeysAndNobodyOwnsOneTwice() async throws {
    let resolver = try await IdentityResolver(space: RandomCaptures.space, store: MemoryStore())
    await withTaskGroup(of: Void.self) { group in
      for seed in 1...16 as ClosedRange<UInt64> {
        group.addTask {
          var captures = RandomCaptures(seed: seed, start: Timestamp(microseconds: 1_767_225_600_000_000))
          for _ in 0..<50 {
            if case .success(let outcome) = await resolver.captures([captures.next()])[0] {
              captures.learn(outcome)
            }
          }
        }
      }
    }
    let (digest, rebuilt, owners) = try await resolver.read { view throws(StoreError) in
      var owners: [Key] = []
      try view.forEachProfile(after: nil) { profile throws(StoreError) in
        owners += profile.claims.filter(\.verified).map(\.key)
        return true
      }
      return (try view.stateDigest(), try view.rebuiltDigest(space: RandomCaptures.space), owners)
    }
    #expect(digest == rebuilt)
    #expect(Set(owners).count == owners.count)
  }

  @Test func validatorsMustFitTheSpace() async throws {
    let space = try space()
    await #expect(throws: ResolverError.self) {
      try await IdentityResolver(space: space, store: MemoryStore())
    }
    var registry = ValidatorRegistry()
    try registry.register(ScriptedValidator(assurance: .existence), for: "crmId")
    #expect(throws: ValidatorError.self) {
      try registry.register(ScriptedValidator(assurance: .existence), for: "crmId")
    }
    try registry.register(ScriptedValidator(assurance: .existence), for: "phone")
    await #expect(throws: ResolverError.self) {
      try await IdentityResolver(space: space, store: MemoryStore(), validators: registry)
    }
    var lax = ValidatorRegistry()
    try lax.register(ScriptedValidator(assurance: .existence), for: "email")
    try lax.register(ScriptedValidator(assurance: .possession), for: "crmId")
    let error = await #expect(throws: ResolverError.self, "existence without linksFrom") {
      try await IdentityResolver(space: space, store: MemoryStore(), validators: lax)
    }
    #expect(error?.description.contains("linksFrom") == true)
  }
}
