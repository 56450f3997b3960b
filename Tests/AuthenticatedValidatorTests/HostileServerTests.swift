import AuthenticatedValidator
import Foundation
import KeyfoldCore
import KeyfoldHTTP
import Testing

/// The nginx that `Tools/with-servers` starts.
private enum HostileServer {
  static let url = ProcessInfo.processInfo.environment["KEYFOLD_TEST_NGINX_HTTP"]
  static let isThere = url != nil
  static let whyNot: Comment = "KEYFOLD_TEST_NGINX_HTTP is not set: see Tools/with-servers"
}

/// Servers that send what no issuer would, over the client in earnest.
@Suite(.enabled(if: HostileServer.isThere, HostileServer.whyNot))
struct HostileServerTests {
  private let key = SigningKey.p256("k")

  private func validator(_ setting: String, _ path: String, _ settings: Settings) throws
    -> AuthenticatedValidator
  {
    let url = try #require(HostileServer.url) + path
    var policy = CallPolicy()
    // A busy machine must not decide a test; the client would wait for an endless body as long.
    policy.timeout = .seconds(60)
    policy.connectTimeout = .seconds(60)
    let caller = try CallOut(client: HTTPClient(), policy: policy)
    return try AuthenticatedValidatorTests.validator([settings, [setting: .text(url)]], caller)
  }

  private func verdict(onKeysAt path: String) async throws -> String {
    let claims = #"{"iss":"https://idp.example","aud":"keyfold","sub":"alice","exp":9999999999}"#
    let proof = signedToken(#"{"alg":"ES256","kid":"k"}"#, claims) { key.signature(of: $0, "ES256") }
    let settings: Settings = ["mode": "jwt", "issuer": "https://idp.example", "audience": "keyfold"]
    return await (try validator("jwks", path, settings)).finding(proof).description
  }

  /// A key set of a hundred megabytes, or without end, is cut off where the policy says.
  @Test func keysWithoutEndAreCutOff() async throws {
    #expect(try await verdict(onKeysAt: "/endless") == "indeterminate tooLarge")
  }

  @Test func keysElsewhereAreNotFetched() async throws {
    #expect(try await verdict(onKeysAt: "/elsewhere") == "indeterminate unexpectedStatus")
    #expect(try await verdict(onKeysAt: "/body") == "indeterminate unreadableKeys")
    #expect(try await verdict(onKeysAt: "/gone") == "indeterminate unexpectedStatus")
  }

  /// A proof follows no redirect to anywhere.
  @Test(arguments: [
    ("/endless", "indeterminate tooLarge"), ("/elsewhere", "indeterminate unexpectedStatus"),
    ("/body", "indeterminate unreadableBody"),
  ])
  func answersAreTakenNoFurther(_ path: String, _ expected: String) async throws {
    let settings: Settings = ["mode": "userinfo", "anyAudience": "true"]
    #expect(await (try validator("url", path, settings)).finding("token").description == expected)
  }
}
