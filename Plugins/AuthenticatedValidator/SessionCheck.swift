import KeyfoldCore
import KeyfoldHTTP

/// `mode: url`: a session service of one's own says whether a proof is good and whose it is.
///
/// The proof stands where the template has `{token}`; without one it is the request's bearer token.
struct SessionCheck: ProofCheck {
  private let record: RecordCheck
  private let caller: any HTTPCaller
  private var isBearer: Bool { !record.variables.contains("token") }

  init(_ settings: SettingReader, attribute: KeyAttribute, caller: any HTTPCaller) throws(SettingError) {
    let texts = [try settings.text("url"), try settings.text("body")]
    let isBearer = !texts.contains { $0?.contains("{token}") ?? false }
    // With the proof as its only credential, 401 speaks of the proof.
    record = try RecordCheck(
      settings, attribute: attribute, variables: ["value", "token"],
      notFound: isBearer ? [401, 404, 410] : [404, 410])
    self.caller = caller
    guard record.variables.contains("value") || record.expectsKey else {
      throw SettingError(
        setting: "expect",
        message:
          "must ask for '{value}' at some place, or 'url' hold it: any session would prove any key otherwise")
    }
    let carriesOthers = try settings.carriesCredentials
    if isBearer && (carriesOthers || settings.has("basicAuth")) {
      throw SettingError(
        setting: "url",
        message:
          "holds no '{token}', so that the proof is the bearer token, which stands beside other credentials")
    }
  }

  func accept(_ proof: Proof, for key: Key, at now: Timestamp) async throws(Refusal) -> Acceptance {
    guard proof.isVisible else { throw .invalid(.malformedProof) }
    let answer = await record.answer(
      about: key, proof: proof, headers: isBearer ? [.bearer(proof)] : [], through: caller)
    switch answer.result {
    case .met: return Acceptance(code: answer.code, status: answer.status)
    case .unmet, .notFound, .malformed:
      throw Refusal(finding: .invalid, code: answer.code, status: answer.status)
    case .unclear: throw Refusal(finding: .indeterminate, code: answer.code, status: answer.status)
    }
  }
}
