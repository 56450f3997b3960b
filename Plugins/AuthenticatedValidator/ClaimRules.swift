import KeyfoldCore
import KeyfoldHTTP

/// What a token must claim to prove that a key is its holder's.
struct ClaimRules: Sendable {
  private let attribute: KeyAttribute
  private let claim: String
  private let issuer: String?
  /// One of them; nil for any.
  private let audiences: [String]?
  private let scopes: [String]
  private let acr: [String]?
  private let maxAge: Int64?
  /// Seconds that clocks may differ.
  private let leeway: Int64
  /// Whether the token itself must say who issued it and until when it is good, because no server says so.
  private let isSelfContained: Bool

  /// Reads `claim`, `issuer`, `audience`, `anyAudience`, `scopes`, `acr`, `maxAgeSeconds`, `leewaySeconds`.
  init(_ settings: SettingReader, attribute: KeyAttribute, mode: Mode) throws(SettingError) {
    self.attribute = attribute
    isSelfContained = mode == .jwt
    claim = settings.has("claim") ? try settings.requiredText("claim") : "sub"
    issuer = mode == .userinfo && !settings.has("issuer") ? nil : try settings.requiredText("issuer")
    audiences = try ClaimRules.someTexts("audience", settings)
    scopes = try ClaimRules.someTexts("scopes", settings) ?? []
    acr = try ClaimRules.someTexts("acr", settings)
    maxAge = try settings.integer("maxAgeSeconds", in: 1...315_360_000).map { Int64($0) }
    leeway = Int64(try settings.integer("leewaySeconds", in: 0...600) ?? 60)
    try ClaimRules.checkAudience(settings, mode)
  }

  /// A token that was issued to another service proves nothing here, unless the file says that it does.
  private static func checkAudience(_ settings: SettingReader, _ mode: Mode) throws(SettingError) {
    let takesAny = try settings.bool("anyAudience") ?? false
    switch (takesAny, settings.has("audience")) {
    case (true, false), (false, true): return
    case (true, true):
      throw SettingError(setting: "audience", message: "and 'anyAudience: true' contradict each other")
    case (false, false) where mode == .userinfo:
      throw SettingError(
        setting: "anyAudience",
        message: "must be true: userinfo does not say to which service a token was issued")
    case (false, false):
      throw SettingError(setting: "audience", message: "is missing (or 'anyAudience: true')")
    }
  }

  private static func someTexts(
    _ name: String, _ settings: SettingReader
  ) throws(SettingError) -> [String]? {
    guard let texts = try settings.texts(name) else { return nil }
    guard !texts.isEmpty, !texts.contains(where: \.isEmpty) else {
      throw SettingError(setting: name, message: "is empty")
    }
    return texts
  }

  /// Accepts claims as those of a key's holder, or throws the first reason not to.
  func accept(_ claims: Claims, for key: Key, at now: Timestamp) throws(Refusal) -> Acceptance {
    try checkOrigin(claims)
    let expires = try checkTimes(claims, now)
    try checkPermission(claims)
    try checkLogin(claims, now)
    try checkHolder(claims, key)
    return Acceptance(expires: expires)
  }

  private func checkOrigin(_ claims: Claims) throws(Refusal) {
    if let issuer {
      // An endpoint of the issuer's own answers for its issuer where it names none.
      let named = claims["iss"]
      guard named != nil || !isSelfContained else { throw .invalid(.otherIssuer) }
      if let named, !(named.string.map { sameBytes($0, issuer) } ?? false) { throw .invalid(.otherIssuer) }
    }
    if let audiences, !audiences.contains(where: claims.isFor) { throw .invalid(.otherAudience) }
    // What was shown to us could have been taken from its holder.
    if claims["cnf"] != nil { throw .invalid(.boundToKey) }
    // Messages between servers (log-out, RFC 8417) are signed alike and name the same user.
    if claims["events"] != nil { throw .invalid(.otherTokenType) }
    // Whoever may name a program could name it like a customer (RFC 9068, section 5).
    if let subject = claims["sub"], subject == claims["client_id"] || subject == claims["azp"] {
      throw .invalid(.clientToken)
    }
  }

  /// - Returns: When the token runs out.
  private func checkTimes(_ claims: Claims, _ now: Timestamp) throws(Refusal) -> Timestamp? {
    let expires = try claims.time("exp")
    if let expires {
      guard now < expires.advanced(bySeconds: leeway) else { throw .invalid(.expired) }
    } else if isSelfContained {
      throw .invalid(.expired)
    }
    for name in ["nbf", "iat"] {
      if let begins = try claims.time(name), now < begins.advanced(bySeconds: -leeway) {
        throw .invalid(.notYetValid)
      }
    }
    return expires
  }

  private func checkPermission(_ claims: Claims) throws(Refusal) {
    let granted = claims.words("scope") ?? claims.words("scp") ?? []
    for scope in scopes where !granted.contains(where: { sameBytes($0, scope) }) {
      throw .invalid(.missingScope)
    }
  }

  private func checkLogin(_ claims: Claims, _ now: Timestamp) throws(Refusal) {
    if let maxAge {
      guard let login = try claims.time("auth_time"), now < login.advanced(bySeconds: maxAge + leeway),
        login.advanced(bySeconds: -leeway) <= now
      else { throw .invalid(.staleLogin) }
    }
    if let acr {
      guard let named = claims["acr"]?.string, acr.contains(where: { sameBytes($0, named) }) else {
        throw .invalid(.otherLogin)
      }
    }
  }

  private func checkHolder(_ claims: Claims, _ key: Key) throws(Refusal) {
    guard let value = claims[claim] else { throw .invalid(.claimMissing) }
    guard let identifier = value.identifier, attribute.names(key, by: identifier) else {
      throw .invalid(.namesAnotherKey)
    }
    // Anybody can give somebody else's address when they register.
    guard let proof = ClaimRules.verifications[ExactText(claim)] else { return }
    // A boolean by OpenID Connect Core 5.1; Apple and Cognito send a text.
    guard let isVerified = claims[proof], isVerified.bool == true || isVerified.string == "true" else {
      throw .invalid(.unverifiedClaim)
    }
  }

  /// Claims that are worth nothing without another one.
  private static let verifications: [ExactText: String] = [
    "email": "email_verified", "phone_number": "phone_number_verified",
  ]
}
