public import KeyfoldCore

/// One check of a validator while it is made: takes the time, and becomes evidence when it ends.
public struct Check: Sendable {
  private let validator: String
  private let version: String
  private let name: String
  private let assurance: Assurance
  private let context: ValidationContext
  private let begun = ContinuousClock.now

  /// Begins a check.
  ///
  /// - Parameters:
  ///   - name: which one of the validator's, for example `mx`.
  ///   - validator: the validator's name.
  ///   - version: the validator's version.
  ///   - assurance: what a `valid` of it proves.
  ///   - context: of the question; it has the time.
  public init(
    _ name: String, of validator: String, version: String, assurance: Assurance, context: ValidationContext
  ) {
    self.name = name
    self.validator = validator
    self.version = version
    self.assurance = assurance
    self.context = context
  }

  /// Ends the check.
  ///
  /// - Parameters:
  ///   - finding: what it found.
  ///   - code: a word from the validator's fixed list, never a server's text.
  ///   - status: of the call, if there was one.
  public func ended(_ finding: Finding, code: String, status: Int? = nil) -> Evidence {
    let elapsed = (ContinuousClock.now - begun).components
    let milliseconds = elapsed.seconds * 1000 + elapsed.attoseconds / 1_000_000_000_000_000
    let evidence = Evidence(
      validator: validator, version: version, check: name, finding: finding, assurance: assurance, code: code,
      status: status, latencyMs: Int(milliseconds), at: context.now)
    context.onCheck?(evidence)
    return evidence
  }
}
