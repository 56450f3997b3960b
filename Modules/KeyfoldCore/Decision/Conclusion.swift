/// Turns what was decided into an outcome and effects.
struct Conclusion {
  let givens: Givens
  let arrival: Arrival
  let members: [Gathering.Member]
  /// Linking keys that were accepted, in decision order.
  let asserted: [Int]
  let holdings: Holdings
  /// The profile the touchpoint leaves.
  let switched: Int?
  let obstacles: [Obstacle]

  private var question: Question { givens.question }
  private var standings: [Standing] { givens.standings }
  private var snapshot: Snapshot { givens.snapshot }
  private var space: Space { givens.space }

  private var joinsCurrent: Bool { arrival.current.map(isMember) ?? false }
  private var joinsHandoff: Bool { arrival.handedOff.map { isMember($0.profile) } ?? false }

  private func isMember(_ profile: Int) -> Bool {
    for member in members where member.profile == profile { return true }
    return false
  }

  func decision() -> Decision {
    let primary = oldestPrimary
    let place = touchpointTid(primary)
    let merged = absorbed(by: primary)
    let keys = keyResults()
    var effects: [Effect] = []
    effects.reserveCapacity(4 + merged.count + holdings.claims.count + question.data.count)
    appendBirth(primary, place, merged, to: &effects)
    appendClaims(origin: place.tid, to: &effects)
    appendRecords(on: place.tid, to: &effects)
    appendPending(on: place.tid, keys, gained: !merged.isEmpty || place.born, to: &effects)
    let outcome = Outcome(
      id: question.id, sequence: snapshot.sequence, tid: primary?.tid ?? question.fresh,
      touchpointTid: place.tid,
      decision: word(merged), created: primary == nil, merged: merged,
      switchedFrom: switched.map { snapshot.profiles[$0].primary.tid },
      unknownTid: question.tid != nil && arrival.current == nil, handoff: handoff, replayed: false, keys: keys
    )
    return Decision(outcome: outcome, effects: effects, obstacles: obstacles)
  }

  // MARK: TIDs

  /// The primary TID of the result; nil where a new profile begins.
  private var oldestPrimary: TIDRecord? {
    var oldest: TIDRecord?
    for member in members {
      let primary = snapshot.profiles[member.profile].primary
      if let known = oldest, known.isOlder(than: primary) { continue }
      oldest = primary
    }
    return oldest
  }

  private func absorbed(by primary: TIDRecord?) -> [TID] {
    guard members.count > 1 else { return [] }
    var others: [TIDRecord] = []
    others.reserveCapacity(members.count - 1)
    for member in members where snapshot.profiles[member.profile].primary.tid != primary?.tid {
      others.append(snapshot.profiles[member.profile].primary)
    }
    others.sort { $0.isOlder(than: $1) }
    return others.map(\.tid)
  }

  /// The TID the touchpoint uses from now on.
  private struct Place {
    let tid: TID
    /// Whether the capture brings it into an existing profile, and beside which TID.
    var parent: TIDRecord?
    /// Whether it replaces all TIDs of the current profile.
    var rotates = false
    var born: Bool { parent != nil }
  }

  private func touchpointTid(_ primary: TIDRecord?) -> Place {
    guard let primary else { return Place(tid: question.fresh) }
    if let tid = question.tid, let current = arrival.current, joinsCurrent {
      guard rotates else { return Place(tid: tid) }
      let presented = snapshot.profiles[current].tids.first { $0.tid == tid } ?? primary
      return Place(tid: freshTID(beside: presented, primary), parent: presented, rotates: true)
    }
    if let handedOff = arrival.handedOff, joinsHandoff { return Place(tid: handedOff.tid) }
    if let firstOrigin { return Place(tid: firstOrigin) }
    var oldest: TIDRecord?
    for member in members {
      for record in snapshot.profiles[member.profile].tids where !record.revoked {
        if let known = oldest, known.isOlder(than: record) { continue }
        oldest = record
      }
    }
    if let oldest { return Place(tid: oldest.tid) }
    return Place(tid: freshTID(beside: primary, primary), parent: primary)
  }

  /// The first origin, not revoked, among the linking keys whose owner is this customer, in decision order.
  private var firstOrigin: TID? {
    for index in asserted {
      guard let owner = snapshot.owners[index] else { continue }
      let profile = snapshot.profiles[owner]
      guard let place = profile.verifiedClaim(on: question.keys.accepted[index].key) else { continue }
      let origin = profile.claims[place].origin
      if profile.tids.contains(where: { $0.tid == origin && !$0.revoked }) { return origin }
    }
    return nil
  }

  /// Whether an anonymous touchpoint becomes known and gets a fresh TID, so that whoever planted the old one
  /// has nothing.
  private var rotates: Bool {
    space.rules.rotateTids && !arrival.currentIsKnown && holdings.ownsAny && !question.adoptsTid
  }

  /// The fresh TID counts as younger than those it is made beside, whatever their clocks said.
  private func freshTID(beside parent: TIDRecord, _ primary: TIDRecord) -> TID {
    question.fresh.sorting(after: parent.tid).sorting(after: primary.tid)
  }

  private func appendBirth(_ primary: TIDRecord?, _ place: Place, _ merged: [TID], to effects: inout [Effect])
  {
    guard let primary else {
      effects.append(.born(question.fresh, at: question.at, parent: nil))
      return
    }
    for tid in merged {
      effects.append(.merged(tid, into: primary.tid, by: cause(of: tid, and: primary.tid)))
    }
    guard let parent = place.parent else { return }
    effects.append(
      .born(place.tid, at: max(question.at, primary.bornAt, parent.bornAt), parent: parent.tid))
    guard place.rotates, let current = arrival.current else { return }
    for record in snapshot.profiles[current].tids where !record.revoked {
      effects.append(.revoked(record.tid))
    }
  }

  /// What made the absorbed profile and the primary one: the key that led to either, or else the handoff.
  private func cause(of absorbed: TID, and primary: TID) -> Effect.MergeCause {
    func member(_ tid: TID) -> Gathering.Member? {
      members.first { snapshot.profiles[$0.profile].primary.tid == tid }
    }
    let other = member(primary)?.key
    if let key = member(absorbed)?.key { return cause(key, beside: other) }
    if let handedOff = arrival.handedOff, member(absorbed)?.profile == handedOff.profile { return .handoff }
    if let other { return cause(other, beside: nil) }
    return .handoff
  }

  private func cause(_ index: Int, beside other: Int?) -> Effect.MergeCause {
    .key(
      attribute: question.keys.accepted[index].key.attribute, place: placeInOutcome(index),
      beside: other.map(placeInOutcome))
  }

  private func placeInOutcome(_ index: Int) -> Int {
    let key = question.keys.accepted[index]
    return index + question.keys.rejected.count { $0.ordinal < key.ordinal }
  }

  // MARK: Claims

  private func appendClaims(origin: TID, to effects: inout [Effect]) {
    for claim in holdings.surrendered { effects.append(released(claim, .transferred)) }
    for claim in holdings.disowned { effects.append(released(claim, .invalid)) }
    for place in holdings.claims.indices where holdings.claims[place].isChanged {
      let held = holdings.claims[place]
      guard let stored = held.stored else {
        effects.append(
          .claimed(held.key, origin: origin, verified: held.verified, at: question.at, ordinal: held.ordinal))
        continue
      }
      let origin = snapshot.profiles[stored.profile].claims[stored.claim].origin
      if held.upgraded {
        effects.append(.verified(held.key, origin: origin, at: question.at, ordinal: held.ordinal))
      }
      if let why = held.released {
        effects.append(.released(held.key, origin: origin, verified: held.verified, why: why))
      }
    }
  }

  private func released(_ claim: Claim, _ why: Effect.Release) -> Effect {
    .released(claim.key, origin: claim.origin, verified: claim.verified, why: why)
  }

  private func appendRecords(on tid: TID, to effects: inout [Effect]) {
    if case .presented(_, let number, let expires) = question.handoff, handoff == .used {
      effects.append(.handoffSpent(number, expires: expires))
    }
    guard question.appliesPending == nil else { return }
    effects.append(.active(tid, touchpoint: question.touchpoint, at: question.at))
    for (name, value) in question.data {
      effects.append(.datum(tid, name: name, value: value, at: question.at))
    }
  }

  // MARK: Pending keys

  /// Queues the keys to ask about again, and settles those of profiles that are not what they were.
  private func appendPending(
    on tid: TID, _ keys: [Outcome.KeyResult], gained: Bool, to effects: inout [Effect]
  ) {
    appendStale(gained: gained, to: &effects)
    guard standings.contains(where: \.retryLater) else { return }
    var queued = snapshot.profiles.reduce(0) { $0 + $1.pending.count { $0.tid == tid } }
    var total = snapshot.pendingTotal
    for (index, standing) in standings.enumerated() where standing.retryLater {
      let key = question.keys.accepted[index]
      guard queued < Limits.pendingPerTID, total < Limits.pendingPerStore, !holdings.owns(key.key) else {
        continue
      }
      effects.append(
        .pendingQueued(
          PendingKey(
            id: PendingKey.ID(commit: snapshot.sequence, ordinal: key.ordinal), tid: tid, key: key.key,
            touchpoint: question.touchpoint, at: question.at, queuedAt: question.now)))
      queued += 1
      total += 1
    }
  }

  /// Keys that wait for a TID whose profile gained or lost a verified key or a TID are somebody else's
  /// business now. Keys of one capture are one statement: applying one of them does not make the others
  /// stale.
  private func appendStale(gained: Bool, to effects: inout [Effect]) {
    let profiles = snapshot.profiles
    guard profiles.contains(where: { !$0.pending.isEmpty }) else { return }
    let changed =
      gained
      || holdings.claims.contains {
        $0.verified && ($0.stored == nil ? $0.released == nil : $0.upgraded || $0.released != nil)
      }
    for (index, profile) in profiles.enumerated() where !profile.pending.isEmpty {
      let lost = holdings.surrendered.contains { claim in profile.tids.contains { $0.tid == claim.origin } }
      guard isMember(index) && changed || lost else { continue }
      for entry in profile.pending where entry.id.commit != question.appliesPending?.commit {
        effects.append(.pendingSettled(entry.id, end: .stale))
      }
    }
  }

  // MARK: Telling

  private var handoff: Outcome.HandoffResult? {
    arrival.handedOff == nil ? arrival.handoffRefusal : joinsHandoff ? .used : .conflict
  }

  private func word(_ merged: [TID]) -> Outcome.Word {
    if switched != nil { return .switched }
    if !merged.isEmpty { return .merged }
    if members.isEmpty { return .created }
    for fate in holdings.fates where fate?.isNews ?? false { return .associated }
    return .recognized
  }

  /// Accepted and rejected keys, in request order.
  private func keyResults() -> [Outcome.KeyResult] {
    let (accepted, rejected) = (question.keys.accepted, question.keys.rejected)
    var results: [Outcome.KeyResult] = []
    results.reserveCapacity(accepted.count + rejected.count)
    var next = 0
    for index in accepted.indices {
      while next < rejected.count, rejected[next].ordinal < accepted[index].ordinal {
        results.append(result(rejected[next]))
        next += 1
      }
      results.append(result(accepted[index].key, index))
    }
    for key in rejected[next...] { results.append(result(key)) }
    return results
  }

  private func result(_ key: Key, _ index: Int) -> Outcome.KeyResult {
    let fate = holdings.fates[index] ?? Holdings.Fate(result: .withheld, reason: .unverified)
    return Outcome.KeyResult(
      attribute: key.attribute, value: key.value, result: fate.result, verified: holdings.owns(key),
      reason: fate.reason, evidence: standings[index].evidence)
  }

  private func result(_ key: RejectedKey) -> Outcome.KeyResult {
    Outcome.KeyResult(
      attribute: key.attribute, value: key.value, result: .rejected,
      verified: key.key.map(holdings.owns) ?? false, reason: key.reason, evidence: [])
  }
}
