public import KeyfoldCore

extension HTTPRequest {
  /// A POST of form fields (`application/x-www-form-urlencoded`).
  public static func form(
    _ url: Secret, fields: [(name: String, value: Secret)], headers: [Header] = []
  ) -> HTTPRequest {
    var body: [UInt8] = []
    for (name, value) in fields {
      if !body.isEmpty { body.append(UInt8(ascii: "&")) }
      body += percentEncoded(Array(name.utf8))
      body.append(UInt8(ascii: "="))
      body += value.withExposedBytes { percentEncoded(Array($0)) }
    }
    let type = Header("Content-Type", Secret("application/x-www-form-urlencoded"))
    return HTTPRequest("POST", url, headers: [type] + headers, body: Secret(bytes: body))
  }
}

extension HTTPRequest.Header {
  /// `Authorization: Basic` (RFC 7617).
  ///
  /// - Parameters:
  ///   - user: without a colon.
  ///   - password: any text.
  ///   - formEncoded: whether user and password are encoded first, as RFC 6749 wants it of an OAuth client.
  public static func basic(user: Secret, password: Secret, formEncoded: Bool = false) -> Self {
    let parts = [user, password].map { part in
      let bytes = part.withExposedBytes { Array($0) }
      return formEncoded ? percentEncoded(bytes) : bytes
    }
    return Self("Authorization", Secret("Basic " + base64(parts[0] + [UInt8(ascii: ":")] + parts[1])))
  }

  /// `Authorization: Bearer` (RFC 6750).
  public static func bearer(_ token: Secret) -> Self {
    Self("Authorization", Secret(bytes: Array("Bearer ".utf8) + token.withExposedBytes { Array($0) }))
  }
}
