import AuthenticatedValidator
import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import Testing

@Suite struct UserInfoTests {
  private static let settings: Settings = [
    "mode": "userinfo", "url": "https://idp.example/userinfo", "anyAudience": "true",
  ]
  private static let good = #"{"sub":"alice","email":"alice@example.org","name":"Alice"}"#

  @Test(arguments: [
    (200, good, Found.valid), (200, #"{"sub":"bob"}"#, .invalid(.namesAnotherKey)),
    (200, #"{"name":"alice"}"#, .invalid(.claimMissing)), (200, "{}", .invalid(.claimMissing)),
    (200, "", .unclear(.unreadableBody)), (200, "eyJhbGciOiJub25lIn0.e30.", .unclear(.unreadableBody)),
    (200, #""alice""#, .unclear(.unreadableBody)),
    (200, #"{"sub":"bob","sub":"alice"}"#, .unclear(.unreadableBody)),
    // The proof is the one credential: glewlwyd refuses it with an empty body, canaille with JSON.
    (401, "", .invalid(.inactive)), (401, #"{"error":"invalid_token"}"#, .invalid(.inactive)),
    (403, #"{"error":"insufficient_scope"}"#, .unclear(.unexpectedStatus)),
    (400, "", .unclear(.unexpectedStatus)),
    (404, "", .unclear(.unexpectedStatus)), (500, good, .unclear(.unexpectedStatus)),
    (204, "", .unclear(.unexpectedStatus)), (302, "", .unclear(.unexpectedStatus)),
  ])
  func answersDecide(_ status: Int, _ body: String, _ expected: Found) async throws {
    let verdict = await (try validator([UserInfoTests.settings], answering(body, status: status))).verdict(
      "token")
    #expect(Found(verdict.finding, verdict.evidence[0].code) == expected)
    #expect(verdict.evidence.map(\.status) == [status])
    #expect(verdict.evidence.map(\.check) == ["userinfo"])
    #expect(verdict.reuse == .asConfigured)
  }

  @Test(arguments: CallFailure.allCases)
  func withoutAnAnswerNobodyCanTell(_ failure: CallFailure) async throws {
    let caller = ScriptedCaller { _ throws(CallFailure) in throw failure }
    let found = await (try validator([UserInfoTests.settings], caller)).finding("token")
    #expect(found == Found(.indeterminate, failure.rawValue))
  }

  @Test func theProofIsTheBearerToken() async throws {
    let caller = answering(UserInfoTests.good)
    _ = await (try validator([UserInfoTests.settings], caller)).finding("2YotnFZFEjr1zCsicMWpAA")
    let request = try #require(caller.requests.first)
    #expect(request.method == "GET" && request.body == nil)
    #expect(fields(request) == ["Accept: application/json", "Authorization: Bearer 2YotnFZFEjr1zCsicMWpAA"])
  }

  /// Header injection through a proof.
  @Test(arguments: ["a\r\nX-Admin: 1", "a\n", "a b", "\0", "a\tb", "é"])
  func whatIsNoTokenIsNotSent(_ proof: String) async throws {
    let caller = answering(UserInfoTests.good)
    #expect(
      await (try validator([UserInfoTests.settings], caller)).finding(proof) == .invalid(.malformedProof))
    #expect(caller.requests.isEmpty)
  }

  @Test func anIssuerThatIsNamedMustBeRight() async throws {
    let settings: Settings = ["issuer": "https://idp.example"]
    for (body, expected) in [
      (UserInfoTests.good, Found.valid), (#"{"sub":"alice","iss":"https://idp.example"}"#, .valid),
      (#"{"sub":"alice","iss":"https://evil.example"}"#, .invalid(.otherIssuer)),
    ] {
      #expect(
        await (try validator([UserInfoTests.settings, settings], answering(body))).finding("t") == expected)
    }
  }

  @Test func anEmailMustBeVerified() async throws {
    let settings: Settings = ["claim": "email"]
    for (verified, expected) in [
      ("true", Found.valid), ("false", .invalid(.unverifiedClaim)), ("null", .invalid(.unverifiedClaim)),
    ] {
      let body = #"{"sub":"x","email":"Alice@Example.org","email_verified":\#(verified)}"#
      let validator = try validator([UserInfoTests.settings, settings], normalize: [.email], answering(body))
      #expect(await validator.finding(on: "alice@example.org", "t") == expected)
    }
  }
}
