import AuthenticatedValidator
import Keyfold
import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import KeyfoldValidation
import Testing

/// The page's examples against glewlwyd, which writes several audiences into one text, names no issuer when it is
/// asked about a token, and refuses with empty bodies.
@Suite(.enabled(if: Provider.glewlwyd.isThere, Provider.glewlwyd.whyNot))
struct GlewlwydTests {
  private let provider = Provider.glewlwyd
  /// glewlwyd's access tokens are for their scopes.
  private let forScope: KeyValuePairs = ["audience: keyfold": "audience: cdp"]

  /// An access token of alice's, and what she is called in it.
  private func alice() async throws -> (token: String, subject: String) {
    let token = try await provider.accessTokenOfAlice("cdp openid")
    return (token, try #require(provider.claims(token)["sub"]?.string))
  }

  @Test(arguments: [("introspection", "200"), ("jwt", "-")])
  func aTokenProvesItsHoldersKeyOnly(_ mode: String, _ status: String) async throws {
    let (token, subject) = try await alice()
    let validator = try provider.validator(mode, forScope)
    #expect(await validator.story(subject, token) == "valid proofAccepted \(status)")
    #expect(await validator.story("bob", token) == "invalid namesAnotherKey \(status)")
    #expect(await validator.story(subject, nil) == "indeterminate noProof -")
    let elsewhere = try provider.validator(mode)
    #expect(await elsewhere.story(subject, token) == "invalid otherAudience \(status)")
  }

  @Test func userinfoKnowsTheHolder() async throws {
    let (token, subject) = try await alice()
    let validator = try provider.validator("userinfo")
    #expect(await validator.story(subject, token) == "valid proofAccepted 200")
    #expect(await validator.story("bob", token) == "invalid namesAnotherKey 200")
    #expect(await validator.story(subject, "nope") == "invalid inactive 401")
  }

  @Test func aRevokedTokenIsInactive() async throws {
    let (token, subject) = try await alice()
    let validator = try provider.validator("introspection", forScope)
    #expect(await validator.story(subject, token) == "valid proofAccepted 200")
    #expect(try await provider.post("/revoke", ["token": token]).status == 200)
    #expect(await validator.story(subject, token) == "invalid inactive 200")
    #expect(await validator.story(subject, "nope") == "invalid inactive 200")
    // Its signature is as good as before: that is what `mode: jwt` cannot know.
    #expect(await (try provider.validator("jwt", forScope)).story(subject, token) == "valid proofAccepted -")
  }

  @Test func wrongCredentialsOfOurOwnSayNothing() async throws {
    let (token, subject) = try await alice()
    let validator = try provider.validator("introspection", forScope, secret: "wrong")
    #expect(await validator.story(subject, token) == "indeterminate credentialsRefused 401")
  }

  /// Asked about it, glewlwyd says nothing of whose it is; in the token itself it calls the program its subject.
  @Test func aProgramsTokenProvesNobodysKey() async throws {
    let tokens = try await provider.tokens(["grant_type": "client_credentials", "scope": "cdp"])
    let token = try #require(tokens["access_token"]?.string)
    let introspection = try provider.validator("introspection", forScope)
    #expect(await introspection.story("keyfold", token) == "invalid claimMissing 200")
    #expect(
      await (try provider.validator("jwt", forScope)).story("keyfold", token) == "invalid clientToken -")
  }

  /// An ID token is for the client, an access token for the service.
  @Test func anIDTokenIsForItsClient() async throws {
    let tokens = try await provider.tokens([
      "grant_type": "password", "username": "alice", "password": "wonderland-1", "scope": "cdp openid",
    ])
    let token = try #require(tokens["id_token"]?.string)
    let subject = try #require(provider.claims(token)["sub"]?.string)
    #expect(await (try provider.validator("jwt")).story(subject, token) == "valid proofAccepted -")
    #expect(
      await (try provider.validator("jwt", forScope)).story(subject, token) == "invalid otherAudience -")
    // It names an address that nobody verified.
    let email: KeyValuePairs = ["audience: keyfold": "audience: keyfold\n        claim: email"]
    let validator = try provider.validator("jwt", email)
    #expect(await validator.story("alice@example.org", token) == "invalid unverifiedClaim -")
    let fresh: KeyValuePairs = ["audience: keyfold": "audience: keyfold\n        maxAgeSeconds: 3600"]
    #expect(await (try provider.validator("jwt", fresh)).story(subject, token) == "valid proofAccepted -")
  }

  @Test func aChangedTokenIsWrong() async throws {
    let (token, subject) = try await alice()
    let (other, _) = try await alice()
    let parts = token.split(separator: ".")
    let forged = "\(parts[0]).\(parts[1]).\(other.split(separator: ".")[2])"
    #expect(
      await (try provider.validator("jwt", forScope)).story(subject, forged) == "invalid wrongSignature -")
  }

  @Test func scopesAreKnown() async throws {
    let (token, subject) = try await alice()
    for (scope, story) in [("cdp", "valid proofAccepted"), ("admin", "invalid missingScope")] {
      let changes: KeyValuePairs = ["audience: keyfold": "audience: cdp\n        scopes: [\(scope)]"]
      #expect(
        await (try provider.validator("introspection", changes)).story(subject, token) == "\(story) 200")
      #expect(await (try provider.validator("jwt", changes)).story(subject, token) == "\(story) -")
    }
  }
}

/// The page's examples against canaille, whose times have fractions and whose clients do not learn of tokens that were
/// not issued for them.
@Suite(.serialized, .enabled(if: Provider.canaille.isThere, Provider.canaille.whyNot))
struct CanailleTests {
  private let provider = Provider.canaille

  @Test(arguments: [("introspection", "200"), ("jwt", "-"), ("userinfo", "200")])
  func aTokenProvesItsHoldersKeyOnly(_ mode: String, _ status: String) async throws {
    let token = try await provider.accessTokenOfAlice("openid profile email")
    let validator = try provider.validator(mode)
    #expect(await validator.story("alice", token) == "valid proofAccepted \(status)")
    #expect(await validator.story("bob", token) == "invalid namesAnotherKey \(status)")
    #expect(await validator.story("alice", nil) == "indeterminate noProof -")
  }

  /// On the web, without any trust in the touchpoint; and a proof of alice's does not make anybody bob.
  @Test func aProofLinksFromEveryTouchpoint() async throws {
    let token = Proof(try await provider.accessTokenOfAlice("openid"))
    var registry = ValidatorRegistry()
    registry.add(.authenticated)
    var options = IdentityResolver.Options()
    options.use(ManualDeadline())
    options.environment = { $0 == "IDP_SECRET" ? "swordfish-1" : nil }
    let resolver = try await IdentityResolver(
      space: provider.space("introspection"), store: MemoryStore(), validators: registry, options: options)
    let app = try await resolver.capture(
      Capture(touchpoint: "app", keys: ["memberId": "alice"], proofs: ["memberId": token]))
    #expect(app.keys.map(\.verified) == [true])
    let web = try await resolver.capture(
      Capture(touchpoint: "web", keys: ["memberId": "alice"], proofs: ["memberId": token]))
    #expect(web.tid == app.tid)
    let stranger = try await resolver.capture(Capture(touchpoint: "web", keys: ["memberId": "alice"]))
    #expect(stranger.tid != app.tid && stranger.keys.map(\.verified) == [false])
    let replayed = try await resolver.capture(
      Capture(touchpoint: "web", keys: ["memberId": "bob"], proofs: ["memberId": token]))
    #expect(replayed.keys.map(\.reason) == [.invalid])
    try await resolver.close()
  }

  @Test func aTokenForSomebodyElseIsNotTalkedAbout() async throws {
    let token = try await provider.accessTokenOfAlice("openid")
    let other = try provider.validator(
      "introspection", ["clientId: keyfold": "clientId: other"], secret: "swordfish-2")
    #expect(await other.story("alice", token) == "invalid inactive 200")
    let elsewhere = try provider.validator("jwt", ["audience: keyfold": "audience: other"])
    #expect(await elsewhere.story("alice", token) == "invalid otherAudience -")
  }

  @Test func wrongCredentialsOfOurOwnSayNothing() async throws {
    let token = try await provider.accessTokenOfAlice("openid")
    let validator = try provider.validator("introspection", secret: "wrong")
    #expect(await validator.story("alice", token) == "indeterminate credentialsRefused 401")
    #expect(await (try provider.validator("userinfo")).story("alice", "nope") == "invalid inactive 401")
  }

  @Test func aProgramsTokenNamesNobody() async throws {
    let tokens = try await provider.tokens(["grant_type": "client_credentials", "scope": "openid"])
    let token = try #require(tokens["access_token"]?.string)
    #expect(
      await (try provider.validator("introspection")).story("keyfold", token) == "invalid claimMissing 200")
  }

  @Test func aRevokedTokenIsInactive() async throws {
    let token = try await provider.accessTokenOfAlice("openid")
    #expect(try await provider.post("/revoke", ["token": token]).status == 200)
    #expect(await (try provider.validator("introspection")).story("alice", token) == "invalid inactive 200")
  }

  @Test func anIssuerIsOneByItsExactName() async throws {
    let token = try await provider.accessTokenOfAlice("openid")
    for mode in ["introspection", "jwt"] {
      let validator = try provider.validator(
        mode, ["issuer: https://idp.example": "issuer: https://idp.example/"])
      #expect(await validator.story("alice", token).hasPrefix("invalid otherIssuer"))
    }
  }
}
