import AuthenticatedValidator
import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import KeyfoldValidation
import Testing

/// An identity provider that `Tools/with-servers` starts, with the user alice and the client keyfold.
struct Provider: Sendable {
  let variable: String
  /// Where the endpoints are below the issuer.
  let path: String
  let keys: String

  static let glewlwyd = Provider(variable: "KEYFOLD_TEST_GLEWLWYD", path: "/api/oidc", keys: "/api/oidc/jwks")
  static let canaille = Provider(variable: "KEYFOLD_TEST_CANAILLE", path: "/oauth", keys: "/oauth/jwks.json")

  /// Its issuer; nil where it was not started.
  var issuer: String? { ProcessInfo.processInfo.environment[variable] }
  var isThere: Bool { issuer != nil }
  var whyNot: Comment { "\(variable) is not set: see Tools/with-servers" }

  /// What a test says to the provider's own interface.
  func post(
    _ endpoint: String, _ fields: KeyValuePairs<String, String>, by client: String = "keyfold:swordfish-1"
  ) async throws
    -> HTTPResponse
  {
    var policy = CallPolicy()
    policy.timeout = .seconds(60)
    policy.connectTimeout = .seconds(60)
    let caller = try CallOut(client: HTTPClient(), policy: policy)
    let names = client.split(separator: ":").map { Secret(String($0)) }
    return try await caller.send(
      .form(
        Secret(try #require(issuer) + path + endpoint), fields: fields.map { ($0.key, Secret($0.value)) },
        headers: [.basic(user: names[0], password: names[1])]))
  }

  /// What the provider gives out: `access_token`, `id_token`, `refresh_token`.
  ///
  /// canaille fails where it would give out the same token twice within a second.
  func tokens(_ fields: KeyValuePairs<String, String>) async throws -> JSONValue {
    var response = try await post("/token", fields)
    for _ in 0..<100 where response.status == 500 {
      try await Task.sleep(for: .milliseconds(200))
      response = try await post("/token", fields)
    }
    try #require(response.status == 200, "\(String(decoding: response.body, as: UTF8.self))")
    return try JSONValue(parsing: response.body[...])
  }

  func accessTokenOfAlice(_ scope: String) async throws -> String {
    let tokens = try await tokens([
      "grant_type": "password", "username": "alice", "password": "wonderland-1", "scope": scope,
    ])
    return try #require(tokens["access_token"]?.string)
  }

  /// The claims of a signed token, not checked.
  func claims(_ token: String) throws -> JSONValue {
    let parts = token.split(separator: ".")
    return try JSONValue(parsing: (try #require(bytesFromBase64URL(Array(parts[1].utf8))))[...])
  }

  /// The space of an example of the page, with this provider.
  func space(_ mode: String, _ changes: KeyValuePairs<String, String> = [:]) throws -> Space {
    let issuer = try #require(issuer)
    let ours = [
      ("/oauth/jwks", keys), ("https://idp.example/oauth", issuer + path), ("https://idp.example", issuer),
      // A busy machine must not decide a test, and what was found before must not hide what is so now.
      (
        "- use: authenticated",
        "- use: authenticated\n        timeoutMs: 60000\n        connectTimeoutMs: 60000\n        cache: false"
      ),
    ]
    let text = try ours.reduce(Example.text(mode, changes)) { $0.replacing($1.0, with: $1.1) }
    return try Example.space(text)
  }

  func validator(
    _ mode: String, _ changes: KeyValuePairs<String, String> = [:], secret: String = "swordfish-1"
  ) throws -> any KeyValidator {
    var registry = ValidatorRegistry()
    registry.add(.authenticated)
    let prepared = try registry.validators(for: space(mode, changes)) { $0 == "IDP_SECRET" ? secret : nil }
    guard case .ready(let validator)? = prepared[0]?.first else {
      throw ValidatorError(message: "the example lacks something")
    }
    return validator
  }
}

extension KeyValidator {
  /// Finding, code and status of a verdict now.
  func story(_ value: String, _ proof: String?) async -> String {
    let verdict = await validate(
      Key(attribute: "memberId", value: value, strength: 0), proof: proof.map { Secret($0) },
      context: ValidationContext(space: "acme", touchpoint: "web", now: SystemClock().now()))
    let evidence = verdict.evidence[0]
    return "\(verdict.finding) \(evidence.code) \(evidence.status.map(String.init) ?? "-")"
  }
}
