import Keyfold
import KeyfoldCore
import KeyfoldTesting
import KeyfoldValidation
import Testing

/// The queue's own limit, which no scenario is long enough for.
@Suite struct PendingQueueTests {
  @Test(
    "A store keeps a hundred thousand waiting keys, and not one more",
    arguments: [(99_999, 1), (100_000, 0)])
  func storeLimit(others: Int, waiting: Int) async throws {
    var attribute = KeyAttribute(name: "crmId")
    attribute.validators = [ValidatorReference(use: "crm")]
    attribute.linksFrom = ["call-centre"]
    var registry = ValidatorRegistry()
    try registry.register(
      ScriptedValidator(assurance: .existence, otherwise: .finding(.indeterminate, code: "down")),
      for: "crmId")
    let resolver = try await IdentityResolver(
      space: try Space(name: "queue", attributes: [attribute]),
      store: MeddlingStore(MemoryStore(), othersPending: others), validators: registry)
    let outcome = try await resolver.capture(Capture(touchpoint: "call-centre", keys: ["crmId": "1"]))
    #expect(outcome.keys.map(\.verified) == [false])
    #expect(try await resolver.read { view throws(StoreError) in try view.pendingKeys() }.count == waiting)
  }
}
