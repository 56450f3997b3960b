import KeyfoldCore
import KeyfoldHTTP

/// `mode: jwt`: a signed token, checked here with the issuer's keys.
struct TokenCheck: ProofCheck {
  private let rules: ClaimRules
  private let source: KeySource

  init(_ settings: SettingReader, attribute: KeyAttribute, caller: any HTTPCaller) throws(SettingError) {
    rules = try ClaimRules(settings, attribute: attribute, mode: .jwt)
    source = KeySource(url: try settings.address("jwks"), caller: caller)
  }

  func accept(_ proof: Proof, for key: Key, at now: Timestamp) async throws(Refusal) -> Acceptance {
    let token = try SignedToken(proof)
    // Whoever made the token: with these claims it proves nothing, and the issuer need not be asked for its
    // keys.
    let acceptance = try rules.accept(token.claims, for: key, at: now)
    guard token.isSigned(byOneOf: try await keys(for: token, at: now)) else {
      throw .invalid(.wrongSignature)
    }
    return acceptance
  }

  /// The keys that may have signed a token, fetched anew if none of those known could have.
  private func keys(for token: SignedToken, at now: Timestamp) async throws(Refusal) -> [VerificationKey] {
    let begun = source.begun
    var fetched = try await source.keys(at: now)
    while true {
      let keys = fetched.keys.keys(for: token)
      if !keys.isEmpty { return keys }
      // Asked after the token was shown, the issuer does not know the key.
      if fetched.number > begun { throw .invalid(.unknownKey) }
      guard let newer = try await source.keys(newerThan: fetched.number, at: now) else {
        throw .unclear(.unknownKey)
      }
      fetched = newer
    }
  }
}
