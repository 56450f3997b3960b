public import KeyfoldCore
import KeyfoldValidation

/// What validators say of one key of a capture.
public struct KeyVerdict: Sendable, Hashable {
  /// The key attribute.
  public let attribute: String
  /// The value, normalised; as sent where it is malformed.
  public let value: String
  /// Why the value is no key at all: `malformed` or `blocked`.
  public let rejected: Outcome.Reason?
  /// What its validators found; nil where nobody is asked, because the touchpoint's word is the proof or the
  /// value is no key.
  public let verdict: Verdict?
  /// Whether such a key may merge or switch from that touchpoint.
  public let links: Bool
}

extension IdentityResolver {
  /// Asks the validators about the keys of a capture, and captures nothing.
  ///
  /// - Returns: One verdict for each key, strongest attribute first; those that are no keys come last.
  /// - Throws: `ResolverError.refused` for a capture that would be refused for its form.
  public func validate(_ capture: Capture) async throws(ResolverError) -> [KeyVerdict] {
    try await validate(capture, onCheck: nil)
  }

  package func validate(_ capture: Capture, onCheck: CheckListener?) async throws(ResolverError)
    -> [KeyVerdict]
  {
    let keys: ScreenedKeys
    do throws(CaptureError) { keys = try screen(capture, now: clock.now()) } catch { throw .refused(error) }
    let asked = keys.accepted.map(\.key).filter { traits[$0.strength] != nil }
    let context = ValidationContext(space: space.name, touchpoint: capture.touchpoint, now: clock.now())
    var known: [Key: Verdict] = [:]
    do throws(ValidatorError) {
      let found = try await verdicts(
        on: asked, proofs: capture.proofs, context: context, onCheck: onCheck)
      for (key, verdict) in zip(asked, found) { known[key] = verdict }
    } catch {
      throw .configuration(error.message)
    }
    if Task.isCancelled { throw .cancelled }
    return keys.accepted.map { accepted(of: $0.key, known[$0.key], capture.touchpoint) }
      + keys.rejected.map {
        KeyVerdict(attribute: $0.attribute, value: $0.value, rejected: $0.reason, verdict: nil, links: false)
      }
  }

  /// Asks the validators about keys, and counts what they say.
  func verdicts(
    on keys: [Key], proofs: [ExactText: Proof], context: ValidationContext, onCheck: CheckListener? = nil
  ) async throws(ValidatorError) -> [Verdict] {
    let verdicts = try await traced(.verify(keys.map(\.attribute))) { () async throws(ValidatorError) in
      try await verification.verdicts(on: keys, proofs: proofs, context: context, onCheck: onCheck)
    }
    for (key, verdict) in zip(keys, verdicts) { meter.count(verdict, on: key) }
    return verdicts
  }

  /// Why a capture would be refused for its form; nil where it would not.
  package func refusal(of capture: Capture) -> CaptureError? {
    do throws(CaptureError) { _ = try screen(capture, now: clock.now()) } catch { return error }
    return nil
  }

  /// The keys of a capture, normalised and screened.
  ///
  /// - Throws: what is wrong with its form, whatever the store holds.
  func screen(_ capture: Capture, now: Timestamp) throws(CaptureError) -> ScreenedKeys {
    try capture.checkLimits()
    if let at = capture.at, at > now.advanced(bySeconds: Limits.futureSeconds) {
      throw CaptureError(
        .malformedTime, field: "at",
        "\(at) is more than \(Limits.futureSeconds / 60) minutes ahead of the clock, \(now)")
    }
    let keys = try space.screen(capture.keys)
    try space.requireAttributes(capture.proofs.keys.sorted().map(\.string), in: "proofs")
    return keys
  }

  private func accepted(of key: Key, _ verdict: Verdict?, _ touchpoint: String) -> KeyVerdict {
    let trusted = space.attributes[key.strength].linksFrom?.contains(touchpoint)
    let links =
      verdict.map { $0.finding == .valid && ($0.assurance == .possession || trusted ?? false) } ?? trusted
      ?? true
    return KeyVerdict(
      attribute: key.attribute, value: key.value, rejected: nil, verdict: verdict, links: links)
  }
}

extension KeyVerdict {
  /// Writes the verdict as one JSON object.
  package func write(into json: inout JSONWriter) {
    json.object { json in
      json.member("attribute", attribute)
      json.member("value", value)
      json.member("verdict", rejected == nil ? verdict?.finding.rawValue : Finding.invalid.rawValue)
      json.member("assurance", verdict?.finding == .valid ? verdict?.assurance.rawValue : nil)
      json.member("reason", rejected?.rawValue)
      json.member("links", links)
      json.name("evidence")
      json.array(verdict?.evidence ?? []) { json, evidence in evidence.write(into: &json) }
    }
  }
}
