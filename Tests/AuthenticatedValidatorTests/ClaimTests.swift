import AuthenticatedValidator
import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import Testing

/// What a token must claim. Told through introspection, where a server's word is all there is; the rules are
/// the same for every mode.
@Suite struct ClaimTests {
  private static let settings: Settings = [
    "mode": "introspection", "url": "https://idp.example/introspect", "clientId": "keyfold",
    "clientSecret": "hush", "issuer": "https://idp.example", "audience": "keyfold",
  ]

  /// A good answer with some claims replaced or (nil) left out.
  private func body(_ changes: [String: String?]) -> String {
    var members: [String: String?] = [
      "active": "true", "iss": #""https://idp.example""#, "aud": #""keyfold""#, "sub": #""alice""#,
      "exp": "\(nowSeconds + 300)",
    ]
    members.merge(changes) { $1 }
    let texts = members.sorted { $0.key < $1.key }.compactMap { name, value in
      value.map { "\"\(name)\":\($0)" }
    }
    return "{\(texts.joined(separator: ","))}"
  }

  private func found(
    _ changes: [String: String?], _ settings: Settings = [:], key: String = "alice",
    normalize: [Normalizer] = [.trim, .nfc]
  ) async throws -> Found {
    let validator = try validator(
      [ClaimTests.settings, settings], normalize: normalize, answering(body(changes)))
    return await validator.finding(on: key, "token")
  }

  // MARK: Holder

  @Test(arguments: [
    ("alice", #""alice""#, true), ("alice", #""Alice""#, false), ("alice", #"" alice ""#, true),
    ("alice", #""bob""#, false), ("alice", #""alice2""#, false), ("alice", #"["alice"]"#, false),
    ("alice", #"{"alice":1}"#, false), ("alice", #""""#, false), ("42", "42", true), ("42", "42.0", false),
    ("42", #""42""#, true), ("42", "4.2e1", false), ("true", "true", false), ("-7", "-7", true),
    ("9007199254740993", "9007199254740992", false), ("9007199254740993", "9007199254740993", true),
    ("\u{E9}", #""e\u0301""#, true), ("K", #""\u212A""#, true), ("a", #""\u0430""#, false),
  ])
  func theClaimMustBeTheKey(_ key: String, _ value: String, _ isSame: Bool) async throws {
    let expected = isSame ? Found.valid : .invalid(.namesAnotherKey)
    #expect(try await found(["sub": value], key: key) == expected)
  }

  /// Bytes count after normalising: what NFC makes equal is equal, and nothing else.
  @Test func claimsAreComparedByBytes() async throws {
    #expect(try await found(["sub": #""e\u0301""#], key: "e\u{301}", normalize: []) == .valid)
    #expect(
      try await found(["sub": #""\u00e9""#], key: "e\u{301}", normalize: []) == .invalid(.namesAnotherKey))
    #expect(try await found(["sub": #""ALICE""#], key: "alice", normalize: [.lowercase]) == .valid)
  }

  @Test(arguments: [nil, "null"])
  func aTokenWithoutTheClaimIsNobodys(_ value: String?) async throws {
    #expect(try await found(["sub": value]) == .invalid(.claimMissing))
    #expect(try await found(["username": #""alice""#, "sub": value]) == .invalid(.claimMissing))
  }

  @Test func anotherClaimMayNameTheKey() async throws {
    let settings: Settings = ["claim": "https://acme.example/member"]
    let claims = ["https://acme.example/member": "7", "sub": #""x""#]
    #expect(try await found(claims, settings, key: "7") == .valid)
    #expect(try await found(claims, settings, key: "x") == .invalid(.namesAnotherKey))
  }

  /// Two claims of that name are one too many, whichever would be read.
  @Test func aClaimThatStandsTwiceIsUnreadable() async throws {
    let caller = answering(body([:]).dropLast() + #","sub":"mallory"}"#)
    let validator = try validator([ClaimTests.settings], caller)
    #expect(await validator.finding("token") == .unclear(.unreadableBody))
    #expect(await validator.finding(on: "mallory", "token") == .unclear(.unreadableBody))
  }

  /// Whoever registers may give any address.
  @Test(arguments: [
    ("email", "email_verified", "true", true), ("email", "email_verified", #""true""#, true),
    ("email", "email_verified", "false", false), ("email", "email_verified", #""false""#, false),
    ("email", "email_verified", "1", false), ("email", "email_verified", #""1""#, false),
    ("email", "email_verified", #""True""#, false), ("email", "email_verified", "null", false),
    ("email", "email_verified", #"["true"]"#, false), ("email", "phone_number_verified", "true", false),
    ("phone_number", "phone_number_verified", "true", true),
    ("phone_number", "phone_number_verified", "false", false),
    ("phone_number", "email_verified", "true", false),
  ])
  func addressesMustBeVerified(_ claim: String, _ beside: String, _ value: String, _ isVerified: Bool)
    async throws
  {
    let expected = isVerified ? Found.valid : .invalid(.unverifiedClaim)
    let settings: Settings = ["claim": .text(claim)]
    #expect(
      try await found([claim: #""a@b.example""#, beside: value], settings, key: "a@b.example") == expected)
    #expect(
      try await found([claim: #""a@b.example""#], settings, key: "a@b.example") == .invalid(.unverifiedClaim))
  }

  // MARK: Origin

  @Test(arguments: [
    (#""https://idp.example""#, true), (nil, true), ("null", true), (#""https://idp.example/""#, false),
    (#""https://evil.example""#, false), (#""HTTPS://idp.example""#, false), (#""""#, false), ("7", false),
    (#"["https://idp.example"]"#, false), (#""https://idp.example https://evil.example""#, false),
  ])
  func theIssuerMustBeTheOneThatIsAsked(_ issuer: String?, _ isRight: Bool) async throws {
    #expect(try await found(["iss": issuer]) == (isRight ? .valid : .invalid(.otherIssuer)))
  }

  @Test(arguments: [
    (#""keyfold""#, true), (#"["keyfold"]"#, true), (#"["web","keyfold"]"#, true),
    (#""openid keyfold""#, true),
    (#""keyfold openid""#, true), (#""web""#, false), (#"["web"]"#, false), ("[]", false), (nil, false),
    ("null", false), (#""""#, false), (#""keyfold2""#, false), (#""Keyfold""#, false),
    (#""key fold""#, false), (#"["openid keyfold"]"#, false), (#"[["keyfold"]]"#, false),
    (#"{"keyfold":true}"#, false), (#""keyfold,web""#, false), (#"[null,1,"keyfold"]"#, true),
  ])
  func theAudienceMustBeOurs(_ audience: String?, _ isOurs: Bool) async throws {
    #expect(try await found(["aud": audience]) == (isOurs ? .valid : .invalid(.otherAudience)))
    let any: Settings = ["audience": "", "anyAudience": "true"]
    #expect(try await found(["aud": audience], any) == .valid)
  }

  @Test func severalAudiencesMayBeOurs() async throws {
    let settings: Settings = ["audience": ["web", "keyfold"]]
    #expect(try await found([:], settings) == .valid)
    #expect(try await found(["aud": #""web""#], settings) == .valid)
    #expect(try await found(["aud": #""app""#], settings) == .invalid(.otherAudience))
    #expect(try await found(["aud": #""two words""#], ["audience": "two words"]) == .valid)
  }

  /// A token that is only good with its holder's key may have been taken from the holder.
  @Test func boundTokensAreRefused() async throws {
    #expect(try await found(["cnf": #"{"jkt":"x"}"#]) == .invalid(.boundToKey))
    #expect(try await found(["cnf": "null"]) == .valid)
  }

  @Test func messagesBetweenServersAreNoTokens() async throws {
    let events = #"{"http://schemas.openid.net/event/backchannel-logout":{}}"#
    #expect(try await found(["events": events]) == .invalid(.otherTokenType))
  }

  /// A program's own token names the program, which somebody may have called like a customer.
  @Test(arguments: ["client_id", "azp"])
  func aProgramIsNobody(_ claim: String) async throws {
    #expect(try await found([claim: #""alice""#]) == .invalid(.clientToken))
    #expect(try await found([claim: #""web""#]) == .valid)
    #expect(try await found([claim: #""alice""#, "sub": nil]) == .invalid(.claimMissing))
  }

  // MARK: Times

  /// Seconds from now, and whether a token with them is good: 60 seconds of leeway either way.
  @Test(arguments: [
    ("exp", "1", Found.valid), ("exp", "0", .valid), ("exp", "-59", .valid), ("exp", "-59.000001", .valid),
    ("exp", "-60", .invalid(.expired)), ("exp", "-60.5", .invalid(.expired)),
    ("exp", "-86400", .invalid(.expired)),
    ("nbf", "0", .valid), ("nbf", "-1", .valid), ("nbf", "60", .valid),
    ("nbf", "60.000001", .invalid(.notYetValid)),
    ("nbf", "61", .invalid(.notYetValid)), ("iat", "0", .valid), ("iat", "60", .valid),
    ("iat", "61", .invalid(.notYetValid)), ("iat", "-999999999", .valid),
  ])
  func clocksMayDifferByAMinute(_ claim: String, _ offset: String, _ expected: Found) async throws {
    let parts = offset.split(separator: ".").map(String.init)
    let whole = nowSeconds + (try #require(Int64(parts[0])))
    // -60.5 is half a second before -60.
    let time =
      parts.count < 2
      ? "\(whole)"
      : offset.hasPrefix("-")
        ? "\(whole - 1).\(1_000_000 - (try #require(Int(parts[1].padding(6)))))"
        : "\(whole).\(parts[1])"
    #expect(try await found([claim: time]) == expected, "\(time)")
  }

  @Test func theLeewayCanBeSet() async throws {
    let none: Settings = ["leewaySeconds": "0"]
    #expect(try await found(["exp": "\(nowSeconds)"], none) == .invalid(.expired))
    #expect(try await found(["exp": "\(nowSeconds).000001"], none) == .valid)
    #expect(try await found(["nbf": "\(nowSeconds)"], none) == .valid)
    #expect(try await found(["nbf": "\(nowSeconds).000001"], none) == .invalid(.notYetValid))
    #expect(try await found(["exp": "\(nowSeconds - 599)"], ["leewaySeconds": "600"]) == .valid)
  }

  /// canaille sends fractions; others may send worse.
  @Test(arguments: [
    ("1796363409.695619", Found.valid), ("1.796363409695619e9", .valid), ("1e12", .valid), ("1e300", .valid),
    ("999999999999999999999999", .valid), ("1e999999", .valid), ("9223372036854775807", .valid),
    ("9223372036854775808", .valid), ("18446744073709551616", .valid), ("-1", .invalid(.expired)),
    ("-9223372036854775808", .invalid(.expired)), ("-1e300", .invalid(.expired)), ("0", .invalid(.expired)),
    ("-0.0", .invalid(.expired)), ("1e-300", .invalid(.expired)), ("1e99999999999", .invalid(.malformedTime)),
    (#""1796363409""#, .invalid(.malformedTime)), ("true", .invalid(.malformedTime)),
    ("[1796363409]", .invalid(.malformedTime)), (#""2030-01-01T00:00:00Z""#, .invalid(.malformedTime)),
    ("{}", .invalid(.malformedTime)), (#""""#, .invalid(.malformedTime)),
  ])
  func timesAreNumbersOfAnySize(_ expiry: String, _ expected: Found) async throws {
    #expect(try await found(["exp": expiry]) == expected)
  }

  /// In seconds by the standard: a server that sends milliseconds has tokens of the far future, which are not
  /// valid yet where they say since when they are.
  @Test(arguments: ["nbf", "iat"])
  func otherTimesMustBeNumbersToo(_ claim: String) async throws {
    for value in [#""x""#, "true", "[]", #""1""#] {
      #expect(try await found([claim: value]) == .invalid(.malformedTime))
    }
    #expect(try await found([claim: "1e300"]) == .invalid(.notYetValid))
    #expect(try await found([claim: "-1e300"]) == .valid)
    #expect(try await found([claim: "null"]) == .valid)
    #expect(try await found([claim: "\(nowSeconds * 1000)"]) == .invalid(.notYetValid))
  }

  @Test func aVerdictIsNotReusedPastTheTokensExpiry() async throws {
    func reuse(_ expiry: String?) async throws -> Verdict.Reuse {
      let validator = try validator([ClaimTests.settings], answering(body(["exp": expiry])))
      return await validator.verdict("token").reuse
    }
    #expect(
      try await reuse("\(nowSeconds).25") == .until(Timestamp(microseconds: nowSeconds * 1_000_000 + 250_000))
    )
    #expect(
      try await reuse("\(nowSeconds - 30)") == .until(Timestamp(microseconds: (nowSeconds - 30) * 1_000_000)))
    #expect(try await reuse(nil) == .asConfigured)
    #expect(try await reuse("1e300") == .until(Timestamp(microseconds: 253_402_300_799_000_000)))
    #expect(try await reuse("-1") == .asConfigured)
  }

  // MARK: Permission and log-in

  @Test(arguments: [
    (#""openid cdp""#, true), (#""cdp  openid email""#, true), (#"["openid","cdp"]"#, true),
    (#""openid""#, false),
    (#""openid cdp2""#, false), (#""openid,cdp""#, false), (#""OPENID CDP""#, false), ("null", false),
    ("7", false),
    (#"["openid cdp"]"#, false), (#""""#, false),
  ])
  func everyScopeMustBeGranted(_ scope: String, _ isGranted: Bool) async throws {
    let settings: Settings = ["scopes": ["openid", "cdp"]]
    let expected = isGranted ? Found.valid : .invalid(.missingScope)
    #expect(try await found(["scope": scope], settings) == expected)
    // As Entra and Okta call it.
    #expect(try await found(["scp": scope], settings) == expected)
    #expect(try await found([:], settings) == .invalid(.missingScope))
  }

  @Test(arguments: [
    ("-900", Found.valid), ("-959", .valid), ("-960", .invalid(.staleLogin)), ("0", .valid), ("60", .valid),
    ("61", .invalid(.staleLogin)), ("-999999", .invalid(.staleLogin)),
  ])
  func theLoginMustBeFresh(_ offset: String, _ expected: Found) async throws {
    let settings: Settings = ["maxAgeSeconds": "900"]
    let time = nowSeconds + (try #require(Int64(offset)))
    #expect(try await found(["auth_time": "\(time)"], settings) == expected)
    #expect(try await found(["auth_time": "\(time)"]) == .valid)
  }

  @Test func aLoginWithoutATimeIsNotFresh() async throws {
    let settings: Settings = ["maxAgeSeconds": "900"]
    #expect(try await found(["iat": "\(nowSeconds)"], settings) == .invalid(.staleLogin))
    #expect(try await found(["auth_time": "null"], settings) == .invalid(.staleLogin))
    #expect(try await found(["auth_time": #""now""#], settings) == .invalid(.malformedTime))
    #expect(try await found(["auth_time": "1e300"], settings) == .invalid(.staleLogin))
    #expect(try await found(["auth_time": "-1e300"], settings) == .invalid(.staleLogin))
  }

  @Test(arguments: [
    (#""gold""#, true), (#""silver""#, true), (#""bronze""#, false), (nil, false), (#"["gold"]"#, false),
    (#""gold silver""#, false), (#""Gold""#, false),
  ])
  func theLoginMustBeStrong(_ acr: String?, _ isStrong: Bool) async throws {
    let settings: Settings = ["acr": ["gold", "silver"]]
    #expect(try await found(["acr": acr], settings) == (isStrong ? .valid : .invalid(.otherLogin)))
  }
}

extension String {
  /// Zeros up to a length.
  fileprivate func padding(_ count: Int) -> String {
    self + String(repeating: "0", count: count - self.count)
  }
}
