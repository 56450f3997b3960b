public import KeyfoldCore
import KeyfoldValidation

extension IdentityResolver {
  /// Asks again about the keys whose validators could not tell, in the order they were captured.
  ///
  /// A key that is vouched for now is applied as a capture on the TID it was recorded on, with its original
  /// time, unless its profile changed meanwhile; a switch is impossible. A key that waited too long expires.
  ///
  /// - Returns: How each key ended that did not go on waiting.
  @discardableResult
  public func retryPendingKeys() async throws(ResolverError) -> [PendingKey.ID: PendingEnd] {
    var ends: [PendingKey.ID: PendingEnd] = [:]
    for entry in try await read({ view throws(StoreError) in try view.pendingKeys() }) {
      ends[entry.id] = try await retry(entry)
    }
    return ends
  }

  private func retry(_ entry: PendingKey) async throws(ResolverError) -> PendingEnd? {
    let now = clock.now()
    if now >= entry.queuedAt.advanced(bySeconds: Limits.pendingSeconds) {
      return try await settle(entry, standing: nil, now: now, end: .expired)
    }
    let context = ValidationContext(space: space.name, touchpoint: entry.touchpoint, now: now)
    guard entry.key.strength < space.attributes.count, traits[entry.key.strength] != nil else {
      return try await settle(entry, standing: nil, now: now, end: .stale)
    }
    let verdict: Verdict
    do throws(ValidatorError) {
      verdict = try await verification.verdicts(on: [entry.key], proofs: [:], context: context)[0]
    } catch {
      throw .configuration(error.message)
    }
    switch verdict.finding {
    case .indeterminate: return nil
    case .invalid:
      return try await settle(
        entry, standing: Standing(.invalid, evidence: verdict.evidence), now: now, end: .rejected)
    case .valid:
      let linksFrom = space.attributes[entry.key.strength].linksFrom?.contains(entry.touchpoint) ?? false
      let kind: Standing.Kind = linksFrom || verdict.assurance == .possession ? .linking : .unverified
      return try await settle(
        entry, standing: Standing(kind, evidence: verdict.evidence), now: now, end: .applied)
    }
  }

  /// Ends the wait of a key: `end`, or whatever fresh state makes of it.
  private func settle(
    _ entry: PendingKey, standing: Standing?, now: Timestamp, end: PendingEnd
  ) async throws(ResolverError) -> PendingEnd? {
    let keys = ScreenedKeys(accepted: [ScreenedKey(key: entry.key, ordinal: entry.id.ordinal)])
    var question = Question(
      touchpoint: entry.touchpoint, tid: entry.tid, at: entry.at, keys: keys, fresh: tids.next(), now: now)
    question.appliesPending = entry.id
    let settlement = PendingSettlement(
      entry: entry, question: question, standing: standing, wanted: end, space: space)
    let settled = Cell<PendingEnd>()
    let step = TransactionStep(footprint: question.footprint) { snapshot in
      guard let (end, outcome, effects) = settlement.answer(to: snapshot) else {
        settled.value = nil
        return .nothing
      }
      settled.value = end
      return .commit(
        JournalEntry(
          sequence: snapshot.sequence, at: now, event: .pending(entry.id, outcome), effects: effects))
    }
    do throws(StoreError) { _ = try await store.transact([step]) } catch { throw .store(error) }
    return settled.value
  }
}

/// What becomes of a key that waited, on a snapshot. Pure.
private struct PendingSettlement: Sendable {
  let entry: PendingKey
  let question: Question
  let standing: Standing?
  let wanted: PendingEnd
  let space: Space

  /// Nil where it was settled elsewhere.
  func answer(to snapshot: Snapshot) -> (PendingEnd, Outcome?, [Effect])? {
    guard snapshot.profiles.contains(where: { $0.pending.contains { $0.id == entry.id } }) else { return nil }
    guard let standing, case .live = snapshot.tids[0] else {
      return settled(standing == nil ? wanted : .stale)
    }
    let decision = decide(question, standings: [standing], on: snapshot, in: space)
    if wanted == .rejected { return (.rejected, decision.outcome, decision.effects + [end(.rejected)]) }
    // A switch is impossible, and so is taking the key from its owner.
    let applied =
      decision.outcome.switchedFrom == nil && decision.obstacles.isEmpty
      && decision.outcome.keys.allSatisfy { $0.verified || $0.reason == .superseded }
    return applied ? (.applied, decision.outcome, decision.effects + [end(.applied)]) : settled(.conflict)
  }

  private func settled(_ end: PendingEnd) -> (PendingEnd, Outcome?, [Effect]) { (end, nil, [self.end(end)]) }
  private func end(_ end: PendingEnd) -> Effect { .pendingSettled(entry.id, end: end) }
}
