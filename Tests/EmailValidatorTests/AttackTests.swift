import Keyfold
import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import KeyfoldValidation
import Testing

@testable import EmailValidator

/// Ways to get into somebody else's profile by their email address, none of which does.
@Suite struct AttackTests {
  private let victim = "emma@example.com"

  /// A resolver of a space whose emails are checked so.
  private func resolver(_ settings: String, http: any HTTPCaller) async throws -> IdentityResolver {
    let text = """
      space: acme
      attributes:
        - { name: memberId, trust: source, linksFrom: [shop] }
        - { name: email, normalize: [email], linksFrom: [desk], validators: [{ use: email, \(settings) }] }
      """
    let calls = EmailCalls(http)
    var registry = ValidatorRegistry()
    registry.add(
      ValidatorKind("email") { setup in
        try EmailValidator(settings: setup.settings, attribute: setup.attribute, calls: calls)
      })
    return try await IdentityResolver(
      space: SpaceFile.read(text: Array(text.utf8), name: "test").space, store: MemoryStore(),
      validators: registry)
  }

  private let mx = "checks: [syntax, mx], doh: 'https://dns.test/q'"
  private let confirmation =
    "checks: [syntax, confirmation], url: 'https://shop.test/{token}', expect: { /email: '{value}' }"

  /// Says which address each token was mailed to.
  private func shop(_ mailed: [String: String]) -> ScriptedCaller {
    ScriptedCaller { request in
      let token = String(decoding: bytes(request.url), as: UTF8.self).split(separator: "/").last.map(
        String.init)
      guard let address = token.flatMap({ mailed[$0] }) else { return json("", status: 404) }
      return json(#"{"email": "\#(address)"}"#)
    }
  }

  @Test func typingAVictimsAddressLastLinksNothing() async throws {
    let resolver = try await resolver(mx, http: dnsServer())
    let known = try await resolver.capture(
      Capture(touchpoint: "desk", keys: ["email": .init(victim)]))
    #expect(known.keys[0].verified)
    for tid in [nil, try await resolver.capture(Capture(touchpoint: "web")).touchpointTid] {
      let typed = try await resolver.capture(
        Capture(touchpoint: "web", tid: tid, keys: ["email": .init(victim)]))
      #expect(typed.tid != known.tid)
      #expect(typed.merged.isEmpty)
      #expect(!typed.keys[0].verified)
      #expect(typed.keys[0].evidence.map(\.code) == ["wellFormed", "mxFound"])
    }
  }

  @Test func typingAVictimsAddressFirstKeepsNothingFromThem() async throws {
    let resolver = try await resolver(mx, http: dnsServer())
    let typed = try await resolver.capture(
      Capture(touchpoint: "web", keys: ["email": .init(victim)]))
    let known = try await resolver.capture(
      Capture(touchpoint: "desk", keys: ["email": .init(victim)]))
    #expect(known.keys[0].verified)
    #expect(known.tid != typed.tid)
    let again = try await resolver.capture(
      Capture(touchpoint: "web", tid: typed.touchpointTid, keys: ["email": .init(victim)]))
    #expect(again.tid == typed.tid)
    #expect(!again.keys[0].verified)
  }

  @Test func aConfirmationOfOnesOwnAddressIsNoneOfAnotherOne() async throws {
    let resolver = try await resolver(confirmation, http: shop(["e": victim, "m": "mallory@example.com"]))
    let known = try await resolver.capture(
      Capture(touchpoint: "web", keys: ["email": .init(victim)], proofs: ["email": Proof("e")]))
    #expect(known.keys[0].verified)
    for token in ["m", "x", "", "m/../e", "e\r\n"] {
      let attempt = try await resolver.capture(
        Capture(touchpoint: "web", keys: ["email": .init(victim)], proofs: ["email": Proof(token)]))
      #expect(attempt.tid != known.tid)
      #expect(attempt.keys[0].result == .rejected)
    }
    let unproved = try await resolver.capture(
      Capture(touchpoint: "web", keys: ["email": .init(victim)]))
    #expect(unproved.tid != known.tid)
    #expect(!unproved.keys[0].verified)
    #expect(unproved.keys[0].evidence.map(\.code) == ["wellFormed", "noProof"])
  }

  /// Without its proof, a replayed id gets nothing that the proof got.
  @Test func aReplayedIdWithoutItsProofIsRefused() async throws {
    let resolver = try await resolver(confirmation, http: shop(["e": victim]))
    _ = try await resolver.capture(
      Capture(id: "evt-1", touchpoint: "web", keys: ["email": .init(victim)], proofs: ["email": Proof("e")]))
    await #expect(throws: ResolverError.self) {
      try await resolver.capture(Capture(id: "evt-1", touchpoint: "web", keys: ["email": .init(victim)]))
    }
  }

  /// An answer that names addresses of a private network gets nobody connected to there.
  @Test func namesThatLeadInsideAreLookedUpAndNothingElse() async throws {
    let inside: [[UInt8]] = [[10, 0, 0, 1], [127, 0, 0, 1], [169, 254, 169, 254]]
    let dns = ScriptedCaller { request in
      let question = asked(request.body.map(bytes) ?? [])
      let records =
        question.type == 1
        ? inside.map { DNSBytes.Record.a(question.name, $0) }
        : question.type == 15 && question.name.hasPrefix("mx.") ? [.mx(question.name, "localhost")] : []
      return response(DNSBytes(question.name, type: question.type, records).bytes)
    }
    let resolver = try await resolver(mx, http: dns)
    for domain in ["mx.evil.test", "a.evil.test"] {
      let outcome = try await resolver.capture(
        Capture(touchpoint: "web", keys: ["email": .init("emma@\(domain)")]))
      #expect(!outcome.keys[0].verified)
    }
    #expect(dns.requests.count == 1 + 3)
    #expect(Set(dns.requests.map(\.url)) == [Secret("https://dns.test/q")])
  }
}
