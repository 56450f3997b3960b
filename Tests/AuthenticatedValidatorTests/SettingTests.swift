import AuthenticatedValidator
import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import Testing

/// What is refused at start, before it could let anybody in.
@Suite struct SettingTests {
  private static let introspection: Settings = [
    "mode": "introspection", "url": "https://idp.example/introspect", "clientId": "a", "clientSecret": "b",
    "issuer": "https://idp.example", "audience": "keyfold",
  ]
  private static let jwt: Settings = [
    "mode": "jwt", "jwks": "https://idp.example/jwks", "issuer": "https://idp.example", "audience": "keyfold",
  ]
  private static let userinfo: Settings = [
    "mode": "userinfo", "url": "https://idp.example/userinfo", "anyAudience": "true",
  ]
  private static let session: Settings = [
    "mode": "url", "url": "https://shop.example/session", "expect": ["/member": "{value}"],
  ]
  private static let all = [introspection, jwt, userinfo, session]

  private func complaint(_ settings: Settings...) -> String {
    #expect(throws: SettingError.self) { try validator(settings, answering("")) }?.description ?? ""
  }

  @Test func whatTheFileNamesIsAccepted() throws {
    for settings in SettingTests.all {
      #expect(try validator([settings, ["assurance": "possession"]], answering("")).assurance == .possession)
    }
  }

  @Test func aModeMustBeNamed() {
    #expect(
      complaint(["url": "https://idp.example"])
        == "'mode' is missing; it is one of introspection, userinfo, jwt, url")
    #expect(complaint(["mode": "oidc"]) == "'mode' is one of introspection, userinfo, jwt, url, not 'oidc'")
  }

  /// What looks like a condition must be one.
  @Test(arguments: [
    ("userinfo", "audience"), ("userinfo", "scopes"), ("userinfo", "maxAgeSeconds"), ("userinfo", "acr"),
    ("userinfo", "clientId"), ("userinfo", "jwks"), ("userinfo", "expect"), ("jwt", "url"),
    ("jwt", "clientId"),
    ("jwt", "clientSecret"), ("jwt", "expect"), ("introspection", "jwks"), ("introspection", "expect"),
    ("introspection", "found"), ("url", "claim"), ("url", "issuer"), ("url", "audience"),
    ("url", "anyAudience"),
    ("url", "scopes"), ("url", "acr"), ("url", "maxAgeSeconds"), ("url", "leewaySeconds"),
    ("url", "clientAuth"),
  ])
  func aSettingThatSaysNothingInItsModeIsRefused(_ mode: String, _ name: String) throws {
    let settings = try #require(
      SettingTests.all.first { $0.contains { $0.0 == "mode" && "\($0.1)" == "text(\"\(mode)\")" } })
    #expect(complaint(settings, [name: "1"] as Settings) == "'\(name)' says nothing with 'mode: \(mode)'")
  }

  @Test func issuerAndAudienceMustBeNamed() {
    for settings in [SettingTests.introspection, SettingTests.jwt] {
      #expect(complaint(settings, ["issuer": ""]) == "'issuer' is missing")
      #expect(complaint(settings, ["audience": ""]) == "'audience' is missing (or 'anyAudience: true')")
      #expect(
        complaint(settings, ["audience": "", "anyAudience": "false"])
          == "'audience' is missing (or 'anyAudience: true')")
      #expect(complaint(settings, ["anyAudience": "true"]).contains("contradict each other"))
      #expect(complaint(settings, ["audience": []]) == "'audience' is empty")
      #expect(complaint(settings, ["audience": ["keyfold", ""]]) == "'audience' is empty")
    }
    #expect(complaint(SettingTests.userinfo, ["anyAudience": ""]).hasPrefix("'anyAudience' must be true"))
    #expect(
      complaint(SettingTests.userinfo, ["anyAudience": "false"]).hasPrefix("'anyAudience' must be true"))
  }

  @Test func addressesAndCredentialsMustBeThere() {
    #expect(complaint(SettingTests.introspection, ["url": ""]) == "'url' is missing")
    #expect(complaint(SettingTests.jwt, ["jwks": ""]) == "'jwks' is missing")
    #expect(complaint(SettingTests.userinfo, ["url": ""]) == "'url' is missing")
    #expect(complaint(SettingTests.session, ["url": ""]) == "'url' is missing")
    #expect(complaint(SettingTests.jwt, ["jwks": "ftp://idp.example/jwks"]).contains("https://"))
    #expect(complaint(SettingTests.introspection, ["url": "https://idp.example/{value}"]).hasPrefix("'url'"))
    #expect(complaint(SettingTests.introspection, ["clientId": ""]) == "'clientId' is missing")
    #expect(complaint(SettingTests.introspection, ["clientSecret": ""]) == "'clientSecret' is missing")
    #expect(
      complaint(SettingTests.introspection, ["clientId": "", "clientSecret": ""]) == "'clientId' is missing")
    #expect(
      complaint(SettingTests.introspection, ["clientAuth": "jwt"])
        == "'clientAuth' is one of basic, post, not 'jwt'")
  }

  /// A request carries one credential.
  @Test func credentialsThatContradictAreRefused() {
    for other: Settings in [
      ["headers": ["authorization": "x"]], ["oauth2": ["tokenUrl": "https://idp.example"]],
    ] {
      #expect(complaint(SettingTests.introspection, other).contains("beside other credentials"))
      #expect(complaint(SettingTests.userinfo, other).contains("one credential"))
      #expect(complaint(SettingTests.session, other).contains("beside other credentials"))
    }
    let basic: Settings = ["basicAuth": ["user": "a", "password": "b"]]
    #expect(complaint(SettingTests.session, basic).contains("beside other credentials"))
  }

  @Test func credentialsOfOurOwnMayStandBesideAProofInTheAddress() throws {
    let settings: Settings = [
      "url": "https://shop.example/{token}", "basicAuth": ["user": "a", "password": "b"],
    ]
    #expect(throws: Never.self) { try validator([SettingTests.session, settings], answering("")) }
  }

  /// A session that is good for somebody would be good for everybody.
  @Test func aSessionServiceMustNameTheKey() {
    let message = "must ask for '{value}' at some place"
    #expect(complaint(["mode": "url", "url": "https://shop.example/session"]).contains(message))
    #expect(
      complaint(["mode": "url", "url": "https://shop.example/{token}", "expect": ["/a": "b"]]).contains(
        message))
  }

  @Test func othersAreNamed() {
    #expect(complaint(SettingTests.jwt, ["assurance": "existence"]).contains("is possession"))
    #expect(
      complaint(SettingTests.jwt, ["leewaySeconds": "601"]).hasPrefix("'leewaySeconds' takes a whole number"))
    #expect(
      complaint(SettingTests.jwt, ["leewaySeconds": "-1"]).hasPrefix("'leewaySeconds' takes a whole number"))
    #expect(
      complaint(SettingTests.jwt, ["maxAgeSeconds": "0"]).hasPrefix("'maxAgeSeconds' takes a whole number"))
    #expect(complaint(SettingTests.jwt, ["scopes": []]) == "'scopes' is empty")
    #expect(complaint(SettingTests.jwt, ["acr": []]) == "'acr' is empty")
    #expect(complaint(SettingTests.jwt, ["anyAudience": "yes"]).contains("is true or false"))
  }
}
