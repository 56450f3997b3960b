/// How the wait of a key for its verdict ends.
package struct Settlement: Sendable, Hashable {
  package let end: PendingEnd
  /// The outcome of applying the key, or of its rejection; nil where nothing else happened.
  package let outcome: Outcome?
  package let effects: [Effect]
}

/// Ends the wait of a key on a snapshot (semantics, section 4). Pure.
///
/// - Parameters:
///   - question: of the one key, on the TID it was recorded on, with the entry of the queue it applies.
///   - standing: what its verdict makes of it; nil where there is no verdict.
///   - wanted: how the wait is to end if nothing speaks against it.
/// - Returns: nil where it was settled elsewhere.
package func settle(
  _ question: Question, standing: Standing?, wanted: PendingEnd, on snapshot: Snapshot, in space: Space
) -> Settlement? {
  guard let id = question.appliesPending,
    snapshot.profiles.contains(where: { $0.pending.contains { $0.id == id } })
  else { return nil }
  func alone(_ end: PendingEnd) -> Settlement {
    Settlement(end: end, outcome: nil, effects: [.pendingSettled(id, end: end)])
  }
  guard let standing, case .live = snapshot.tids[0] else { return alone(standing == nil ? wanted : .stale) }
  let decision = decide(question, standings: [standing], on: snapshot, in: space)
  // A switch is impossible, and so is taking the key from its owner.
  let isApplicable =
    decision.outcome.switchedFrom == nil && decision.obstacles.isEmpty
    && decision.outcome.keys.allSatisfy { $0.verified || $0.reason == .superseded }
  guard wanted == .rejected || isApplicable else { return alone(.conflict) }
  return Settlement(
    end: wanted, outcome: decision.outcome, effects: decision.effects + [.pendingSettled(id, end: wanted)])
}

extension PendingKey {
  /// How its wait is to end by a verdict; nil where nobody can tell yet.
  package func ending(by verdict: Verdict, in space: Space) -> (end: PendingEnd, standing: Standing?)? {
    switch verdict.finding {
    case .indeterminate: return nil
    case .invalid: return (.rejected, Standing(.invalid, evidence: verdict.evidence))
    case .valid:
      let linksFrom = space.attributes[key.strength].linksFrom?.contains(touchpoint) ?? false
      let kind: Standing.Kind = linksFrom || verdict.assurance == .possession ? .linking : .unverified
      return (.applied, Standing(kind, evidence: verdict.evidence))
    }
  }
}
