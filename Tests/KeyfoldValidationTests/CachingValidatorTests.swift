import KeyfoldCore
import KeyfoldTesting
import Synchronization
import Testing

@testable import KeyfoldValidation

/// Identical questions are asked once, for as long as the answer is good.
@Suite struct CachingValidatorTests {
  private let base = ScriptedValidator("crm", assurance: .existence)
  private let key = Key(attribute: "crmId", value: "7", strength: 0)
  private var settings = CacheSettings()

  private func context(at second: Int64 = 0) -> ValidationContext {
    ValidationContext(space: "acme", touchpoint: "web", now: Timestamp(microseconds: second * 1_000_000))
  }

  @Test(
    "a verdict is given again until its time to live is over",
    arguments: [
      (Finding.valid, Int64(300)), (.invalid, 30), (.indeterminate, 0),
    ])
  func timeToLive(finding: Finding, seconds: Int64) async {
    base.answer(finding, to: "7")
    let validator = CachingValidator(base, settings: settings)
    let first = await validator.validate(key, proof: nil, context: context())
    #expect(first.evidence.map(\.cached) == [false])
    if seconds > 0 {
      let again = await validator.validate(key, proof: nil, context: context(at: seconds - 1))
      #expect(again.finding == finding)
      #expect(again.evidence.map(\.cached) == [true])
      #expect(base.asked.count == 1)
    }
    let later = await validator.validate(key, proof: nil, context: context(at: seconds))
    #expect(later.evidence.map(\.cached) == [false])
    #expect(base.asked.count == 2)
  }

  @Test func anotherValueOrProofIsAnotherQuestion() async {
    let validator = CachingValidator(base, settings: settings)
    let other = Key(attribute: "crmId", value: "8", strength: 0)
    for (key, proof) in [(key, nil), (key, Proof("a")), (key, Proof("b")), (other, nil), (key, Proof("a"))] {
      _ = await validator.validate(key, proof: proof, context: context())
    }
    #expect(base.asked.count == 4)
  }

  @Test func aVerdictNeverOutlivesTheTokenBehindIt() {
    let now = Timestamp(microseconds: 0)
    var verdict = Verdict(finding: .valid, assurance: .possession, evidence: [])
    verdict.reuse = .until(now.advanced(bySeconds: 5))
    #expect(settings.expiry(of: verdict, now: now) == now.advanced(bySeconds: 5))
    verdict.reuse = .until(now.advanced(bySeconds: 5000))
    #expect(settings.expiry(of: verdict, now: now) == now.advanced(bySeconds: 300))
    verdict.reuse = .never
    #expect(settings.expiry(of: verdict, now: now) == nil)
  }

  @Test func whoAsksMeanwhileWaitsForTheSameAnswer() async {
    let gate = Gate()
    let validator = CachingValidator(base, settings: settings)
    base.whenAsked { _ in await gate.wait() }
    async let first = validator.validate(key, proof: nil, context: context())
    await gate.reached()
    async let second = validator.validate(key, proof: nil, context: context())
    async let third = validator.validate(key, proof: nil, context: context())
    // They have joined, or find the verdict in the cache: either way nobody asks again.
    gate.open()
    let findings = await [first, second, third].map(\.finding)
    #expect(findings == [.valid, .valid, .valid])
    #expect(base.asked.count == 1)
  }

  @Test func whoeverLeavesLastEndsTheCall() async {
    base.answer(.silence, to: "7")
    let (silences, isSilent) = AsyncStream.makeStream(of: Void.self)
    base.whenSilent { isSilent.yield() }
    let validator = CachingValidator(base, settings: settings)
    let task = Task { await validator.validate(key, proof: nil, context: context()) }
    var silence = silences.makeAsyncIterator()
    await silence.next()
    task.cancel()
    // Would never end if the call went on.
    #expect(await task.value.finding == .indeterminate)
    base.answer(.valid, to: "7")
    #expect(await validator.validate(key, proof: nil, context: context()).finding == .valid)
  }

  @Test func whatIsGoodForOneTimeIsGoodForOneCapture() async {
    let once = OneTimeValidator()
    let validator = CachingValidator(once, settings: settings)
    async let first = validator.validate(key, proof: Proof("t"), context: context())
    async let second = validator.validate(key, proof: Proof("t"), context: context())
    let findings = await [first, second].map(\.finding.rawValue).sorted()
    #expect(findings == ["invalid", "valid"])
  }

  @Test func theCacheIsBoundedAndKeepsWhatIsAskedFor() {
    var cache = VerdictCache(entries: 100)
    let verdict = Verdict(finding: .valid, assurance: .existence, evidence: [])
    let now = Timestamp(microseconds: 0)
    let favourite = Digest(high: 0, low: 0)
    for number in 0..<10_000 as Range<UInt64> {
      cache.keep(verdict, for: Digest(high: 1, low: number), until: now.advanced(bySeconds: 9))
      if number == 0 { cache.keep(verdict, for: favourite, until: now.advanced(bySeconds: 9)) }
      #expect(cache.verdict(for: favourite, now: now) != nil)
      #expect(cache.count <= 100)
    }
    #expect(cache.verdict(for: Digest(high: 1, low: 0), now: now) == nil)
    #expect(cache.verdict(for: favourite, now: now.advanced(bySeconds: 9)) == nil)
  }

  @Test func theSettingIsReadAndChecked() throws {
    func read(_ cache: Setting) throws -> CacheSettings? {
      try CacheSettings(SettingReader(.map([.init(name: "cache", value: cache)])) { _ in nil })
    }
    #expect(try read(.scalar("false")) == nil)
    #expect(try read(.map([.init(name: "validSeconds", value: .scalar("7"))]))?.validSeconds == 7)
    #expect(throws: SettingError.self) { try read(.scalar("yes")) }
    #expect(throws: SettingError.self) { try read(.map([.init(name: "seconds", value: .scalar("7"))])) }
    #expect(throws: SettingError.self) { try read(.map([.init(name: "entries", value: .scalar("0"))])) }
  }
}

/// Vouches for a proof the first time it sees it.
private final class OneTimeValidator: KeyValidator {
  let assurance = Assurance.possession
  private let used = Mutex(false)

  func validate(_ key: Key, proof: Proof?, context: ValidationContext) async -> Verdict {
    let isFirst = used.withLock { used in
      defer { used = true }
      return !used
    }
    await Task.yield()
    return Verdict(
      finding: isFirst ? .valid : .invalid, assurance: .possession, evidence: [], reuse: .never)
  }
}

/// Holds up whoever waits until it is opened.
private final class Gate: Sendable {
  private let arrivals = AsyncStream.makeStream(of: Void.self)
  private let opening = AsyncStream.makeStream(of: Void.self)

  func wait() async {
    arrivals.continuation.yield()
    for await _ in opening.stream {}
  }

  func reached() async {
    var iterator = arrivals.stream.makeAsyncIterator()
    await iterator.next()
  }

  func open() { opening.continuation.finish() }
}
