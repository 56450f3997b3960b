import KeyfoldCore
import KeyfoldTesting
import KeyfoldValidation
import Synchronization
import Testing

@testable import Keyfold

/// Keys that wait for a verdict are asked about again, by themselves and less and less often.
@Suite struct PendingRetryTests {
  private func entry(_ number: Int64, queuedAt seconds: Int64 = 0) -> PendingKey {
    let time = Timestamp(microseconds: seconds * 1_000_000)
    return PendingKey(
      id: .init(commit: number, ordinal: 0), tid: SeededTIDs(seed: 1).next(),
      key: Key(attribute: "crmId", value: "\(number)", strength: 0), touchpoint: "call-centre", at: time,
      queuedAt: time)
  }

  private func time(_ seconds: Double) -> Timestamp { Timestamp(microseconds: Int64(seconds * 1_000_000)) }

  @Test func turnsComeHalfAsOftenEachTimeAndNotLessThanEveryFiveMinutes() {
    var schedule = PendingSchedule()
    let waiting = [entry(1)]
    #expect(schedule.due(waiting, now: time(0.9)).isEmpty)
    #expect(schedule.next == time(1))
    #expect(schedule.due(waiting, now: time(1)).count == 1)
    for seconds in [2.0, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
      schedule.putOff(waiting[0].id, now: time(0), jitter: 1)
      #expect(schedule.next == time(seconds))
      schedule.putOff(entry(9).id, now: time(0), jitter: 1)
    }
    schedule.putOff(waiting[0].id, now: time(0), jitter: 0)
    #expect(schedule.next == time(150))
  }

  @Test func whatWaitsNoLongerIsForgotten() {
    var schedule = PendingSchedule()
    #expect(schedule.due([entry(1), entry(2)], now: time(5)).map(\.id.commit) == [1, 2])
    schedule.putOff(entry(1).id, now: time(5), jitter: 1)
    #expect(schedule.due([entry(2)], now: time(5)).map(\.id.commit) == [2])
    #expect(schedule.due([entry(1)], now: time(5)).map(\.id.commit) == [1])
    #expect(schedule.due([], now: time(5)).isEmpty)
    #expect(schedule.next == nil)
  }

  @Test(
    "a resolver asks again by itself, also about keys that waited before it was there",
    .timeLimit(.minutes(10)))
  func inTheBackground() async throws {
    let store = KeptStore(MemoryStore())
    let validator = ScriptedValidator(
      assurance: .existence, otherwise: .finding(.indeterminate, code: "down"))
    let clock = ManualClock(Timestamp(microseconds: 1_795_510_800_000_000))
    let before = try await resolver(store, validator, clock, retries: false)
    let outcome = try await before.capture(Capture(touchpoint: "call-centre", keys: ["crmId": "7"]))
    #expect(outcome.keys.map(\.verified) == [false])
    try await before.close()

    validator.answer(.valid, to: "7")
    validator.answer(.valid, to: "8")
    clock.advance(bySeconds: 2)
    let resolver = try await resolver(store, validator, clock, retries: true)
    while try await !resolver.pendingKeys().isEmpty { await Task.yield() }
    #expect(try await resolver.lookup(attribute: "crmId", value: "7").count == 1)

    validator.answer(.indeterminate, to: "8")
    _ = try await resolver.capture(Capture(touchpoint: "call-centre", keys: ["crmId": "8"]))
    validator.answer(.valid, to: "8")
    while try await !resolver.pendingKeys().isEmpty {
      clock.advance(bySeconds: 1)
      await Task.yield()
    }
    #expect(try await resolver.lookup(attribute: "crmId", value: "8").count == 1)
    try await resolver.close()
  }

  private func resolver(
    _ store: KeptStore, _ validator: ScriptedValidator, _ clock: ManualClock, retries: Bool
  ) async throws -> IdentityResolver {
    var attribute = KeyAttribute(name: "crmId")
    attribute.validators = [ValidatorReference(use: "crm")]
    attribute.linksFrom = ["call-centre"]
    var registry = ValidatorRegistry()
    try registry.register(validator, for: "crmId")
    var options = IdentityResolver.Options()
    options.clock = clock
    options.retriesPendingKeys = retries
    options.waitForRetry = { _ in await Task.yield() }
    return try await IdentityResolver(
      space: try Space(name: "queue", attributes: [attribute]), store: store, validators: registry,
      options: options)
  }
}

/// A store that stays open for the next resolver.
private struct KeptStore: IdentityStore {
  private let base: MemoryStore

  init(_ base: MemoryStore) { self.base = base }

  func open(for space: Space, acceptingChange: Bool) async throws(StoreError) -> StoreIdentity {
    try await base.open(for: space, acceptingChange: acceptingChange)
  }
  func transact(_ steps: [TransactionStep]) async throws(StoreError) -> Int { try await base.transact(steps) }
  func read<Answer: Sendable>(
    _ body: @escaping @Sendable (any StoreView) throws(StoreError) -> Answer
  ) async throws(StoreError) -> Answer { try await base.read(body) }
  func erase(_ order: ErasureOrder) async throws(StoreError) -> Erased? { try await base.erase(order) }
  func finishErasing() async throws(StoreError) { try await base.finishErasing() }
  func close() async throws(StoreError) {}
}
