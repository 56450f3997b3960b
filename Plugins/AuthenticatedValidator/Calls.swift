import KeyfoldCore
import KeyfoldHTTP

extension SettingReader {
  /// An address that is the same for every key.
  func address(_ name: String) throws(SettingError) -> Secret {
    let template = try URLTemplate(try requiredText(name), setting: name, variables: [])
    guard let address = template.filled([:]) else {
      throw SettingError(setting: name, message: "is no address")
    }
    return address
  }

  /// Whether requests carry credentials that the settings for all call-outs name.
  var carriesCredentials: Bool {
    get throws(SettingError) {
      if has("oauth2") { return true }
      return try pairs("headers").contains { $0.name.lowercased() == "authorization" }
    }
  }
}

extension HTTPCaller {
  /// Sends a request; without an answer nobody can tell anything of a proof.
  func answer(to request: HTTPRequest) async throws(Refusal) -> HTTPResponse {
    do throws(CallFailure) { return try await send(request) } catch { throw .unclear(error) }
  }
}

extension HTTPResponse {
  /// What the answer says of a token.
  func claims() throws(Refusal) -> Claims {
    guard let body = try? JSONValue(parsing: self.body[...]), let claims = Claims(body) else {
      throw .unclear(.unreadableBody, status: status)
    }
    return claims
  }
}

extension Secret {
  /// Whether it consists of visible ASCII characters, as tokens do (RFC 6749, appendix A.12, without the
  /// space).
  var isVisible: Bool { withExposedBytes { bytes in bytes.allSatisfy { (0x21...0x7E).contains($0) } } }
}
