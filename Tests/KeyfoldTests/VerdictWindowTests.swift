import Keyfold
import KeyfoldCore
import KeyfoldTesting
import KeyfoldValidation
import Synchronization
import Testing

/// Captures of a stream are verified many at a time, and answered in their order all the same.
@Suite struct VerdictWindowTests {
  @Test func manyAtATimeButNotMoreThanSixtyFour() async throws {
    let validator = CountingValidator()
    let resolver = try await resolver(validator)
    let captures = (0..<1000).map { Capture(touchpoint: "call-centre", keys: ["crmId": "c\($0 % 700)"]) }
    let outcomes = try await resolver.captures(captures).map { try $0.get() }
    #expect(outcomes.map { $0.keys[0].value } == captures.indices.map { "c\($0 % 700)" })
    #expect(outcomes.allSatisfy { $0.keys[0].verified })
    #expect(outcomes[700...].map(\.tid) == outcomes[..<300].map(\.tid))
    #expect(validator.most > 1)
    #expect(validator.most <= 64)
  }

  @Test func aMissingVariableFailsTheCaptureThatNeedsIt() async throws {
    var attribute = KeyAttribute(name: "crmId")
    attribute.linksFrom = ["call-centre"]
    attribute.validators = [
      ValidatorReference(use: "v", settings: .map([.init(name: "url", value: .scalar("${KEYFOLD_NOT_SET}"))]))
    ]
    var registry = ValidatorRegistry()
    registry.add(ValidatorKind("v") { _ in CountingValidator() })
    var options = IdentityResolver.Options()
    options.environment = { _ in nil }
    let resolver = try await IdentityResolver(
      space: try Space(name: "s", attributes: [attribute, .trusted("card")]), store: MemoryStore(),
      validators: registry, options: options)
    #expect(try await resolver.capture(Capture(touchpoint: "web", keys: ["card": "1"])).decision == .created)
    let error = await #expect(throws: ResolverError.self) {
      try await resolver.capture(Capture(touchpoint: "web", keys: ["crmId": "1"]))
    }
    guard case .configuration(let message) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(message.contains("KEYFOLD_NOT_SET"))
  }

  private func resolver(_ validator: any KeyValidator) async throws -> IdentityResolver {
    var attribute = KeyAttribute(name: "crmId")
    attribute.validators = [ValidatorReference(use: "crm")]
    attribute.linksFrom = ["call-centre"]
    var registry = ValidatorRegistry()
    try registry.register(validator, for: "crmId")
    var options = IdentityResolver.Options()
    // One that never passes: on a busy machine, three seconds may.
    options.use(ManualDeadline())
    return try await IdentityResolver(
      space: try Space(name: "s", attributes: [attribute]), store: MemoryStore(), validators: registry,
      options: options)
  }
}

/// Counts how many questions are on their way at the same time.
private final class CountingValidator: KeyValidator {
  let assurance = Assurance.existence
  private let counts = Mutex((now: 0, most: 0))

  var most: Int { counts.withLock { $0.most } }

  func validate(_ key: Key, proof: Proof?, context: ValidationContext) async -> Verdict {
    counts.withLock { counts in
      counts.now += 1
      counts.most = max(counts.most, counts.now)
    }
    for _ in 0..<10 { await Task.yield() }
    counts.withLock { $0.now -= 1 }
    return Verdict(finding: .valid, assurance: .existence, evidence: [])
  }
}
