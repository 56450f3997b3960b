public import KeyfoldCore
public import KeyfoldHTTP
public import KeyfoldValidation

/// Asks a CRM, or any server with records, whether there is a record that a key names.
///
/// A record proves that the key exists, not who is at the touchpoint: keys of it link only from the
/// touchpoints that the attribute's `linksFrom` names.
public struct CRMValidator: KeyValidator {
  /// What a record proves.
  public var assurance: Assurance { .existence }

  private let record: RecordCheck
  private let caller: any HTTPCaller
  /// Whether a record that is not found may be on its way.
  private let graceNotFound: Bool

  /// - Parameters:
  ///   - settings: `url` with `{value}`, `method`, `body`, `basicAuth`, `expect`, `found`, `notFound` and
  ///     `graceNotFound` of the space file.
  ///   - attribute: the key attribute that is vouched for.
  ///   - caller: makes the calls.
  /// - Throws: `SettingError` naming the setting that cannot be used.
  public init(
    settings: SettingReader, attribute: KeyAttribute, caller: any HTTPCaller
  ) throws(SettingError) {
    record = try RecordCheck(settings, attribute: attribute)
    guard record.variables.contains("value") else {
      throw SettingError(
        setting: "url", message: "must hold '{value}', or 'body' must: each key is asked about by itself")
    }
    if try settings.word("assurance", Assurance.self) == .possession {
      throw SettingError(
        setting: "assurance",
        message: """
          cannot be possession: a record proves that the key exists, not who is at the touchpoint \
          (use: authenticated checks proofs)
          """)
    }
    graceNotFound = try settings.bool("graceNotFound") ?? false
    self.caller = caller
  }

  /// Looks the record up. Found as expected is valid; not found, or found otherwise, is invalid; everything
  /// else is indeterminate.
  public func validate(_ key: Key, proof: Proof?, context: ValidationContext) async -> Verdict {
    let check = Check("record", of: "crm", version: "1", assurance: .existence, context: context)
    let answer = await record.answer(about: key, through: caller)
    let finding = finding(answer.result)
    let evidence = check.ended(finding, code: answer.code, status: answer.status)
    return Verdict(finding: finding, assurance: .existence, evidence: [evidence])
  }

  private func finding(_ result: RecordAnswer.Result) -> Finding {
    switch result {
    case .met: .valid
    case .unmet, .malformed: .invalid
    case .notFound: graceNotFound ? .indeterminate : .invalid
    case .unclear: .indeterminate
    }
  }
}
