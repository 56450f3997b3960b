public import KeyfoldCore
public import KeyfoldHTTP
public import KeyfoldValidation

/// Vouches for email addresses by the checks that its settings list, in their order.
///
/// The first check that does not find an address valid decides. All of them prove that an address exists, and so
/// does a valid verdict, unless a check was among them that proves whose it is (`confirmation`, and `api` with
/// `assurance: possession`).
public struct EmailValidator: KeyValidator {
  /// Stands in evidence.
  static let name = "email"
  static let version = "1"

  /// Possession where one of the checks proves it.
  public let assurance: Assurance
  private let checks: [any EmailCheck]
  private let isInternational: Bool

  /// - Parameters:
  ///   - settings: those of the validator `email` in a space file.
  ///   - attribute: the key attribute that is vouched for.
  ///   - client: makes the calls.
  /// - Throws: `SettingError` naming the setting that cannot be used.
  public init(
    settings: SettingReader, attribute: KeyAttribute, client: HTTPClient
  ) throws(SettingError) {
    try self.init(settings: settings, attribute: attribute, calls: EmailCalls(client: client))
  }

  init(settings: SettingReader, attribute: KeyAttribute, calls: EmailCalls) throws(SettingError) {
    let settings = try EmailSettings(settings, attribute: attribute, calls: calls)
    checks = try settings.checks()
    isInternational = settings.isInternational
    assurance = checks.contains { $0.assurance == .possession } ? .possession : .existence
  }

  /// Makes the checks, stopping at the first that does not find the address valid.
  public func validate(_ key: Key, proof: Proof?, context: ValidationContext) async -> Verdict {
    let question = EmailQuestion(key, isInternational: isInternational, proof: proof)
    var verdict = Verdict(finding: .valid, assurance: .existence, evidence: [])
    for check in checks {
      let timing = Check(
        check.name.rawValue, of: EmailValidator.name, version: EmailValidator.version,
        assurance: check.assurance, context: context)
      let answer = await check.ask(question)
      verdict.evidence.append(timing.ended(answer.finding, code: answer.code, status: answer.status))
      if check.isOneTime { verdict.reuse = .never }
      guard answer.finding == .valid else {
        verdict.finding = answer.finding
        verdict.retryable = answer.isRetryable
        return verdict
      }
      if check.assurance == .possession { verdict.assurance = .possession }
    }
    return verdict
  }
}
