import KeyfoldCore

/// An outcome as a person would like to read it: what happened, to whom, and why.
struct OutcomeText {
  let outcome: Outcome
  let obstacles: [Obstacle]
  let output: Output
  let dryRun: Bool

  var text: String {
    var lines = [headline]
    lines.append(row("customer", outcome.tid.description + (outcome.created ? "  (new)" : "")))
    lines.append(row("touchpoint", "keeps \(outcome.touchpointTid)"))
    if let left = outcome.switchedFrom { lines.append(row("left", "\(left), unchanged")) }
    for tid in outcome.merged { lines.append(row("merged", "\(tid) now belongs to the customer above")) }
    if outcome.unknownTid {
      lines.append(row("note", "the TID presented identifies nobody here; it was not taken up"))
    }
    if let handoff = outcome.handoff {
      lines.append(row("handoff", handoff.words.map { "ignored: \($0)" } ?? "used"))
    }
    lines += outcome.keys.map(keyLine)
    return lines.joined(separator: "\n")
  }

  private var headline: String {
    let words =
      switch outcome.decision {
      case .switched: "another customer is at this touchpoint now"
      case .merged: "profiles turned out to be one customer"
      case .created: "a new customer"
      case .associated: "the customer got a key"
      case .recognized: "nothing new about this customer"
      }
    let title = Style.bold(outcome.decision.rawValue, output)
    let mode = dryRun ? Style.yellow(" (dry run: nothing was stored)", output) : ""
    let again = outcome.replayed ? Style.dim(" (the first answer to this id, again)", output) : ""
    return "\(title): \(words)\(mode)\(again)"
  }

  private func row(_ label: String, _ value: String) -> String {
    "  \(Style.dim(label.padded(to: 11), output)) \(value)"
  }

  private func keyLine(_ key: Outcome.KeyResult) -> String {
    let good = key.result == .associated || key.result == .recognized
    let mark = good ? Style.green("✓", output) : Style.red("✗", output)
    let standing = good ? (key.verified ? ", verified" : ", unverified") : ""
    let reason = key.reason.map { ": " + (why(key) ?? $0.words.description) } ?? ""
    return "  \(mark) \(key.attribute)=\(visible(key.value))  \(key.result.rawValue)\(standing)\(reason)"
  }

  /// What stopped a key, where the decision recorded it.
  private func why(_ key: Outcome.KeyResult) -> String? {
    for obstacle in obstacles {
      guard case .key(let lead) = obstacle.lead, sameBytes(lead.attribute, key.attribute),
        sameBytes(lead.value, key.value)
      else { continue }
      let owner = "it belongs to \(obstacle.profile)"
      if key.reason == .transferred { return "it was moved here from \(obstacle.profile)" }
      switch obstacle.cause {
      case .conflict(let attribute): return "\(owner), who has another \(attribute)"
      case .separated: return "\(owner), who was said to be somebody else"
      case .profileLimit: return "\(owner), and together they would exceed the profile's limits"
      case .sharedTouchpoint, .settled: return nil
      }
    }
    return nil
  }
}

extension String {
  /// With spaces up to a width.
  func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
