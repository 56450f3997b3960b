/// Which keys need a verdict, and what the verdicts that are there make of them (semantics, section 4).
package enum Plan: Sendable, Hashable {
  /// Every key's standing is settled.
  case ready([Standing])
  /// These keys (indices) need a verdict first.
  case needsVerdicts([Int])
}

/// What is known of the validators of one attribute without asking them.
package struct ValidatorTraits: Sendable, Hashable {
  /// Whether one of them can prove possession.
  package var provesPossession: Bool

  package init(provesPossession: Bool) { self.provesPossession = provesPossession }
}

/// Settles the standing of every accepted key, or says which verdicts are missing.
///
/// - Parameters:
///   - verdicts: one place for each accepted key.
///   - traits: for each attribute of the space that has validators; nil for those that trust their source.
///   - giveUp: treat missing verdicts as indeterminate.
package func plan(
  _ question: Question, verdicts: [Verdict?], traits: [ValidatorTraits?], on snapshot: Snapshot,
  in space: Space,
  giveUp: Bool
) -> Plan {
  let keys = question.keys.accepted
  if repeatsWhatIsKnown(question, snapshot) {
    return .ready(Array(repeating: Standing(.linking), count: keys.count))
  }
  var standings: [Standing] = []
  standings.reserveCapacity(keys.count)
  var missing: [Int] = []
  for (index, key) in keys.enumerated() {
    let attribute = space.attributes[key.key.strength]
    let linksFrom = attribute.linksFrom?.contains(question.touchpoint)
    guard let traits = traits[key.key.strength] else {
      standings.append(Standing(linksFrom ?? true ? .linking : .unverified))
      continue
    }
    if verdicts[index] == nil && !giveUp { missing.append(index) }
    standings.append(
      standing(
        verdicts[index], linksFrom: linksFrom ?? false, traits,
        keeps: attribute.whenUnverified == .claim))
  }
  return missing.isEmpty ? .ready(standings) : .needsVerdicts(missing)
}

/// Whether every key is a verified claim of the current profile already: nothing can merge or switch then.
private func repeatsWhatIsKnown(_ question: Question, _ snapshot: Snapshot) -> Bool {
  guard question.tid != nil, let current = snapshot.tids[0].profile else { return false }
  for index in question.keys.accepted.indices where snapshot.owners[index] != current { return false }
  return true
}

private func standing(
  _ verdict: Verdict?, linksFrom: Bool, _ traits: ValidatorTraits, keeps: Bool
) -> Standing {
  let evidence = verdict?.evidence ?? []
  switch verdict?.finding ?? .indeterminate {
  case .valid:
    return Standing(
      linksFrom || verdict?.assurance == .possession ? .linking : .unverified, evidence: evidence)
  case .invalid: return Standing(.invalid, evidence: evidence)
  case .indeterminate:
    let mayLink = linksFrom || traits.provesPossession
    return Standing(
      .unverified, evidence: evidence, retryLater: keeps && mayLink && (verdict?.retryable ?? true))
  }
}
