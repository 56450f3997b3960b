/// Tells what an entry of the journal did, in sentences.
struct Narration {
  let space: Space
  let scene: Scene
  let links: [Link]
  /// Keys that were shown and belong to somebody else.
  let elsewhere: [Holding]
  /// Who held keys before the entry.
  let taken: [Key: Holding]
  /// For conflicts, the keys in which the two differ.
  let different: [Obstacle: [Key]]

  /// What happened, in a sentence.
  var headline: Sentence {
    switch scene.entry.event {
    case .capture(let record): return headline(record.outcome)
    case .pending(_, let outcome): return waitEnded(outcome)
    case .operation(let operation): return operation.headline
    }
  }

  /// Why, and what became of each key.
  var details: [Sentence] {
    var details = links.flatMap(told)
    details += stops.map(\.sentence)
    if case .operation(let operation) = scene.entry.event { details += operation.details }
    if let outcome = scene.outcome {
      details += outcome.keys.map(told)
      details += remarks(outcome)
    }
    return details + scene.entry.effects.compactMap(told)
  }

  // MARK: Headlines

  private func headline(_ outcome: Outcome) -> Sentence {
    switch outcome.decision {
    case .switched:
      guard let left = outcome.switchedFrom else { return "another customer is here now: \(outcome.tid)" }
      let new: Sentence = outcome.created ? ", who is new," : ""
      return "another customer is here now: \(outcome.tid)\(new) in place of \(left)"
    case .merged:
      let absorbed = Sentence.list(outcome.merged.map { "\($0)" })
      return "\(absorbed) became part of \(outcome.tid)\(causes)\(stayedApart)"
    case .created:
      let (known, claimed) = (outcome.keys.filter(\.verified), newClaims(outcome))
      let knowledge: Sentence = known.isEmpty ? "whom nobody knows yet" : "known by \(list(known))"
      let claims: Sentence = claimed.isEmpty ? "" : "; it claims \(list(claimed))"
      return "a new customer, \(outcome.tid), \(knowledge)\(claims)\(stayedApart)"
    case .associated:
      let got = outcome.keys.filter { $0.verified && ($0.result == .associated || isNewlyVerified($0)) }
      var parts: [Sentence] = got.isEmpty ? [] : ["got \(list(got))"]
      let claimed = newClaims(outcome)
      if !claimed.isEmpty { parts.append("claims \(list(claimed)), which nobody vouched for") }
      return "\(outcome.tid) \(Sentence.list(parts))\(stayedApart)"
    case .recognized:
      let refused = outcome.keys.filter { $0.result == .withheld || $0.result == .rejected }
      let apart = stayedApart
      guard apart.isEmpty, !refused.isEmpty else { return "\(outcome.tid) was seen again\(apart)" }
      return "\(outcome.tid) was seen again, and not given \(list(refused))"
    }
  }

  /// What made customers one, each thing once.
  private var causes: Sentence {
    var causes: [Sentence] = []
    for link in links where link.cause != nil && !causes.contains(link.words) { causes.append(link.words) }
    return causes.isEmpty ? "" : " \(Sentence.list(causes))"
  }

  private func newClaims(_ outcome: Outcome) -> [Outcome.KeyResult] {
    outcome.keys.filter { !$0.verified && $0.result == .associated }
  }

  /// Who might have been taken for this customer, and was not.
  private var stayedApart: Sentence {
    var others: [TID] = []
    for obstacle in scene.obstacles where !others.contains(obstacle.profile) {
      others.append(obstacle.profile)
    }
    return others.isEmpty ? "" : "; \(Sentence.list(others.map { "\($0)" })) stayed apart"
  }

  private func waitEnded(_ outcome: Outcome?) -> Sentence {
    guard let waited = scene.waited else { return "a key that waited for its verdict waits no longer" }
    let merged = outcome.map { $0.merged.isEmpty ? "" : ", and made customers one" as Sentence } ?? ""
    return "the wait of \(waited.key) on \(waited.tid) ended\(merged)"
  }

  private func isNewlyVerified(_ key: Outcome.KeyResult) -> Bool {
    scene.entry.effects.contains {
      if case .verified(let other, _, _, _) = $0 { other == key.key } else { false }
    }
  }

  private func list(_ keys: [Outcome.KeyResult]) -> Sentence { Sentence.list(keys.map { "\(stored($0))" }) }

  private func stored(_ key: Outcome.KeyResult) -> Key {
    space.storedKey(attribute: key.attribute, value: key.value)
  }

  // MARK: Links

  private func told(_ link: Link) -> [Sentence] {
    guard link.cause != nil else { return ["\(link.tid) was issued beside \(link.parent)"] }
    let leads: Sentence = "\(link.lead.words(to: link.tid)); \(link.parentLead.words(to: link.root))"
    return ["\(leads): so \(link.tid) became part of \(link.root)"]
  }

  // MARK: Obstacles

  /// What kept customers apart.
  var stops: [Explanation.Stop] {
    scene.obstacles.map { obstacle in
      let cause = obstacle.cause.words(
        at: scene.touchpoint, differing: different[obstacle] ?? [])
      guard case .key(let lead) = obstacle.lead else {
        let lead: Sentence = obstacle.lead == .touchpoint ? "the TID presented" : "the handoff"
        return Explanation.Stop(
          obstacle: obstacle, key: nil,
          sentence: "\(lead) led to \(obstacle.profile), who stayed apart: \(cause)")
      }
      let key = space.storedKey(attribute: lead.attribute, value: lead.value)
      return Explanation.Stop(
        obstacle: obstacle, key: key,
        sentence: "\(key) led to \(obstacle.profile), who stayed apart: \(cause)")
    }
  }

  // MARK: Keys

  private func told(_ result: Outcome.KeyResult) -> Sentence {
    var sentence: Sentence = "\(stored(result)) was \(fate(result))"
    if let reason = result.reason {
      sentence += ": "
      sentence += why(result, reason)
    }
    if let vouching = space.vouching(for: result, at: scene.touchpoint) {
      sentence += "; "
      sentence += vouching
    }
    return sentence
  }

  private func fate(_ key: Outcome.KeyResult) -> Sentence {
    switch key.result {
    case .associated: key.verified ? "recorded as verified" : "recorded, but nobody vouched for it"
    case .recognized:
      isNewlyVerified(key)
        ? "verified now" : key.verified ? "known already" : "claimed before, and still unverified"
    case .withheld: "withheld"
    case .rejected: "rejected"
    }
  }

  private func why(_ key: Outcome.KeyResult, _ reason: Outcome.Reason) -> Sentence {
    let holder = elsewhere.first { $0.key == key.key }
    switch reason {
    case .transferred:
      guard let former = taken[key.key] else { return reason.words }
      return "it was moved here from \(former.origin)"
    case .conflict, .separated, .unverified:
      guard let holder else { return reason.words }
      return "\(reason.words) (\(holder.origin) holds it\(holder.sinceWords))"
    default: return reason.words
    }
  }

  // MARK: What else there is

  private func remarks(_ outcome: Outcome) -> [Sentence] {
    var remarks: [Sentence] = []
    if outcome.unknownTid, let presented = scene.presented {
      remarks.append("\(presented) was presented, but it identifies nobody here and was not taken up")
    }
    if let handoff = outcome.handoff, handoff != .used, let words = handoff.words {
      remarks.append("the handoff was ignored: \(words)")
    }
    return remarks
  }

  private func told(_ effect: Effect) -> Sentence? {
    switch effect {
    case .released(let key, let origin, let verified, let why):
      return verified
        ? "\(origin) no longer holds \(key): \(why.words)"
        : "the unverified \(key) of \(origin) is gone: \(why.words)"
    case .restored(let claim):
      return claim.verified
        ? "\(claim.origin) holds \(claim.key) again" : "\(claim.origin) claims \(claim.key) again, unverified"
    case .revoked(let tid):
      if case .operation = scene.entry.event { return nil }
      return "\(tid) identifies nobody any more: a fresh TID took its place"
    case .pendingQueued(let entry): return "\(entry.key) waits for a verdict on \(entry.tid)"
    case .pendingSettled(let id, let end):
      return scene.waiting[id].map { "\($0.key) waits no longer; \(end.words)" }
    case .born, .merged, .unmerged, .claimed, .verified, .active, .datum, .separated, .separationRemoved,
      .handoffSpent, .erased:
      return nil
    }
  }
}
