import AuthenticatedValidator
import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import Testing

/// A session service of one's own.
@Suite struct SessionTests {
  private static let bearer: Settings = [
    "mode": "url", "url": "https://shop.example/session", "expect": ["/member": "{value}"],
  ]
  private static let inTemplate: Settings = [
    "mode": "url", "url": "https://shop.example/sessions/{token}", "expect": ["/member": "{value}"],
  ]

  @Test(arguments: [
    (200, #"{"member":"alice"}"#, Found(.valid, "recordFound")),
    (200, #"{"member":"bob"}"#, Found(.invalid, "namesAnotherKey")),
    (200, "{}", Found(.invalid, "expectationUnmet")), (404, "", Found(.invalid, "recordNotFound")),
    (410, "", Found(.invalid, "recordNotFound")), (200, "<html>", Found(.indeterminate, "unreadableBody")),
    (200, #"{"error":"down"}"#, Found(.indeterminate, "errorEnvelope")),
    (500, "", Found(.indeterminate, "unexpectedStatus")),
    (403, "", Found(.indeterminate, "credentialsRefused")),
  ])
  func answersDecide(_ status: Int, _ body: String, _ expected: Found) async throws {
    for settings in [SessionTests.bearer, SessionTests.inTemplate] {
      let verdict = await (try validator([settings], answering(body, status: status))).verdict("token")
      #expect(Found(verdict.finding, verdict.evidence[0].code) == expected)
      #expect(verdict.assurance == .possession && verdict.reuse == .asConfigured && !verdict.retryable)
      #expect(verdict.evidence.map(\.status) == [status])
      #expect(verdict.evidence.map(\.check) == ["url"])
    }
  }

  /// Where the proof is the one credential, it is the proof that 401 refuses; otherwise it is ours.
  @Test func whoseCredentialsAreRefused() async throws {
    let caller = answering("", status: 401)
    #expect(
      await (try validator([SessionTests.bearer], caller)).finding("t") == Found(.invalid, "recordNotFound"))
    let inTemplate = try validator([SessionTests.inTemplate], caller)
    #expect(await inTemplate.finding("t") == Found(.indeterminate, "credentialsRefused"))
    let narrowed = try validator([SessionTests.bearer, ["notFound": "404"]], caller)
    #expect(await narrowed.finding("t") == Found(.indeterminate, "credentialsRefused"))
  }

  @Test(arguments: CallFailure.allCases)
  func withoutAnAnswerNobodyCanTell(_ failure: CallFailure) async throws {
    let caller = ScriptedCaller { _ throws(CallFailure) in throw failure }
    let found = await (try validator([SessionTests.bearer], caller)).finding("token")
    #expect(found == Found(.indeterminate, failure.rawValue))
  }

  @Test func theProofGoesWhereTheTemplateHasIt() async throws {
    let caller = answering(#"{"member":"alice"}"#)
    _ = await (try validator([SessionTests.bearer], caller)).finding("a.b-c")
    _ = await (try validator([SessionTests.inTemplate], caller)).finding("a/b")
    let body: Settings = [
      "method": "POST", "url": "https://shop.example/session", "body": #"{"t":"{token}","m":"{value}"}"#,
    ]
    _ = await (try validator([SessionTests.inTemplate, body], caller)).finding("a\"b")
    let requests = caller.requests
    #expect(
      requests.map { text($0.url) } == [
        "https://shop.example/session", "https://shop.example/sessions/a%2Fb", "https://shop.example/session",
      ])
    #expect(requests.map { text($0.body) } == [nil, nil, #"{"t":"a\"b","m":"alice"}"#])
    #expect(
      requests.map { fields($0).filter { $0.hasPrefix("Authorization") } } == [
        ["Authorization: Bearer a.b-c"], [], [],
      ])
  }

  @Test func theAddressMayNameTheKey() async throws {
    let settings: Settings = ["mode": "url", "url": "https://shop.example/members/{value}/session"]
    let caller = answering("{}")
    #expect(await (try validator([settings], caller)).finding("t") == Found(.valid, "recordFound"))
    #expect(caller.requests.map { text($0.url) } == ["https://shop.example/members/alice/session"])
  }

  @Test(arguments: ["..", ".", "../x", "a/../../b"])
  func aProofThatMeansAnotherAddressIsNotSent(_ proof: String) async throws {
    let caller = answering(#"{"member":"alice"}"#)
    let found = await (try validator([SessionTests.inTemplate], caller)).finding(proof)
    #expect(found == Found(.invalid, "malformedValue"))
    #expect(caller.requests.isEmpty)
  }

  @Test(arguments: ["a\r\nX: y", "a b", "\0"])
  func whatIsNoTokenIsNotSent(_ proof: String) async throws {
    let caller = answering(#"{"member":"alice"}"#)
    for settings in [SessionTests.bearer, SessionTests.inTemplate] {
      #expect(await (try validator([settings], caller)).finding(proof) == .invalid(.malformedProof))
    }
    #expect(caller.requests.isEmpty)
  }
}
