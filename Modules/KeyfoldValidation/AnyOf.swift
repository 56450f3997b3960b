public import KeyfoldCore

/// Vouches for a key when one of its validators does: `AnyOf(OurRegister(), PartnersRegister())`.
///
/// They are asked in order, up to the first that finds the key valid; those that prove possession are best asked
/// first. The key is invalid only if all of them say so; as long as one cannot tell, it is indeterminate.
/// Evidence is that of all who were asked.
public struct AnyOf: KeyValidator {
  private let validators: [any KeyValidator]

  /// - Parameter validators: in the order they are asked; of none, every key is indeterminate.
  public init(_ validators: any KeyValidator...) { self.init(validators) }

  /// - Parameter validators: in the order they are asked; of none, every key is indeterminate.
  public init(_ validators: [any KeyValidator]) { self.validators = validators }

  /// Possession where one of them can prove it; a verdict says which of them vouched.
  public var assurance: Assurance { validators.greatestAssurance }

  /// Asks them in order.
  public func validate(_ key: Key, proof: Proof?, context: ValidationContext) async -> Verdict {
    guard !validators.isEmpty else { return .nobodyToAsk }
    var whole = Verdict(finding: .invalid, assurance: .existence, evidence: [], retryable: false)
    var mayProveMore = false
    for validator in validators {
      let verdict = await validator.cappedVerdict(on: key, proof: proof, context: context)
      whole.take(verdict)
      switch verdict.finding {
      case .valid:
        whole.finding = .valid
        whole.assurance = verdict.assurance
        // One who cannot tell now could prove more the next time.
        if mayProveMore && verdict.assurance == .existence { whole.reuse = .never }
        return whole
      case .invalid: break
      case .indeterminate:
        whole.finding = .indeterminate
        whole.retryable = whole.retryable || verdict.retryable
        mayProveMore = mayProveMore || verdict.retryable && validator.assurance == .possession
      }
    }
    return whole
  }
}
