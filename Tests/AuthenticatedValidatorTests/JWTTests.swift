import AuthenticatedValidator
import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import Testing

/// An issuer whose tokens are checked by the keys it publishes.
private enum Issuer {
  static let rsa = SigningKey.rsa("r1")
  static let p256 = SigningKey.p256("e1")
  static let p384 = SigningKey.p384("e2")
  static let ed25519 = SigningKey.ed25519("o1")
  static let stranger = SigningKey.rsa("r1")
  static let keys = [rsa, p256, p384, ed25519]

  static var keySet: String { "{\"keys\":[\(keys.map { $0.jwk() }.joined(separator: ","))]}" }

  static let settings: Settings = [
    "mode": "jwt", "jwks": "https://idp.example/jwks", "issuer": "https://idp.example", "audience": "keyfold",
  ]

  static func key(_ algorithm: String) -> SigningKey {
    switch algorithm {
    case "ES256": p256
    case "ES384": p384
    case "EdDSA": ed25519
    default: rsa
    }
  }

  static func claims(_ changes: [String: String?] = [:]) -> String {
    var members: [String: String?] = [
      "iss": "\"https://idp.example\"", "aud": "\"keyfold\"", "sub": "\"alice\"",
      "exp": "\(nowSeconds + 300)",
      "iat": "\(nowSeconds - 10)",
    ]
    members.merge(changes) { $1 }
    let texts = members.sorted { $0.key < $1.key }.compactMap { name, value in
      value.map { "\"\(name)\":\($0)" }
    }
    return "{\(texts.joined(separator: ","))}"
  }

  /// A token of the issuer's.
  static func token(_ changes: [String: String?] = [:], _ algorithm: String = "RS256") -> String {
    let key = key(algorithm)
    return signedToken(
      #"{"alg":"\#(algorithm)","kid":"\#(key.id)"}"#, claims(changes)
    ) { key.signature(of: $0, algorithm) }
  }

  /// A token with a header of its own, signed with the RSA key.
  static func token(header: String) -> String {
    signedToken(header, claims()) { rsa.signature(of: $0, "RS256") }
  }
}

/// Signatures, headers and keys.
@Suite struct JWTTests {
  private func found(
    _ proof: String, _ settings: Settings = [:], keySet: String = Issuer.keySet, key: String = "alice"
  ) async throws -> Found {
    await (try validator([Issuer.settings, settings], answering(keySet))).finding(on: key, proof)
  }

  @Test(arguments: ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"])
  func aGoodTokenProvesItsHoldersKey(_ algorithm: String) async throws {
    let caller = answering(Issuer.keySet)
    let verdict = await (try validator([Issuer.settings], caller)).verdict(Issuer.token([:], algorithm))
    #expect(verdict.finding == .valid && verdict.assurance == .possession)
    #expect(verdict.reuse == .until(Timestamp(microseconds: (nowSeconds + 300) * 1_000_000)))
    let evidence = try #require(verdict.evidence.first)
    #expect(
      [evidence.validator, evidence.version, evidence.check, evidence.code]
        == ["authenticated", "1", "jwt", "proofAccepted"])
    #expect(evidence.assurance == .possession && evidence.at == now && evidence.status == nil)
    #expect(caller.requests.map { text($0.url) } == ["https://idp.example/jwks"])
    #expect(caller.requests.map(\.method) == ["GET"])
  }

  /// Replaying a proof for another key.
  @Test func aGoodTokenProvesNobodyElsesKey() async throws {
    #expect(try await found(Issuer.token(), key: "bob") == .invalid(.namesAnotherKey))
  }

  @Test(arguments: ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"])
  func aChangedTokenIsWrong(_ algorithm: String) async throws {
    var random = SystemRandomNumberGenerator()
    let good = Issuer.token([:], algorithm).split(separator: ".").map(String.init)
    // Another content under the old signature.
    let forged = Issuer.token(["iat": "\(nowSeconds - 11)"], algorithm).split(separator: ".").map(String.init)
    #expect(try await found("\(good[0]).\(forged[1]).\(good[2])") == .invalid(.wrongSignature))
    // Any bit of the signature.
    for _ in 0..<40 {
      var signature = try #require(bytesFromBase64URL(Array(good[2].utf8)))
      signature[Int.random(in: 0..<signature.count, using: &random)] ^=
        1 << UInt8.random(in: 0..<8, using: &random)
      #expect(try await found("\(good[0]).\(good[1]).\(base64URL(signature))") == .invalid(.wrongSignature))
    }
    // Any length but the right one.
    let signature = try #require(bytesFromBase64URL(Array(good[2].utf8)))
    for other in [[0] + signature, signature + [0], Array(signature.dropLast()), [0], signature + signature] {
      #expect(try await found("\(good[0]).\(good[1]).\(base64URL(other))") == .invalid(.wrongSignature))
    }
    #expect(try await found("\(good[0]).\(good[1]).") == .invalid(.malformedProof))
  }

  /// Two zeros are a signature of anything where nobody looks (CVE-2022-21449); so are others out of range.
  @Test(arguments: [("ES256", 32), ("ES384", 48)])
  func ellipticSignaturesOutOfRangeAreWrong(_ algorithm: String, _ bytes: Int) async throws {
    let good = Issuer.token([:], algorithm).split(separator: ".").map(String.init)
    let zero = [UInt8](repeating: 0, count: bytes)
    let one = Array(zero.dropLast()) + [1]
    let most = [UInt8](repeating: 0xFF, count: bytes)
    for signature in [zero + zero, one + zero, zero + one, one + one, most + most] {
      #expect(try await found("\(good[0]).\(good[1]).\(base64URL(signature))") == .invalid(.wrongSignature))
    }
  }

  @Test func aStrangersKeyUnderTheSameNameIsWrong() async throws {
    let forged = signedToken(#"{"alg":"RS256","kid":"r1"}"#, Issuer.claims()) {
      Issuer.stranger.signature(of: $0, "RS256")
    }
    #expect(try await found(forged) == .invalid(.wrongSignature))
  }

  // MARK: Headers

  @Test(arguments: [
    "none", "None", "NONE", "nOnE", "HS256", "HS384", "HS512", "RS1", "ES512", "ES256K", "rs256", "RSA-OAEP",
    "",
  ])
  func otherAlgorithmsAreRefused(_ algorithm: String) async throws {
    let header = #"{"alg":"\#(algorithm)","kid":"r1"}"#
    #expect(try await found(signedToken(header, Issuer.claims()) { _ in [] }) == .invalid(.refusedAlgorithm))
    #expect(try await found(Issuer.token(header: header)) == .invalid(.refusedAlgorithm))
  }

  /// The issuer's public key is known to everybody: as the secret of an HMAC it signs for everybody.
  @Test func thePublicKeyIsNoSharedSecret() async throws {
    let secrets = [Issuer.rsa.jwk(), Issuer.keySet, "keyfold"]
    for secret in secrets {
      for header in [#"{"alg":"HS256","kid":"r1"}"#, #"{"alg":"HS256"}"#] {
        let forged = signedToken(header, Issuer.claims()) { hmacSHA256(key: Secret(secret), message: $0) }
        #expect(try await found(forged) == .invalid(.refusedAlgorithm))
      }
    }
    // A published secret is no key either.
    let secret = base64URL(Array("secret".utf8))
    let set = "{\"keys\":[{\"kty\":\"oct\",\"k\":\"\(secret)\",\"kid\":\"r1\",\"alg\":\"HS256\"}]}"
    let forged = signedToken(#"{"alg":"HS256","kid":"r1"}"#, Issuer.claims()) {
      hmacSHA256(key: Secret("secret"), message: $0)
    }
    #expect(try await found(forged, keySet: set) == .invalid(.refusedAlgorithm))
  }

  @Test(arguments: [
    (#"{"alg":"RS256","kid":"r1","crit":["exp"],"exp":1}"#, AuthenticatedCode.refusedAlgorithm),
    (#"{"alg":"RS256","kid":"r1","crit":[]}"#, .refusedAlgorithm),
    (#"{"alg":"RS256","kid":"r1","crit":null}"#, .refusedAlgorithm),
    (#"{"alg":"RS256","kid":"r1","b64":false,"crit":["b64"]}"#, .refusedAlgorithm),
    (#"{"alg":"RS256","alg":"none","kid":"r1"}"#, .malformedProof),
    (#"{"kid":"r1"}"#, .refusedAlgorithm), (#"{"alg":null,"kid":"r1"}"#, .refusedAlgorithm),
    (#"{"alg":["RS256"],"kid":"r1"}"#, .refusedAlgorithm), (#"["RS256"]"#, .malformedProof),
    (#"{"alg":"RS256","kid":1}"#, .malformedProof), (#"{"alg":"RS256","kid":null}"#, .malformedProof),
    (#"{"alg":"RS256","kid":"r1","typ":"logout+jwt"}"#, .otherTokenType),
    (#"{"alg":"RS256","kid":"r1","typ":"secevent+jwt"}"#, .otherTokenType),
    (#"{"alg":"RS256","kid":"r1","typ":"dpop+jwt"}"#, .otherTokenType),
    (#"{"alg":"RS256","kid":"r1","typ":"JWE"}"#, .otherTokenType),
    (#"{"alg":"RS256","kid":"r1","typ":7}"#, .otherTokenType),
    (#"{"alg":"RS256","kid":"gone"}"#, .unknownKey), (#"{"alg":"RS256","kid":"R1"}"#, .unknownKey),
    (#"{"alg":"RS256","kid":"e1"}"#, .unknownKey), (#"{"alg":"ES256","kid":"r1"}"#, .unknownKey),
    (#"{"alg":"ES256","kid":"e2"}"#, .unknownKey), (#"{"alg":"EdDSA","kid":"r1"}"#, .unknownKey),
    (#"{"alg":"PS256","kid":"r1"}"#, .wrongSignature), (#"{"alg":"RS512","kid":"r1"}"#, .wrongSignature),
  ])
  func headersAreTakenAtTheirWordOrRefused(_ header: String, _ code: AuthenticatedCode) async throws {
    #expect(try await found(Issuer.token(header: header)) == .invalid(code))
  }

  @Test(arguments: [
    #"{"alg":"RS256","kid":"r1","typ":"JWT"}"#, #"{"alg":"RS256","kid":"r1","typ":"jwt"}"#,
    #"{"alg":"RS256","kid":"r1","typ":"at+jwt"}"#, #"{"alg":"RS256","kid":"r1","typ":"application/at+jwt"}"#,
    #"{"alg":"RS256"}"#, #"{ "kid" : "r1" , "alg" : "RS256" , "x" : {} }"#,
  ])
  func otherHeadersAreFine(_ header: String) async throws {
    #expect(try await found(Issuer.token(header: header)) == .valid)
  }

  /// A token must not bring its own key, nor say where to get one.
  @Test func keysInATokenAreNotLookedAt() async throws {
    let caller = answering(Issuer.keySet)
    let validator = try validator([Issuer.settings], caller)
    for header in [
      #"{"alg":"RS256","jwk":\#(Issuer.stranger.jwk())}"#,
      #"{"alg":"RS256","kid":"r1","jwk":\#(Issuer.stranger.jwk())}"#,
      #"{"alg":"RS256","kid":"r1","jku":"https://evil.example/jwks","x5u":"https://evil.example/x5c"}"#,
    ] {
      let forged = signedToken(header, Issuer.claims()) { Issuer.stranger.signature(of: $0, "RS256") }
      #expect(await validator.finding(forged) == .invalid(.wrongSignature))
    }
    #expect(Set(caller.requests.map { text($0.url) }) == ["https://idp.example/jwks"])
  }

  @Test(arguments: [
    "", "x", "a.b", "a.b.c", "a.b.c.d", "..", "a.b.c.d.e", "e30.e30.e30", " ", "eyJhbGciOiJSUzI1NiJ9.e30.!!",
  ])
  func whatIsNoTokenIsMalformed(_ proof: String) async throws {
    let expected: [Found] =
      proof.isEmpty
      ? [.unclear(.noProof)] : [.invalid(.malformedProof), .invalid(.refusedAlgorithm)]
    #expect(expected.contains(try await found(proof)))
  }

  /// One spelling of a token only: no padding, no other alphabet, no white space, no spare bits, no line
  /// ends.
  @Test func base64IsTakenStrictly() async throws {
    let good = Issuer.token()
    #expect(try await found(good) == .valid)
    let parts = good.split(separator: ".").map(String.init)
    for other in [
      good + "=", good + "==", good + "\n", " " + good, good + ".", "." + good, good + "%",
      "\(parts[0])=.\(parts[1]).\(parts[2])", "\(parts[0]).\(parts[1])\r\n.\(parts[2])",
      good.replacing("_", with: "/").replacing("-", with: "+") + "+",
    ] {
      #expect(try await found(other) == .invalid(.malformedProof), "\(other)")
    }
  }

  @Test func longProofsAreNotLookedAt() async throws {
    let claims = ["pad": "\"\(String(repeating: "x", count: 13_000))\""]
    let caller = answering(Issuer.keySet)
    let validator = try validator([Issuer.settings], caller)
    #expect(
      await validator.finding(Issuer.token(["pad": "\"\(String(repeating: "x", count: 11_000))\""])) == .valid
    )
    #expect(await validator.finding(Issuer.token(claims)) == .invalid(.malformedProof))
  }

  @Test func deepAndRepeatedClaimsAreMalformed() async throws {
    func signed(_ payload: String) -> String {
      signedToken(#"{"alg":"RS256","kid":"r1"}"#, payload) { Issuer.rsa.signature(of: $0, "RS256") }
    }
    let claims = Issuer.claims()
    for payload in [
      claims.replacing("\"sub\":", with: "\"sub\":\"mallory\",\"sub\":"),
      claims.replacing("\"sub\":", with: "\"s\\u0075b\":\"mallory\",\"sub\":"),
      "[\(claims)]", "\"\(claims.replacing("\"", with: "'"))\"", claims + claims, "",
      claims.replacing(
        "\"sub\":",
        with: "\"x\":\(String(repeating: "[", count: 100))\(String(repeating: "]", count: 100)),\"sub\":"),
    ] {
      #expect(try await found(signed(payload)) == .invalid(.malformedProof), "\(payload)")
    }
  }

  // MARK: Keys

  private func found(key: SigningKey, jwk: String, _ algorithm: String) async throws -> Found {
    let proof = signedToken(#"{"alg":"\#(algorithm)","kid":"\#(key.id)"}"#, Issuer.claims()) {
      key.signature(of: $0, algorithm)
    }
    return try await found(proof, keySet: "{\"keys\":[\(jwk)]}")
  }

  @Test func keysThatDoNotFitAreNotUsed() async throws {
    let rsa = Issuer.rsa
    for changes in [
      ["use": "enc"], ["use": "SIG"], ["alg": "PS256"], ["alg": "RS512"], ["alg": "none"], ["alg": "HS256"],
      ["kty": "rsa"], ["kty": "EC"], ["n": nil], ["e": nil], ["kid": nil], ["kid": "other"],
      ["e": "AQ"], ["e": "AA"], ["e": "Ag"], ["e": "AQAAAAAAAAAAAQ"], ["n": "AQAB"], ["n": ""],
      ["n": "not base64!"], ["e": "AQAB="],
    ] as [[String: String?]] {
      #expect(
        try await found(key: rsa, jwk: rsa.jwk(changes), "RS256") == .invalid(.unknownKey), "\(changes)")
    }
    let withOperations = rsa.jwk(["use": nil]).dropLast() + ",\"key_ops\":[\"encrypt\"]}"
    #expect(try await found(key: rsa, jwk: String(withOperations), "RS256") == .invalid(.unknownKey))
    let verifying = rsa.jwk(["use": nil]).dropLast() + ",\"key_ops\":[\"verify\"]}"
    #expect(try await found(key: rsa, jwk: String(verifying), "RS256") == .valid)
    #expect(try await found(key: rsa, jwk: rsa.jwk(["use": nil, "alg": "RS256"]), "RS256") == .valid)
    // Some issuers write a zero before the number.
    let modulus = try #require(JSONValue(parsing: rsa.jwk())["n"]?.string)
    let padded = base64URL([0] + (try #require(bytesFromBase64URL(Array(modulus.utf8)))))
    #expect(try await found(key: rsa, jwk: rsa.jwk(["n": padded]), "RS256") == .valid)
  }

  @Test func ellipticKeysMustBeOnTheirCurve() async throws {
    let key = Issuer.p256
    let other = SigningKey.p256("x")
    let x = try #require(JSONValue(parsing: other.jwk())["x"]?.string)
    let zero = base64URL([UInt8](repeating: 0, count: 32))
    for changes in [
      ["x": x], ["x": zero, "y": zero], ["crv": "P-384"], ["crv": "secp256k1"], ["crv": nil], ["x": "AQAB"],
      ["y": nil],
    ] as [[String: String?]] {
      #expect(
        try await found(key: key, jwk: key.jwk(changes), "ES256") == .invalid(.unknownKey), "\(changes)")
    }
    // The same point, cut at another place.
    let own = try JSONValue(parsing: key.jwk())
    let bytes = try ["x", "y"].map { try #require(bytesFromBase64URL(Array((own[$0]?.string ?? "").utf8))) }
    let moved = ["x": base64URL(bytes[0] + bytes[1].prefix(1)), "y": base64URL(Array(bytes[1].dropFirst()))]
    #expect(try await found(key: key, jwk: key.jwk(moved), "ES256") == .invalid(.unknownKey))
    let ed = Issuer.ed25519
    for changes in [["crv": "Ed448"], ["crv": "X25519"], ["x": "AQAB"], ["kty": "EC"]] as [[String: String?]]
    {
      #expect(try await found(key: ed, jwk: ed.jwk(changes), "EdDSA") == .invalid(.unknownKey), "\(changes)")
    }
  }

  @Test func shortKeysAreNotUsed() async throws {
    let short = SigningKey.rsa("short", bits: 1024)
    #expect(try await found(key: short, jwk: short.jwk(), "RS256") == .invalid(.unknownKey))
    let almost = SigningKey.rsa("almost", bits: 2040)
    #expect(try await found(key: almost, jwk: almost.jwk(), "RS256") == .invalid(.unknownKey))
    let long = SigningKey.rsa("long", bits: 3072)
    #expect(try await found(key: long, jwk: long.jwk(), "PS256") == .valid)
  }

  /// Without `kid` every fitting key is tried, those under one name too.
  @Test func severalKeysMayFit() async throws {
    let set = "{\"keys\":[\(Issuer.stranger.jwk()),\(Issuer.p256.jwk()),\(Issuer.rsa.jwk())]}"
    #expect(try await found(Issuer.token(), keySet: set) == .valid)
    #expect(try await found(Issuer.token(header: #"{"alg":"RS256"}"#), keySet: set) == .valid)
  }

  // MARK: Vectors

  private static let joe =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

  /// RFC 7515, appendices A.2 and A.3.
  @Test(arguments: [
    (
      "eyJhbGciOiJSUzI1NiJ9",
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
      #"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#
    ),
    (
      "eyJhbGciOiJFUzI1NiJ9",
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
      #"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#
    ),
  ])
  func theStandardsExamplesAreAccepted(_ header: String, _ signature: String, _ jwk: String) async throws {
    let settings: Settings = ["issuer": "joe", "audience": "", "anyAudience": "true", "claim": "iss"]
    let validator = try validator([Issuer.settings, settings], answering("{\"keys\":[\(jwk)]}"))
    let proof = "\(header).\(JWTTests.joe).\(signature)"
    let expiry: Int64 = 1_300_819_380_000_000
    #expect(await validator.finding(on: "joe", proof, at: Timestamp(microseconds: expiry - 1)) == .valid)
    let late = Timestamp(microseconds: expiry + 60_000_000)
    #expect(await validator.finding(on: "joe", proof, at: late) == .invalid(.expired))
  }
}
