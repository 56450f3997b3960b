public import KeyfoldCore

/// Vouches for a key when all of its validators do: `AllOf(CardFormat(), CardRegister())`.
///
/// They are asked in order, up to the first that does not find the key valid; its finding is the whole one's. A
/// valid verdict proves possession if one of them proved it. Evidence is that of all who were asked.
public struct AllOf: KeyValidator {
  private let validators: [any KeyValidator]

  /// - Parameter validators: in the order they are asked; of none, every key is indeterminate.
  public init(_ validators: any KeyValidator...) { self.init(validators) }

  /// - Parameter validators: in the order they are asked; of none, every key is indeterminate.
  public init(_ validators: [any KeyValidator]) { self.validators = validators }

  /// Possession where one of them can prove it.
  public var assurance: Assurance { validators.greatestAssurance }

  /// Asks them in order.
  public func validate(_ key: Key, proof: Proof?, context: ValidationContext) async -> Verdict {
    guard !validators.isEmpty else { return .nobodyToAsk }
    var whole = Verdict(finding: .valid, assurance: .existence, evidence: [])
    for validator in validators {
      let verdict = await validator.cappedVerdict(on: key, proof: proof, context: context)
      whole.take(verdict)
      if verdict.assurance == .possession { whole.assurance = .possession }
      guard verdict.finding == .valid else {
        whole.finding = verdict.finding
        whole.assurance = verdict.assurance
        whole.retryable = verdict.retryable
        return whole
      }
    }
    return whole
  }
}

extension [any KeyValidator] {
  /// What a verdict to which each of them may contribute proves at most.
  var greatestAssurance: Assurance {
    contains { $0.assurance == .possession } ? .possession : .existence
  }
}

extension KeyValidator {
  /// Its verdict, which proves no more than it says it can prove at all.
  func cappedVerdict(on key: Key, proof: Proof?, context: ValidationContext) async -> Verdict {
    var verdict = await validate(key, proof: proof, context: context)
    if assurance == .existence { verdict.assurance = .existence }
    return verdict
  }
}

extension Verdict {
  /// Nobody to ask is nobody who vouches.
  static var nobodyToAsk: Verdict {
    Verdict(finding: .indeterminate, assurance: .existence, evidence: [], retryable: false)
  }

  /// Makes the evidence of a part this one's too, which then is good for no longer than the part is.
  mutating func take(_ part: Verdict) {
    evidence += part.evidence
    switch (reuse, part.reuse) {
    case (.never, _), (_, .never): reuse = .never
    case (.until(let one), .until(let other)): reuse = .until(min(one, other))
    case (.asConfigured, let other): reuse = other
    case (.until, .asConfigured): break
    }
  }
}
