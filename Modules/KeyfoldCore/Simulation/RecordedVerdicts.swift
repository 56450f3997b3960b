/// The verdicts of a journalled capture, as validators under other rules would have given them.
///
/// What a validator found is taken to be what it would find under its new settings; nothing is asked.
struct RecordedVerdicts {
  private let record: CaptureRecord
  /// The space the capture was made in, as far as anybody knows: its normalising tells which result belongs
  /// to which value.
  private let present: Space
  /// Names that space files can use for validators; one that is not among them was registered by a host, in
  /// place of whatever the file says.
  private let kinds: Set<ExactText>
  /// Places in the request of the keys that were queued.
  private let queued: Set<Int>
  /// Whether every key was its customer's already, so that no validator was asked.
  private let wasRepetition: Bool

  init(_ record: CaptureRecord, effects: [Effect], present: Space, kinds: Set<ExactText>) {
    self.record = record
    self.present = present
    self.kinds = kinds
    var queued: Set<Int> = []
    for case .pendingQueued(let entry) in effects { queued.insert(entry.id.ordinal) }
    self.queued = queued
    wasRepetition = record.outcome.keys.allSatisfy {
      $0.result == .rejected && $0.reason != .invalid
        || $0.verified && $0.result == .recognized && $0.evidence.isEmpty
    }
  }

  /// The verdict on a key; nil where it was never asked for.
  ///
  /// - Parameters:
  ///   - value: as it was sent.
  ///   - ordinal: its place in the request.
  func verdict(on key: Key, sentAs value: String, ordinal: Int, by attribute: KeyAttribute) -> Verdict? {
    guard let result = result(of: key, sentAs: value) else { return nil }
    if result.evidence.isEmpty {
      // Whoever was asked and did not answer in time left no evidence.
      guard !wasRepetition, let strength = present.strength(of: key.attribute),
        !present.attributes[strength].validators.isEmpty
      else { return nil }
      return indeterminate([], ordinal: ordinal)
    }
    guard let evidence = evidence(of: attribute.validators, among: result.evidence) else { return nil }
    let isInvalid = result.result == .rejected && result.reason == .invalid
    switch isInvalid ? .invalid : evidence.last?.finding ?? .indeterminate {
    case .indeterminate: return indeterminate(evidence, ordinal: ordinal)
    case let finding:
      let proves = evidence.contains { $0.finding == .valid && $0.assurance == .possession }
      return Verdict(
        finding: finding, assurance: finding == .valid && proves ? .possession : .existence,
        evidence: evidence)
    }
  }

  private func indeterminate(_ evidence: [Evidence], ordinal: Int) -> Verdict {
    Verdict(
      finding: .indeterminate, assurance: .existence, evidence: evidence, retryable: queued.contains(ordinal))
  }

  private func result(of key: Key, sentAs value: String) -> Outcome.KeyResult? {
    let normalized = present.strength(of: key.attribute).flatMap { present.attributes[$0].normalized(value) }
    return record.outcome.keys.first { result in
      sameBytes(result.attribute, key.attribute) && sameBytes(result.value, normalized ?? value)
    }
  }

  /// The recorded checks that these validators would make; nil where one of them was never asked.
  private func evidence(of validators: [ValidatorReference], among recorded: [Evidence]) -> [Evidence]? {
    guard recorded.allSatisfy({ kinds.contains(ExactText($0.validator)) }) else { return recorded }
    var found: [Evidence] = []
    for validator in validators {
      let own = recorded.filter { sameBytes($0.validator, validator.use) }
      // A validator that makes several checks, one after the other, says which.
      let checks = validator.settings["checks"]?.list?.compactMap(\.text)
      if own.isEmpty { return nil }
      for check in checks ?? [] {
        guard let made = own.first(where: { sameBytes($0.check, check) }) else { return nil }
        found.append(made)
        if made.finding != .valid { return found }
      }
      if checks == nil {
        found += own
        if own.last?.finding != .valid { return found }
      }
    }
    return found
  }
}
