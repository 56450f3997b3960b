public import KeyfoldCore

/// Asks a server about the record that a key names, and judges the answer.
///
/// Reads the settings `url`, `method`, `body`, `basicAuth`, `expect`, `found` and `notFound`; header fields
/// and everything about the call itself are the caller's (`CallPolicy`).
public struct RecordCheck: Sendable {
  private enum Method: String, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
  }

  private let method: Method
  private let url: URLTemplate
  private let body: BodyTemplate?
  private let headers: [HTTPRequest.Header]
  private let rules: RecordRules

  /// Variables that stand in the request: `value` for the key, `token` for the proof.
  public var variables: Set<String> { url.variables.union(body?.variables ?? []) }

  /// Whether the answer must name the very key that is asked about.
  public var expectsKey: Bool { rules.expectations.contains { $0.namesKey } }

  /// - Parameters:
  ///   - settings: those of a validator in a space file.
  ///   - attribute: normalises what the server says, so that it can be compared with a key.
  ///   - variables: what may stand in braces in `url` and `body`.
  ///   - notFound: the statuses that mean "no record" where the settings name none.
  /// - Throws: `SettingError` naming the setting that cannot be used.
  public init(
    _ settings: SettingReader, attribute: KeyAttribute, variables: [String] = ["value"],
    notFound: [Int] = [404, 410]
  ) throws(SettingError) {
    url = try URLTemplate(try settings.requiredText("url"), variables: variables)
    try url.refusePlain(settings)
    method = try settings.word("method") ?? .get
    body = try settings.text("body").map { text throws(SettingError) in
      try BodyTemplate(text, variables: variables)
    }
    headers = try RecordCheck.headers(settings, hasBody: body != nil)
    rules = try RecordRules(settings, attribute: attribute, notFound: notFound)
    if body != nil && method != .post {
      throw SettingError(setting: "body", message: "is sent with method: POST only")
    }
    if method == .head && !rules.expectations.isEmpty {
      throw SettingError(setting: "expect", message: "has nothing to look at after method: HEAD")
    }
    try refuseQueries(settings)
  }

  /// Encoding a value for its place does not keep it from ending a text of a query language there.
  private func refuseQueries(_ settings: SettingReader) throws(SettingError) {
    if let setting = try settings.quoting("token") {
      throw SettingError(
        setting: setting,
        message:
          "has '{token}' in quotation marks of a query, with which a proof could ask about something else")
    }
    // What another query than this one finds does not name the key.
    if !expectsKey, let setting = try settings.quoting("value") {
      throw SettingError(
        setting: setting,
        message: """
          has '{value}' in quotation marks of a query, which a value could end; let 'expect' ask for '{value}' \
          where the answer names the key
          """)
    }
  }

  /// What the server says of a key now.
  ///
  /// - Parameters:
  ///   - key: what stands for `{value}`.
  ///   - proof: what stands for `{token}`.
  ///   - headers: beside those of the settings.
  ///   - caller: sends the request.
  public func answer(
    about key: Key, proof: Proof? = nil, headers: [HTTPRequest.Header] = [], through caller: any HTTPCaller
  ) async -> RecordAnswer {
    var values = ["value": Secret(key.value)]
    values["token"] = proof
    guard let address = url.filled(values) else { return .malformed }
    var request = HTTPRequest(method.rawValue, address, headers: self.headers + headers)
    if let body {
      guard let content = body.filled(values) else { return .malformed }
      request.body = content
    }
    do throws(CallFailure) {
      return rules.judge(try await caller.send(request), of: key, mayBeEmpty: method == .head)
    } catch {
      return RecordAnswer(error)
    }
  }

  /// What goes with every request, unless the setting `headers` says otherwise.
  private static func headers(
    _ settings: SettingReader, hasBody: Bool
  ) throws(SettingError) -> [HTTPRequest.Header] {
    let own = try settings.pairs("headers").map { $0.name.lowercased() }
    var headers: [HTTPRequest.Header] = []
    if let credentials = try basicAuth(settings) {
      if own.contains("authorization") || settings.has("oauth2") {
        throw SettingError(
          setting: "basicAuth", message: "stands beside other credentials; a request carries one")
      }
      headers.append(credentials)
    }
    if !own.contains("accept") { headers.append(.init("Accept", Secret("application/json"))) }
    if hasBody && !own.contains("content-type") {
      headers.append(.init("Content-Type", Secret("application/json")))
    }
    return headers
  }

  private static func basicAuth(_ settings: SettingReader) throws(SettingError) -> HTTPRequest.Header? {
    guard let map = try settings.map("basicAuth", known: ["user", "password"]) else { return nil }
    let user = try map.requiredText("user")
    if user.utf8.contains(UInt8(ascii: ":")) {
      throw SettingError(setting: "basicAuth.user", message: "must not hold a ':', which ends it on the wire")
    }
    return .basic(user: Secret(user), password: Secret(try map.requiredText("password")))
  }
}
