import KeyfoldCore

/// What the bearer of a token may do.
enum Scope: String, CaseIterable {
  /// Capture and validate, at the touchpoints of the token.
  case capture
  /// Capture, and hear nothing back but what the touchpoint is to store: for tokens that browsers and apps
  /// see.
  case browser
  /// Look up profiles and follow the journal.
  case read
  /// Read the counters.
  case metrics
  /// Erase customers for good.
  case erase
}

/// A bearer token, known by its digest alone.
struct Token: Sendable {
  /// Who it was given to, for the log.
  let name: String
  let scopes: Set<Scope>
  /// The touchpoints it may speak for.
  let touchpoints: TouchpointSet
  fileprivate let digest: [UInt8]
  fileprivate let limiter: RateLimiter

  /// The touchpoint of a capture that names none.
  var onlyTouchpoint: String? {
    touchpoints.names.count == 1 && touchpoints.names[0] != "*" ? touchpoints.names[0] : nil
  }
}

/// The tokens that are known.
struct TokenList: Sendable {
  private let tokens: [Token]

  /// Reads a file of tokens:
  ///
  /// ```json
  /// {"tokens": [{"name": "web", "sha256": "<64 digits>", "scopes": ["capture"], "touchpoints": ["web"]}]}
  /// ```
  ///
  /// - Parameter rate: requests a second of a token that does not say its own `rate`.
  init(_ text: [UInt8], rate: Int) throws {
    let json: JSONValue
    do throws(JSONError) { json = try JSONValue(parsing: text[...]) } catch {
      throw problem("\(error.message) (byte \(error.offset + 1))")
    }
    guard let list = json["tokens"]?.array else { throw problem("'tokens' is a list") }
    tokens = try list.map { try Token($0, rate: rate) }
    for (index, token) in tokens.enumerated() {
      if tokens[..<index].contains(where: { $0.digest == token.digest }) {
        throw problem("the token of '\(token.name)' is there twice")
      }
    }
  }

  /// The token in an `Authorization` field.
  ///
  /// Compares digests, all of them and each to its end, so that the time it takes tells nothing of them.
  func token(in field: String?) -> Token? {
    guard let field, field.utf8.count > 7, field.prefix(7).lowercased() == "bearer " else { return nil }
    var hash = SHA256()
    hash.update(Array(field.utf8.dropFirst(7)))
    guard let digest = bytesFromHex(hash.hexDigest()) else { return nil }
    var found: Token?
    for token in tokens where equalInConstantTime(token.digest, digest) { found = token }
    return found
  }
}

extension Token {
  fileprivate init(_ json: JSONValue, rate: Int) throws {
    guard case .object(let members) = json, let name = json["name"]?.string else {
      throw problem("a token is an object with a 'name'")
    }
    let known = ["name", "sha256", "scopes", "touchpoints", "rate"]
    if let member = members.first(where: { !known.contains($0.name) }) {
      throw problem("'\(name)': a token has no '\(visible(member.name))'")
    }
    self.name = name
    guard let hex = json["sha256"]?.string, hex.utf8.count == 64, let bytes = bytesFromHex(hex) else {
      throw problem("'\(name)': 'sha256' is the 64 digits that printf %s TOKEN | sha256sum prints")
    }
    digest = bytes
    let words = (json["scopes"]?.array ?? []).map { $0.string.flatMap(Scope.init) }
    guard !words.isEmpty, !words.contains(nil) else {
      let known = Scope.allCases.map(\.rawValue).joined(separator: ", ")
      throw problem("'\(name)': 'scopes' is a list of \(known)")
    }
    scopes = Set(words.compactMap { $0 })
    if scopes.contains(.browser), scopes.count > 1 {
      throw problem("'\(name)': what a browser sees must have no scope but 'browser'")
    }
    let places = (json["touchpoints"]?.array ?? []).map(\.string)
    guard !places.contains(nil), scopes.isDisjoint(with: [.capture, .browser]) || !places.isEmpty else {
      throw problem("'\(name)': 'touchpoints' is a list of those that it may speak for, [\"*\"] for all")
    }
    touchpoints = TouchpointSet(places.compactMap { $0 })
    let own = json["rate"] == nil ? Int64(rate) : json["rate"]?.integer ?? 0
    guard own > 0 else { throw problem("'\(name)': 'rate' is a number of requests a second above 0") }
    limiter = RateLimiter(perSecond: Int(own))
  }

  /// How many seconds the bearer must wait before the next request; nil where it may make one now.
  func secondsToWait() -> Int? { limiter.secondsToWait() }
}

private func problem(_ message: String) -> Failure {
  Failure(.configuration, "the file of tokens cannot be used: \(message)")
}
