import KeyfoldCore
import KeyfoldHTTP

/// `mode: userinfo`: the issuer says whose an access token is (OpenID Connect Core, section 5.3).
///
/// It says so of a token issued to anybody, which is why `anyAudience: true` must be written out.
struct UserInfoCheck: ProofCheck {
  private let url: Secret
  private let rules: ClaimRules
  private let caller: any HTTPCaller

  init(_ settings: SettingReader, attribute: KeyAttribute, caller: any HTTPCaller) throws(SettingError) {
    rules = try ClaimRules(settings, attribute: attribute, mode: .userinfo)
    url = try settings.address("url")
    self.caller = caller
    if try settings.carriesCredentials {
      throw SettingError(
        setting: "mode", message: "userinfo sends the proof as the one credential of its requests")
    }
  }

  func accept(_ proof: Proof, for key: Key, at now: Timestamp) async throws(Refusal) -> Acceptance {
    guard proof.isVisible else { throw .invalid(.malformedProof) }
    let accept = HTTPRequest.Header("Accept", Secret("application/json"))
    let response = try await caller.answer(to: HTTPRequest("GET", url, headers: [accept, .bearer(proof)]))
    switch response.status {
    case 200: break
    case 401: throw .invalid(.inactive, status: 401)
    default: throw .unclear(.unexpectedStatus, status: response.status)
    }
    do throws(Refusal) {
      var acceptance = try rules.accept(try response.claims(), for: key, at: now)
      acceptance.status = response.status
      return acceptance
    } catch {
      throw error.with(status: response.status)
    }
  }
}
