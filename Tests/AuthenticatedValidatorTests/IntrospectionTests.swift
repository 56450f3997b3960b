import AuthenticatedValidator
import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import Testing

/// What the servers that are asked about tokens answer, and what that is worth.
@Suite struct IntrospectionTests {
  private static let settings: Settings = [
    "mode": "introspection", "url": "https://idp.example/introspect", "clientId": "key fold",
    "clientSecret": "h:u/s+h", "issuer": "https://idp.example", "audience": "keyfold",
  ]
  private static let good =
    #"{"active":true,"sub":"alice","aud":["keyfold"],"exp":1796363409.695619,"token_type":"Bearer"}"#

  private func found(_ body: String, status: Int = 200) async throws -> Found {
    await (try validator([IntrospectionTests.settings], answering(body, status: status))).finding("token")
  }

  @Test(arguments: [
    (200, good, Found.valid), (200, #"{"active":false}"#, .invalid(.inactive)),
    (200, #"{"active":false,"sub":"alice","aud":"keyfold"}"#, .invalid(.inactive)),
    (200, "{}", .unclear(.unreadableBody)),
    (200, #"{"active":"true","sub":"alice"}"#, .unclear(.unreadableBody)),
    (200, #"{"active":1,"sub":"alice"}"#, .unclear(.unreadableBody)),
    (200, #"{"active":null}"#, .unclear(.unreadableBody)), (200, "[]", .unclear(.unreadableBody)),
    (200, #"[{"active":true,"sub":"alice","aud":"keyfold"}]"#, .unclear(.unreadableBody)),
    (200, "", .unclear(.unreadableBody)), (200, "<html>", .unclear(.unreadableBody)),
    (200, "true", .unclear(.unreadableBody)), (200, good + good, .unclear(.unreadableBody)),
    (200, #"{"active":false,"active":true,"sub":"alice","aud":"keyfold"}"#, .unclear(.unreadableBody)),
    // Our own credentials, with an empty body as from glewlwyd or with JSON as from canaille.
    (401, "", .unclear(.credentialsRefused)),
    (401, #"{"error":"invalid_client"}"#, .unclear(.credentialsRefused)),
    (403, "", .unclear(.credentialsRefused)), (400, good, .unclear(.unexpectedStatus)),
    (404, "", .unclear(.unexpectedStatus)), (500, good, .unclear(.unexpectedStatus)),
    (201, good, .unclear(.unexpectedStatus)), (302, "", .unclear(.unexpectedStatus)),
  ])
  func answersDecide(_ status: Int, _ body: String, _ expected: Found) async throws {
    let validator = try validator([IntrospectionTests.settings], answering(body, status: status))
    let verdict = await validator.verdict("token")
    #expect(Found(verdict.finding, verdict.evidence[0].code) == expected)
    #expect(verdict.evidence.map(\.status) == [status])
    #expect(verdict.evidence.map(\.check) == ["introspection"])
    #expect(verdict.assurance == .possession && !verdict.retryable)
  }

  @Test(arguments: CallFailure.allCases)
  func withoutAnAnswerNobodyCanTell(_ failure: CallFailure) async throws {
    let caller = ScriptedCaller { _ throws(CallFailure) in throw failure }
    let found = await (try validator([IntrospectionTests.settings], caller)).finding("token")
    #expect(found == Found(.indeterminate, failure.rawValue))
  }

  @Test func aKeyWithoutAProofIsIndeterminateAndNobodyIsAsked() async throws {
    let caller = answering(IntrospectionTests.good)
    let validator = try validator([IntrospectionTests.settings], caller)
    for proof in [nil, ""] {
      let verdict = await validator.verdict(proof)
      #expect(Found(verdict.finding, verdict.evidence[0].code) == .unclear(.noProof))
      #expect(!verdict.retryable)
    }
    #expect(caller.requests.isEmpty)
  }

  // MARK: Requests

  @Test func asksWithBasicCredentialsEncodedAsOAuthWants() async throws {
    let caller = answering(IntrospectionTests.good)
    _ = await (try validator([IntrospectionTests.settings], caller)).finding("a+b/c=&x=1")
    let request = try #require(caller.requests.first)
    #expect(request.method == "POST")
    #expect(text(request.url) == "https://idp.example/introspect")
    #expect(text(request.body) == "token=a%2Bb%2Fc%3D%26x%3D1")
    // base64 of key%20fold:h%3Au%2Fs%2Bh
    #expect(
      Set(fields(request)) == [
        "Content-Type: application/x-www-form-urlencoded", "Accept: application/json",
        "Authorization: Basic a2V5JTIwZm9sZDpoJTNBdSUyRnMlMkJo",
      ])
  }

  @Test func asksWithCredentialsInTheBody() async throws {
    let caller = answering(IntrospectionTests.good)
    _ = await (try validator([IntrospectionTests.settings, ["clientAuth": "post"]], caller)).finding("t")
    let request = try #require(caller.requests.first)
    #expect(text(request.body) == "token=t&client_id=key%20fold&client_secret=h%3Au%2Fs%2Bh")
    #expect(!fields(request).contains { $0.hasPrefix("Authorization") })
  }

  @Test func asksWithOtherCredentialsWhereTheSettingsNameThem() async throws {
    let caller = answering(IntrospectionTests.good)
    let others: Settings = ["clientId": "", "clientSecret": "", "headers": ["Authorization": "Bearer x"]]
    _ = await (try validator([IntrospectionTests.settings, others], caller)).finding("t")
    let request = try #require(caller.requests.first)
    #expect(text(request.body) == "token=t")
    // The caller adds what the setting `headers` says.
    #expect(!fields(request).contains { $0.hasPrefix("Authorization") })
  }

  @Test(arguments: ["a b", "a\r\nX: y", "a\nb", "a\0", "é", " ", "\u{7F}"])
  func whatIsNoTokenIsNotSent(_ proof: String) async throws {
    let caller = answering(IntrospectionTests.good)
    #expect(
      await (try validator([IntrospectionTests.settings], caller)).finding(proof) == .invalid(.malformedProof)
    )
    #expect(caller.requests.isEmpty)
  }

  @Test func longProofsAreNotSent() async throws {
    let caller = answering(IntrospectionTests.good)
    let validator = try validator([IntrospectionTests.settings], caller)
    #expect(await validator.finding(String(repeating: "x", count: 16 << 10)) == .valid)
    #expect(await validator.finding(String(repeating: "x", count: 16 << 10 + 1)) == .invalid(.malformedProof))
    #expect(caller.requests.count == 1)
  }
}
