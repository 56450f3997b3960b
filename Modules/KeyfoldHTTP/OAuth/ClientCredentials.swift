import KeyfoldCore

/// How a client of ours gets a token for itself (RFC 6749, section 4.4).
struct ClientCredentials: Sendable {
  /// How the client says who it is.
  enum Authentication: String, CaseIterable {
    case basic
    case post
  }

  private let url: Secret
  private let id: Secret
  private let secret: Secret
  private let scope: Secret?
  private let authentication: Authentication

  /// Lifetime of a token whose server does not say, in seconds.
  private static let lifetimeDefault = 300.0
  /// A token is asked for again after that time at the latest.
  private static let lifetimeMax = 86_400.0

  /// Reads the map `oauth2`; nil where there is none.
  init?(_ settings: SettingReader) throws(SettingError) {
    guard
      let map = try settings.map("oauth2", known: ["tokenUrl", "clientId", "clientSecret", "scope", "auth"])
    else { return nil }
    let template = try URLTemplate(
      try map.requiredText("tokenUrl"), setting: "oauth2.tokenUrl", variables: [])
    guard let url = template.filled([:]) else {
      throw SettingError(setting: "oauth2.tokenUrl", message: "is not an address such as https://host/path")
    }
    self.url = url
    id = Secret(try map.requiredText("clientId"))
    secret = Secret(try map.requiredText("clientSecret"))
    scope = try map.secret("scope")
    authentication = try map.word("auth") ?? .basic
  }

  var request: HTTPRequest {
    var fields: [(name: String, value: Secret)] = [("grant_type", Secret("client_credentials"))]
    if let scope { fields.append(("scope", scope)) }
    var headers = [HTTPRequest.Header("Accept", Secret("application/json"))]
    switch authentication {
    case .basic: headers.append(.basic(user: id, password: secret, formEncoded: true))
    case .post: fields += [("client_id", id), ("client_secret", secret)]
    }
    return .form(url, fields: fields, headers: headers)
  }

  /// The token in an answer, and for how long it may be used; nil where there is none that could be.
  ///
  /// A tenth of its lifetime, and at most half a minute, is left for what is on its way when it ends.
  func token(in response: HTTPResponse) -> (value: Secret, lifetime: Duration)? {
    guard response.status == 200 else { return nil }
    let answer: JSONValue
    do throws(JSONError) { answer = try JSONValue(parsing: response.body[...]) } catch { return nil }
    guard let token = answer["access_token"]?.string, !token.isEmpty,
      token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
      (answer["token_type"]?.string ?? "bearer").lowercased() == "bearer"
    else { return nil }
    let told: Double? =
      switch answer["expires_in"] {
      case .number(let text), .string(let text): Double(text)
      default: nil
      }
    let known = told.flatMap { $0.isNaN ? nil : $0 } ?? ClientCredentials.lifetimeDefault
    let milliseconds = Int(min(max(known, 0), ClientCredentials.lifetimeMax) * 1000)
    return (Secret(token), .milliseconds(milliseconds - min(milliseconds / 10, 30_000)))
  }
}
