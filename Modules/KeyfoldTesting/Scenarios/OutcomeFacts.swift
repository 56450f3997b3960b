import KeyfoldCore

/// Everything an outcome says, and why, as the lines of a scenario.
struct OutcomeFacts {
  let outcome: Outcome
  /// What the capture presented.
  let presented: TID?
  /// What stopped profiles from joining.
  let obstacles: [Obstacle]
  let effects: [Effect]
  /// Keys a validator was asked about and did not answer in time.
  let unanswered: Set<Key>

  var lines: [Fact] {
    var lines = [headline]
    if outcome.decision != .merged, !outcome.merged.isEmpty { lines.append(merged) }
    if outcome.decision != .switched, let tid = outcome.switchedFrom { lines.append("switched from \(tid)") }
    let assumed = outcome.unknownTid ? nil : presented
    if outcome.touchpointTid != assumed ?? outcome.tid {
      lines.append("touchpoint holds \(outcome.touchpointTid)")
    }
    if outcome.unknownTid { lines.append("unknown tid") }
    if let handoff = outcome.handoff { lines.append("handoff \(handoff.rawValue)") }
    if outcome.replayed { lines.append("replayed") }
    lines += apart
    lines += outcome.keys.map(keyLine)
    return lines + Fact.released(by: effects)
  }

  private var headline: Fact {
    let new = outcome.created ? "new " : ""
    switch outcome.decision {
    case .created: return outcome.created ? "created \(outcome.tid)" : "created old \(outcome.tid)"
    case .merged: return merged
    case .switched:
      guard let left = outcome.switchedFrom else { return "switched from nobody to \(outcome.tid)" }
      return "switched from \(left) to \(new)\(outcome.tid)"
    case .associated: return "associated with \(new)\(outcome.tid)"
    case .recognized: return "recognized \(new)\(outcome.tid)"
    }
  }

  private var merged: Fact { "merged \(Fact.list(outcome.merged.map { "\($0)" })) into \(outcome.tid)" }

  /// Each reason once: several keys may lead to the same profile.
  private var apart: [Fact] {
    var seen: Set<Obstacle.Cause> = []
    return obstacles.filter { seen.insert($0.cause).inserted }.map { obstacle in
      "\(obstacle.profile) stays apart: \(words(obstacle.cause))"
    }
  }

  private func words(_ cause: Obstacle.Cause) -> Fact {
    switch cause {
    case .separated(let a, let b): "\(min(a, b)) and \(max(a, b)) separated"
    case .profileLimit: "profile limit"
    case .conflict(let attribute): "different \(attribute)"
    case .sharedTouchpoint: "shared touchpoint"
    case .settled: "settled already"
    }
  }

  private func keyLine(_ key: Outcome.KeyResult) -> Fact {
    var line = "\(key.attribute)=\(written(key.value)) \(key.result.rawValue)"
    let expectsVerified = key.result == .associated || key.result == .recognized
    if expectsVerified && !key.verified { line += " unverified" }
    if let reason = key.reason { line += ": \(reason.rawValue)" }
    if !expectsVerified && key.verified { line += ", still verified" }
    for evidence in key.evidence {
      line += ", \(evidence.validator) says \(evidence.finding.rawValue)"
      if evidence.code != "scripted" { line += " (\(evidence.code))" }
    }
    if unanswered.contains(where: { $0.attribute == key.attribute && $0.value == key.value }) {
      line += ", no answer in time"
    }
    if queued.contains(where: { $0.attribute == key.attribute && $0.value == key.value }) {
      line += ", pending"
    }
    return "\(line)"
  }

  private var queued: [Key] {
    effects.compactMap { if case .pendingQueued(let entry) = $0 { entry.key } else { nil } }
  }
}
