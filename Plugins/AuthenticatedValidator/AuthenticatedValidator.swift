public import KeyfoldCore
public import KeyfoldHTTP
public import KeyfoldValidation

/// Checks the proof a capture carries for a key: an access or ID token, or a session of one's own.
///
/// A good proof that names the key proves possession: whoever is at the touchpoint is who the key stands for.
public struct AuthenticatedValidator: KeyValidator {
  /// What a good proof proves.
  public var assurance: Assurance { .possession }

  /// Longest proof that is looked at, in bytes.
  static let proofBytesMax = 16 << 10

  private let mode: Mode
  private let check: any ProofCheck

  /// - Parameters:
  ///   - settings: `mode` and those of the mode in the space file.
  ///   - attribute: the key attribute that is vouched for.
  ///   - caller: makes the calls.
  /// - Throws: `SettingError` naming the setting that cannot be used.
  public init(
    settings: SettingReader, attribute: KeyAttribute, caller: any HTTPCaller
  ) throws(SettingError) {
    mode = try Mode(settings)
    if try settings.word("assurance", Assurance.self) == .existence {
      throw SettingError(setting: "assurance", message: "is possession: that is what a proof is for")
    }
    check =
      switch mode {
      case .introspection: try IntrospectionCheck(settings, attribute: attribute, caller: caller)
      case .userinfo: try UserInfoCheck(settings, attribute: attribute, caller: caller)
      case .jwt: try TokenCheck(settings, attribute: attribute, caller: caller)
      case .url: try SessionCheck(settings, attribute: attribute, caller: caller)
      }
  }

  /// Checks the proof. One that is good and names the key is valid; one that is not good, or names another,
  /// is invalid; without one, and where nobody can tell, it is indeterminate.
  public func validate(_ key: Key, proof: Proof?, context: ValidationContext) async -> Verdict {
    let check = Check(
      mode.rawValue, of: "authenticated", version: "1", assurance: .possession, context: context)
    do throws(Refusal) {
      let acceptance = try await accept(proof, for: key, at: context.now)
      let evidence = check.ended(.valid, code: acceptance.code, status: acceptance.status)
      return verdict(evidence, reuse: acceptance.expires.map { .until($0) } ?? .asConfigured)
    } catch {
      return verdict(check.ended(error.finding, code: error.code, status: error.status))
    }
  }

  private func accept(
    _ proof: Proof?, for key: Key, at now: Timestamp
  ) async throws(Refusal) -> Acceptance {
    guard let proof, proof.count > 0 else { throw .unclear(.noProof) }
    guard proof.count <= AuthenticatedValidator.proofBytesMax else { throw .invalid(.malformedProof) }
    return try await check.accept(proof, for: key, at: now)
  }

  /// A proof is not kept, so that nothing becomes of asking again later.
  private func verdict(_ evidence: Evidence, reuse: Verdict.Reuse = .asConfigured) -> Verdict {
    Verdict(
      finding: evidence.finding, assurance: .possession, evidence: [evidence], retryable: false, reuse: reuse)
  }
}
