import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldTesting
import KeyfoldValidation
import Testing

/// The examples of the page about embedding do what it says..
@Suite struct EmbeddingTests {
  private func resolver(_ space: Space) async throws -> IdentityResolver {
    var validators = ValidatorRegistry()
    if space.attributes.contains(where: { !$0.trustsSource }) {
      try validators.register(
        ScriptedValidator(assurance: .possession, needsProof: true), for: "memberId")
    }
    return try await IdentityResolver(space: space, store: MemoryStore(), validators: validators)
  }

  @Test func aVisitorKeepsTheirTIDAndBecomesKnown() async throws {
    var member = KeyAttribute(name: "memberId")
    member.validators = [ValidatorReference(use: "scripted")]
    let resolver = try await resolver(Space(name: "shop", attributes: [member]))
    let visits = Visits(resolver: resolver)
    let first = try await visits.visit(cookie: "no TID at all", session: nil)
    #expect(try await visits.visit(cookie: first, session: (memberId: "M7", token: "t")) == first)
    #expect(try await resolver.lookup(attribute: "memberId", value: "M7").count == 1)
  }

  @Test func linesAreAnsweredWhateverTheyAre() async throws {
    let resolver = try await resolver(.builtIn)
    let lines = [#"{"keys":{"customerKey":"1"}}"#, "nonsense", #"{"keys":{"foo":"1"}}"#].map {
      Array($0.utf8)
    }
    let answers = try await captureMany(lines, resolver: resolver)
    #expect(answers.count == 3)
    #expect(answers.contains { TID($0) != nil })
    #expect(answer(to: .refused(CaptureError(.idReused, "x"))).status == 409)
  }

  @Test func operationsAreTriedAndDone() async throws {
    let resolver = try await resolver(
      Space(name: "family", attributes: [.trusted("crmId"), .trusted("email")]))
    let father = try await resolver.capture(Capture(touchpoint: "a", keys: ["crmId": "1"]))
    let son = try await resolver.capture(Capture(touchpoint: "b", keys: ["email": "x"]))
    _ = try await resolver.capture(Capture(touchpoint: "c", keys: ["crmId": "1", "email": "x"]))
    #expect(try await operate(resolver, father.tid, son.tid).contains("<h1>"))
    #expect(count(resolver).contains("keyfold_captures_total"))
    // It ends with the resolver, wherever it has come to by then.
    async let last = follow(resolver, after: 0)
    try await resolver.close()
    #expect(try await last <= 5)
  }

  @Test func aLinkCarriesATokenAndNoTID() throws {
    var rules = Space.Rules()
    rules.handoff = Space.Handoff(keys: ["k"])
    let space = try Space(name: "s", attributes: [.trusted("a")], rules: rules)
    let tid = SeededTIDs(seed: 1).next()
    let link = try handOver(tid, space: space)
    #expect(link.hasPrefix("https://shop.example/basket?handoff="))
    #expect(!link.contains(tid.description))
  }
}
