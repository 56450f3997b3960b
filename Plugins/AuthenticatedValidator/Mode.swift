import KeyfoldCore

/// How a proof is checked: the setting `mode`, and the name of the check in evidence.
enum Mode: String, Sendable, CaseIterable {
  case introspection
  case userinfo
  case jwt
  case url

  /// - Throws: `SettingError` for no mode, or a setting that says nothing in it: what looks like a condition
  ///   must be one.
  init(_ settings: SettingReader) throws(SettingError) {
    guard let mode = try settings.word("mode", Mode.self) else {
      let known = Mode.allCases.map(\.rawValue).joined(separator: ", ")
      throw SettingError(setting: "mode", message: "is missing; it is one of \(known)")
    }
    for name in Mode.allCases.flatMap(\.settings) where settings.has(name) && !mode.settings.contains(name) {
      throw SettingError(setting: name, message: "says nothing with 'mode: \(mode.rawValue)'")
    }
    self = mode
  }

  /// Its own settings, beside those of all call-outs.
  private var settings: [String] {
    let ofTokens = ["claim", "issuer", "anyAudience", "leewaySeconds"]
    let ofClaims = ["audience", "scopes", "maxAgeSeconds", "acr"]
    return switch self {
    case .introspection: ["url", "clientId", "clientSecret", "clientAuth"] + ofTokens + ofClaims
    case .userinfo: ["url"] + ofTokens
    case .jwt: ["jwks"] + ofTokens + ofClaims
    case .url: ["url", "method", "body", "basicAuth", "expect", "found", "notFound"]
    }
  }
}
