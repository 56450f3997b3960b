import KeyfoldCore
import KeyfoldHTTP

/// `mode: introspection`: the issuer says what a token is worth (RFC 7662).
struct IntrospectionCheck: ProofCheck {
  private enum ClientAuthentication: String, CaseIterable {
    case basic
    case post
  }

  private let url: Secret
  private let rules: ClaimRules
  private let caller: any HTTPCaller
  private let headers: [HTTPRequest.Header]
  private let fields: [(name: String, value: Secret)]

  init(_ settings: SettingReader, attribute: KeyAttribute, caller: any HTTPCaller) throws(SettingError) {
    rules = try ClaimRules(settings, attribute: attribute, mode: .introspection)
    url = try settings.address("url")
    self.caller = caller
    let accept = HTTPRequest.Header("Accept", Secret("application/json"))
    guard let client = try IntrospectionCheck.client(settings) else {
      headers = [accept]
      fields = []
      return
    }
    switch try settings.word("clientAuth", ClientAuthentication.self) ?? .basic {
    case .basic:
      headers = [accept, .basic(user: client.id, password: client.secret, formEncoded: true)]
      fields = []
    case .post:
      headers = [accept]
      fields = [("client_id", client.id), ("client_secret", client.secret)]
    }
  }

  func accept(_ proof: Proof, for key: Key, at now: Timestamp) async throws(Refusal) -> Acceptance {
    guard proof.isVisible else { throw .invalid(.malformedProof) }
    let request = HTTPRequest.form(url, fields: [("token", proof)] + fields, headers: headers)
    let response = try await caller.answer(to: request)
    guard response.status == 200 else {
      let isOurs = response.status == 401 || response.status == 403
      throw .unclear(isOurs ? .credentialsRefused : .unexpectedStatus, status: response.status)
    }
    do throws(Refusal) {
      let claims = try response.claims()
      guard let isActive = claims["active"]?.bool else { throw .unclear(.unreadableBody) }
      guard isActive else { throw .invalid(.inactive) }
      var acceptance = try rules.accept(claims, for: key, at: now)
      acceptance.status = response.status
      return acceptance
    } catch {
      throw error.with(status: response.status)
    }
  }

  /// Our own credentials; nil where every request carries others.
  private static func client(_ settings: SettingReader) throws(SettingError) -> (id: Secret, secret: Secret)?
  {
    let carriesOthers = try settings.carriesCredentials
    if carriesOthers && !settings.has("clientId") && !settings.has("clientSecret") { return nil }
    let client = (try settings.requiredText("clientId"), try settings.requiredText("clientSecret"))
    guard !carriesOthers else {
      throw SettingError(
        setting: "clientId", message: "stands beside other credentials; a request carries one")
    }
    return (Secret(client.0), Secret(client.1))
  }
}
