import Keyfold
import KeyfoldCore
import KeyfoldTesting
import KeyfoldValidation
import Synchronization
import Testing

/// Verdicts that arrive for a state that changed meanwhile (semantics, sections 4 and 9): what counts is the
/// state in which the capture is decided. The notation of scenarios cannot say "while the CRM thinks".
@Suite struct RacingVerdictTests {
  private let crm = ScriptedValidator("crm", assurance: .existence)
  private let deadline = ManualDeadline()
  private let store = MeddlingStore(MemoryStore())
  private let resolver: IdentityResolver

  init() async throws {
    let text = """
      space: races
      attributes:
        - { name: crmId, linksFrom: [call-centre], validators: [{ use: crm, url: "https://crm.example/{value}" }] }
        - { name: email, trust: source }
      """
    let space = try SpaceFile.read(text: Array(text.utf8), name: "races").space
    var registry = ValidatorRegistry()
    try registry.register(crm, for: "crmId")
    var options = IdentityResolver.Options()
    options.tids = SeededTIDs(seed: 1)
    options.use(deadline)
    resolver = try await IdentityResolver(space: space, store: store, validators: registry, options: options)
  }

  @Test("A key that found an owner while it was validated joins that owner")
  func ownerAppears() async throws {
    let meanwhile = Once<Outcome>()
    crm.whenAsked { [resolver] _ in
      await meanwhile.run {
        try? await resolver.capture(Capture(touchpoint: "call-centre", keys: ["crmId": "1"]))
      }
    }
    let web = try await resolver.capture(Capture(touchpoint: "web"))
    let outcome = try await resolver.capture(
      Capture(touchpoint: "call-centre", tid: web.touchpointTid, keys: ["crmId": "1"]))
    let other = try #require(meanwhile.value)
    #expect(outcome.decision == .merged)
    #expect(Set(outcome.merged + [outcome.tid]) == [web.tid, other.tid])
    #expect(outcome.keys.map(\.result) == [.recognized])
  }

  @Test("A TID that was revoked while its key was validated identifies nobody")
  func tidIsRevoked() async throws {
    let web = try await resolver.capture(Capture(touchpoint: "web"))
    crm.whenAsked { [resolver] _ in _ = try? await resolver.revoke(web.tid, reason: "lost") }
    let outcome = try await resolver.capture(
      Capture(touchpoint: "call-centre", tid: web.tid, keys: ["crmId": "1"]))
    #expect(outcome.unknownTid)
    #expect(outcome.decision == .created)
    #expect(outcome.tid != web.tid)
  }

  @Test(
    "A key that became verified while its validator found it wrong stays verified; alone it is a known key",
    arguments: [true, false])
  func keyBecomesVerified(alone: Bool) async throws {
    let agent = try await resolver.capture(Capture(touchpoint: "web"))
    crm.answer(.invalid, to: "1")
    let meanwhile = Once<Outcome>()
    crm.whenAsked { [resolver, crm] _ in
      await meanwhile.run {
        crm.answer(.valid, to: "1")
        let again = Capture(touchpoint: "call-centre", tid: agent.tid, keys: ["crmId": "1"])
        let outcome = try? await resolver.capture(again)
        crm.answer(.invalid, to: "1")
        return outcome
      }
    }
    var capture = Capture(touchpoint: "web", tid: agent.tid, keys: ["crmId": "1"])
    if !alone { capture.keys.append(attribute: "email", value: "a@x.org") }
    let key = try await resolver.capture(capture).keys[0]
    #expect(meanwhile.value?.keys[0].verified == true)
    #expect(key.verified)
    #expect(key.result == (alone ? .recognized : .rejected))
    #expect(key.reason == (alone ? nil : .invalid))
  }

  @Test("A key that was known when the capture looked, and is no longer, is validated after all")
  func knownKeyIsReleased() async throws {
    let known = try await resolver.capture(
      Capture(touchpoint: "call-centre", keys: ["crmId": "1", "email": "a@x.org"]))
    let asked = crm.asked.count
    store.beforeNextTransaction { [resolver] in
      _ = try? await resolver.revoke(known.tid, reason: "lost")
    }
    let outcome = try await resolver.capture(Capture(touchpoint: "web", tid: known.tid, keys: ["crmId": "1"]))
    #expect(crm.asked.count == asked + 1)
    #expect(outcome.unknownTid && outcome.decision == .created)
    #expect(outcome.keys.map(\.verified) == [false])
    #expect(outcome.keys[0].evidence.map(\.finding) == [.valid])
  }

  @Test("A waiting key whose profile changes while it is asked about again is not applied")
  func waitingKeyIsStale() async throws {
    crm.answer(.indeterminate, to: "1")
    let visit = try await resolver.capture(Capture(touchpoint: "call-centre", keys: ["crmId": "1"]))
    crm.answer(.valid, to: "1")
    crm.whenAsked { [resolver] _ in
      _ = try? await resolver.capture(Capture(touchpoint: "web", tid: visit.tid, keys: ["email": "a@x.org"]))
    }
    let ends = try await resolver.retryPendingKeys()
    #expect(!ends.values.contains(.applied))
    let profile = try #require(try await resolver.lookup(visit.tid))
    #expect(profile.claims.map(\.verified) == [false, true])
    #expect(try await resolver.read { view throws(StoreError) in try view.pendingKeys() }.isEmpty)
  }

  @Test("A waiting key whose TID is revoked while it is asked about again is not applied")
  func waitingTIDIsRevoked() async throws {
    crm.answer(.indeterminate, to: "1")
    let visit = try await resolver.capture(Capture(touchpoint: "call-centre", keys: ["crmId": "1"]))
    crm.answer(.valid, to: "1")
    crm.whenAsked { [resolver] _ in _ = try? await resolver.revoke(visit.tid, reason: "lost") }
    let ends = try await resolver.retryPendingKeys()
    #expect(!ends.values.contains(.applied))
    #expect(try await resolver.lookup(attribute: "crmId", value: "1").isEmpty)
  }

  @Test("A verdict that arrives after the deadline changes nothing")
  func verdictIsLate() async throws {
    crm.answer(.stubbornSilence, to: "1")
    crm.whenSilent { [deadline] in deadline.pass() }
    let outcome = try await resolver.capture(Capture(touchpoint: "call-centre", keys: ["crmId": "1"]))
    crm.release()
    #expect(outcome.keys.map(\.verified) == [false])
    #expect(outcome.keys[0].evidence.isEmpty)
    #expect(try await resolver.lookup(attribute: "crmId", value: "1").isEmpty)
  }
}

/// Validators of one capture (semantics, section 4).
@Suite struct ConcurrentValidatorTests {
  @Test("Validators of several keys run at the same time: each waits here until all were asked")
  func keysAreAskedAboutTogether() async throws {
    let validators = ["crmId", "memberId", "email"].map { ($0, ScriptedValidator($0, assurance: .existence)) }
    var registry = ValidatorRegistry()
    var attributes: [KeyAttribute] = []
    var capture = Capture(touchpoint: "call-centre")
    for (name, validator) in validators {
      var attribute = KeyAttribute(name: name)
      attribute.validators = [ValidatorReference(use: "scripted")]
      attribute.linksFrom = ["call-centre"]
      attributes.append(attribute)
      try registry.register(validator, for: name)
      capture.keys.append(attribute: name, value: "1")
      validator.whenAsked { _ in
        while validators.contains(where: { $0.1.asked.isEmpty }) && !Task.isCancelled {
          try? await Task.sleep(for: .milliseconds(1))
        }
      }
    }
    var options = IdentityResolver.Options()
    options.use(ManualDeadline())
    let resolver = try await IdentityResolver(
      space: try Space(name: "together", attributes: attributes), store: MemoryStore(),
      validators: registry, options: options)
    #expect(try await resolver.capture(capture).keys.map(\.verified) == [true, true, true])
  }
}

/// Runs something the first time only, and keeps what it gave.
private final class Once<Value: Sendable>: Sendable {
  private let state = Mutex<(hasRun: Bool, value: Value?)>((false, nil))

  var value: Value? { state.withLock { $0.value } }

  func run(_ body: @Sendable () async -> Value?) async {
    let isFirst = state.withLock { state in
      defer { state.hasRun = true }
      return !state.hasRun
    }
    guard isFirst else { return }
    let value = await body()
    state.withLock { $0.value = value }
  }
}
