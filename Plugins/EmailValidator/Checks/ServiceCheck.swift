import KeyfoldCore
import KeyfoldHTTP

/// `api` and `confirmation`: a service is asked over HTTP.
///
/// It is asked about the key as it is: what an address is, is the service's to say.
struct ServiceCheck: EmailCheck {
  let name: CheckName
  let assurance: Assurance
  private let record: RecordCheck
  private let caller: any HTTPCaller

  /// A confirmation is good for one time; asking twice could make a good one bad.
  var isOneTime: Bool { name == .confirmation }

  /// - Throws: `SettingError`, also where a service is to prove possession that gets to see no proof, or does not
  ///   say whose it is.
  init(
    _ name: CheckName, _ settings: SettingReader, attribute: KeyAttribute, caller: any HTTPCaller
  ) throws(SettingError) {
    self.name = name
    let declared = try settings.word("assurance", Assurance.self) ?? .existence
    assurance = name == .confirmation ? .possession : declared
    self.caller = caller
    let provesPossession = assurance == .possession
    record = try RecordCheck(
      settings, attribute: attribute, variables: provesPossession ? ["value", "token"] : ["value"])
    guard !provesPossession || record.variables.contains("token") else {
      throw SettingError(
        setting: "url",
        message: "must hold '{token}', or 'body' must: what sees no proof proves no possession")
    }
    // One who confirmed an address of their own must not have confirmed somebody else's.
    guard record.variables.contains("value") || record.expectsKey && provesPossession else {
      throw SettingError(
        setting: "url",
        message: provesPossession
          ? "must hold '{value}', or 'body' must, or 'expect' must ask for '{value}': a proof is of one address"
          : "must hold '{value}', or 'body' must: each address is asked about by itself")
    }
  }

  func ask(_ question: EmailQuestion) async -> CheckAnswer {
    if assurance == .possession && question.proof == nil {
      return CheckAnswer(.indeterminate, .noProof, isRetryable: false)
    }
    let caller: any HTTPCaller = isOneTime ? Once(caller: caller) : caller
    return CheckAnswer(await record.answer(about: question.key, proof: question.proof, through: caller))
  }
}

/// Sends requests that must not reach a server twice.
private struct Once: HTTPCaller {
  let caller: any HTTPCaller

  func send(_ request: HTTPRequest) async throws(CallFailure) -> HTTPResponse {
    var request = request
    request.isRepeatable = false
    return try await caller.send(request)
  }
}

extension CheckAnswer {
  fileprivate init(_ answer: RecordAnswer) {
    switch answer.result {
    case .met: finding = .valid
    case .unmet, .notFound, .malformed: finding = .invalid
    case .unclear: finding = .indeterminate
    }
    code = answer.code
    status = answer.status
  }
}
