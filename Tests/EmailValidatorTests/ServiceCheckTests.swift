import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import Testing

@testable import EmailValidator

/// `api` and `confirmation`: what a service is asked, and what its answer is worth.
@Suite struct ServiceCheckTests {
  private let api = "checks: api, url: 'https://verify.test/{value}', expect: { /result: ok }"
  private let confirmation =
    "checks: confirmation, url: 'https://shop.test/c/{token}', expect: { /email: '{value}' }"

  private func url(_ request: HTTPRequest) -> String { String(decoding: bytes(request.url), as: UTF8.self) }

  // MARK: api

  @Test(arguments: [
    (#"{"result": "ok"}"#, 200, Finding.valid, RecordCode.recordFound),
    (#"{"result": "undeliverable"}"#, 200, .invalid, .expectationUnmet),
    ("", 404, .invalid, .recordNotFound), (#"{"error": "quota"}"#, 200, .indeterminate, .errorEnvelope),
    ("not JSON", 200, .indeterminate, .unreadableBody), ("", 401, .indeterminate, .credentialsRefused),
    ("", 429, .indeterminate, .unexpectedStatus), ("", 500, .indeterminate, .unexpectedStatus),
  ])
  func aServiceIsJudgedAsACRMIs(_ body: String, _ status: Int, _ finding: Finding, _ code: RecordCode)
    async throws
  {
    let caller = ScriptedCaller { _ in json(body, status: status) }
    let verdict = try await Harness(api, http: caller).verdict(on: "emma+x@example.com")
    #expect(verdict.story == ["api \(finding) \(code.rawValue)"])
    #expect(verdict.evidence[0].status == status)
    #expect(verdict.assurance == .existence)
    #expect(verdict.reuse == .asConfigured)
    #expect(verdict.retryable)
    #expect(caller.requests.map(url) == ["https://verify.test/emma%2Bx%40example.com"])
    #expect(caller.requests[0].isRepeatable)
  }

  @Test func aServiceThatChecksAProofMayProvePossession() async throws {
    let settings = """
      checks: api, url: 'https://verify.test/{value}', method: POST, body: '{"code": "{token}"}',
      assurance: possession
      """
    let caller = ScriptedCaller { _ in json("{}") }
    let harness = try Harness(settings, http: caller)
    #expect(harness.validator.assurance == .possession)
    let verdict = await harness.verdict(on: "emma@example.com", proof: "12\"34")
    #expect(verdict.finding == .valid)
    #expect(verdict.assurance == .possession)
    #expect(verdict.evidence[0].assurance == .possession)
    #expect(bytes(try #require(caller.requests[0].body)) == Array(#"{"code": "12\"34"}"#.utf8))
    let without = await harness.verdict(on: "emma@example.com")
    #expect(without.story == ["api indeterminate noProof"])
    #expect(!without.retryable)
    #expect(caller.requests.count == 1)
  }

  // MARK: confirmation

  @Test func aConfirmationNamesTheAddressItWasMailedTo() async throws {
    let caller = ScriptedCaller { _ in json(#"{"email": "Emma@EXAMPLE.com"}"#) }
    let harness = try Harness(confirmation, http: caller)
    let verdict = await harness.verdict(on: "emma@example.com", proof: "tok/en")
    #expect(verdict.story == ["confirmation valid recordFound"])
    #expect(verdict.assurance == .possession)
    #expect(caller.requests.map(url) == ["https://shop.test/c/tok%2Fen"])
  }

  @Test func somebodyElsesConfirmationIsInvalid() async throws {
    let caller = ScriptedCaller { _ in json(#"{"email": "mallory@example.com"}"#) }
    let verdict = try await Harness(confirmation, http: caller).verdict(on: "emma@example.com", proof: "t")
    #expect(verdict.story == ["confirmation invalid namesAnotherKey"])
  }

  @Test func anUnknownConfirmationIsInvalid() async throws {
    let caller = ScriptedCaller { _ in json("", status: 404) }
    let verdict = try await Harness(confirmation, http: caller).verdict(on: "emma@example.com", proof: "t")
    #expect(verdict.story == ["confirmation invalid recordNotFound"])
  }

  @Test func withoutAProofNobodyIsAsked() async throws {
    let caller = ScriptedCaller { _ in json(#"{"email": "emma@example.com"}"#) }
    let verdict = try await Harness(confirmation, http: caller).verdict(on: "emma@example.com")
    #expect(verdict.story == ["confirmation indeterminate noProof"])
    #expect(!verdict.retryable)
    #expect(caller.requests.isEmpty)
  }

  /// A token good for one time may be used up by a call whose answer is lost.
  @Test(arguments: [200, 404, 500]) func aConfirmationIsAskedAboutOnce(_ status: Int) async throws {
    let caller = ScriptedCaller { _ in json(#"{"email": "emma@example.com"}"#, status: status) }
    let harness = try Harness(confirmation, http: caller)
    #expect(await harness.verdict(on: "emma@example.com", proof: "t").reuse == .never)
    #expect(await harness.verdict(on: "emma@example.com").reuse == .never)
    #expect(caller.requests.map(\.isRepeatable) == [false])
  }

  @Test(arguments: ["", "a\r\nHost: elsewhere", "a\u{0}b"])
  func aTokenThatCannotBeAskedAboutIsInvalid(_ token: String) async throws {
    let caller = ScriptedCaller { _ in json(#"{"email": "emma@example.com"}"#) }
    let verdict = try await Harness(confirmation, http: caller).verdict(on: "emma@example.com", proof: token)
    #expect(verdict.story == ["confirmation invalid malformedValue"])
    #expect(caller.requests.isEmpty)
  }

  /// What a token is made of cannot change whom the request goes to.
  @Test(arguments: ["..", ".", "%2e%2e", "../../admin", "a/../b", "?email=emma@example.com", "#x"])
  func aTokenStaysInItsPlace(_ token: String) async throws {
    let caller = ScriptedCaller { _ in json("", status: 404) }
    let verdict = try await Harness(confirmation, http: caller).verdict(on: "emma@example.com", proof: token)
    #expect(verdict.finding == .invalid)
    for url in caller.requests.map(url) {
      let token = url.dropFirst("https://shop.test/c/".count)
      #expect(url.hasPrefix("https://shop.test/c/"))
      #expect(!token.contains { "/?#".contains($0) })
    }
  }

  @Test func evidenceHoldsNeitherProofNorServersText() async throws {
    let caller = ScriptedCaller { _ in json(#"{"email": "secret-text"}"#) }
    let verdict = try await Harness(confirmation, http: caller).verdict(on: "emma@example.com", proof: "hush")
    let shown = "\(verdict)"
    #expect(!shown.contains("hush"))
    #expect(!shown.contains("secret-text"))
    #expect(!shown.contains("shop.test"))
  }
}
