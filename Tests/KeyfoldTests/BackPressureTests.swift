import KeyfoldCore
import KeyfoldTesting
import KeyfoldValidation
import Testing

@testable import Keyfold

/// A bounded number of captures is on its way; the others wait in order.
@Suite struct BackPressureTests {
  private let validator = ScriptedValidator(assurance: .possession, otherwise: .stubbornSilence)

  private func resolver(atMost places: Int) async throws -> IdentityResolver {
    var crm = KeyAttribute(name: "crmId")
    crm.validators = [ValidatorReference(use: "scripted")]
    var registry = ValidatorRegistry()
    try registry.register(validator, for: "crmId")
    var options = IdentityResolver.Options()
    options.capturesInFlightMax = places
    options.retriesPendingKeys = false
    // The test says when verdicts come.
    options.use(ManualDeadline())
    return try await IdentityResolver(
      space: try Space(name: "s", attributes: [crm, .trusted("email")]), store: MemoryStore(),
      validators: registry, options: options)
  }

  /// Waits until something is so, asleep rather than spinning: others need the processors to make it so.
  private func until(_ condition: () -> Bool) async throws {
    while !condition() { try await Task.sleep(for: .milliseconds(1)) }
  }

  @Test func noMoreThanThatManyAreOnTheirWay() async throws {
    let resolver = try await resolver(atMost: 2)
    let captures = (1...5).map { number in
      Task { try await resolver.capture(Capture(keys: ["crmId": .init("\(number)")])) }
    }
    try await until { resolver.admission.counts == (2, 3) && validator.asked.count == 2 }
    validator.release()
    for capture in captures { _ = try await capture.value }
    #expect(validator.asked.count == 5)
    #expect(resolver.admission.counts == (0, 0))
  }

  @Test func theyComeInTheOrderTheyWaited() async throws {
    let resolver = try await resolver(atMost: 1)
    let first = Task { try await resolver.capture(Capture(keys: ["crmId": "1"])) }
    try await until { resolver.admission.counts.inFlight == 1 }
    var others: [Task<Outcome, any Error>] = []
    for number in 2...9 {
      others.append(Task { try await resolver.capture(Capture(keys: ["email": .init("\(number)")])) })
      try await until { resolver.admission.counts.waiting == others.count }
    }
    validator.release()
    _ = try await first.value
    var sequences: [Int64?] = []
    for other in others { sequences.append(try await other.value.sequence) }
    #expect(sequences == (2...9).map { $0 })
  }

  @Test func whoGivesUpWaitingFreesThePlaceAtOnceAndIsNotStored() async throws {
    let resolver = try await resolver(atMost: 64)
    let first = Task { try await resolver.capture(Capture(keys: ["crmId": "1"])) }
    try await until { resolver.admission.counts.inFlight == 1 }
    // A list that needs all places is the head of the line, and holds up whoever is behind it.
    let list = Task {
      await resolver.captures((1...64).map { Capture(keys: ["email": .init("list \($0)")]) })
    }
    try await until { resolver.admission.counts.waiting == 1 }
    let last = Task { try await resolver.capture(Capture(keys: ["email": "last"])) }
    try await until { resolver.admission.counts.waiting == 2 }
    list.cancel()
    for result in await list.value { #expect(result == .failure(.cancelled)) }
    #expect(try await last.value.sequence == 1)
    validator.release()
    #expect(try await first.value.sequence == 2)
    #expect(resolver.admission.counts == (0, 0))
  }

  @Test func aListIsNeverTooLongToComeIn() async throws {
    let resolver = try await resolver(atMost: 3)
    let results = await resolver.captures((1...500).map { Capture(keys: ["email": .init("\($0)")]) })
    #expect(try results.map { try $0.get().sequence } == (1...500).map { $0 })
  }

  @Test func closingWaitsForThoseThatWaitToo() async throws {
    let resolver = try await resolver(atMost: 1)
    let first = Task { try await resolver.capture(Capture(keys: ["crmId": "1"])) }
    try await until { resolver.admission.counts.inFlight == 1 }
    let second = Task { try await resolver.capture(Capture(keys: ["email": "2"])) }
    try await until { resolver.admission.counts.waiting == 1 }
    let closing = Task { try await resolver.close() }
    try await until { resolver.admission.isClosed }
    let refused = StoreError(.closed, "the resolver was closed")
    await #expect(throws: ResolverError.store(refused)) {
      try await resolver.capture(Capture(keys: ["email": "late"]))
    }
    validator.release()
    #expect(try await first.value.sequence == 1)
    #expect(try await second.value.sequence == 2)
    try await closing.value
  }

  @Test func manyComeAndGiveUpAtRandomAndNothingIsLostOrStoredTwice() async throws {
    let resolver = try await resolver(atMost: 3)
    let tasks = (0..<400).map { number in
      Task { try await resolver.capture(Capture(keys: ["email": .init("\(number)")])) }
    }
    for (number, task) in tasks.enumerated() where number % 3 == 0 {
      await Task.yield()
      task.cancel()
    }
    var stored: Set<Int64> = []
    var cancelled = 0
    for task in tasks {
      switch await task.result {
      case .success(let outcome): stored.insert(try #require(outcome.sequence))
      case .failure(let error):
        #expect(error as? ResolverError == .cancelled)
        cancelled += 1
      }
    }
    #expect(stored.count + cancelled == 400)
    #expect(try await resolver.read { view throws(StoreError) in view.sequence } == Int64(stored.count))
    #expect(resolver.admission.counts == (0, 0))
  }
}
