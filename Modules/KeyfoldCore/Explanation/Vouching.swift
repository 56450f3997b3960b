extension Space {
  /// Who vouched for a key of a capture, or why nobody did; nil for what nobody was asked about.
  package func vouching(for result: Outcome.KeyResult, at touchpoint: String?) -> Sentence? {
    if result.reason == .malformed || result.reason == .blocked { return nil }
    let known = result.verified && result.result == .recognized
    return vouching(for: result.attribute, at: touchpoint, evidence: result.evidence, known: known)
  }

  /// Who vouched for a key of this attribute, or why nobody did.
  ///
  /// Trust in touchpoints is told by the rules of this space, which may not be those of the capture's time.
  ///
  /// - Parameters:
  ///   - touchpoint: where it was captured; nil where no touchpoint had part in it.
  ///   - known: whether the customer had it before, so that no validator had to be asked.
  package func vouching(
    for name: String, at touchpoint: String?, evidence: [Evidence], known: Bool
  ) -> Sentence? {
    guard let strength = strength(of: name) else { return nil }
    let attribute = attributes[strength]
    if attribute.trustsSource {
      guard let touchpoint else { return nil }
      return attribute.linksFrom?.contains(touchpoint) ?? true
        ? "\(quoted: touchpoint) is trusted for \(quoted: name)"
        : "\(quoted: touchpoint) is not trusted to say whose \(quoted: name) it is"
    }
    guard let last = evidence.last else {
      return known ? "no validator had to be asked" : "no validator answered"
    }
    let checks = Sentence.list(evidence.map(\.words))
    if last.finding != .valid { return checks }
    if evidence.contains(where: { $0.assurance == .possession }) {
      return "\(checks), which proves that it is theirs"
    }
    guard let touchpoint, attribute.linksFrom?.contains(touchpoint) ?? false else {
      return "\(checks), which proves only that it exists, not whose it is"
    }
    return "\(checks), and \(quoted: touchpoint) is trusted to say whose it is"
  }
}

extension Space {
  /// Whether a key of a capture could link, by the rules of this space.
  func vouches(for result: Outcome.KeyResult, at touchpoint: String?) -> Bool {
    guard let strength = strength(of: result.attribute), let touchpoint else { return false }
    let linksFrom = attributes[strength].linksFrom?.contains(touchpoint)
    if attributes[strength].trustsSource { return linksFrom ?? true }
    guard !result.evidence.isEmpty, result.evidence.allSatisfy({ $0.finding == .valid }) else { return false }
    return linksFrom ?? false || result.evidence.contains { $0.assurance == .possession }
  }
}

extension Evidence {
  /// What one check found.
  package var words: Sentence {
    let status: Sentence = status.map { ", status \($0)" } ?? ""
    let cached: Sentence = cached ? ", asked a little earlier" : ""
    let found: Sentence =
      switch finding {
      case .valid: "found it valid"
      case .invalid: "says it is wrong"
      case .indeterminate: "could not tell"
      }
    let check: Sentence = sameBytes(check, validator) ? "" : " \(quoted: check)"
    return "\(quoted: validator)\(check) \(found) (\(quoted: code)\(status)\(cached))"
  }
}
