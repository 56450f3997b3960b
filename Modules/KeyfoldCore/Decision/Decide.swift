/// Decides a capture (semantics, section 5). Pure, synchronous and total: the same arguments give the same
/// answer.
///
/// - Parameters:
///   - standings: one for each accepted key of the question.
///   - snapshot: gathered for the question's footprint.
package func decide(
  _ question: Question, standings: [Standing], on snapshot: Snapshot, in space: Space
) -> Decision {
  let arrival = Arrival(of: question, on: snapshot)
  var gathering = Gathering(space: space, snapshot: snapshot, keys: question.keys.accepted)
  followKeys(standings, &gathering)
  var obstacles = gathering.taken.map { taken in
    let key = question.keys.accepted[taken.key].key
    return Obstacle(
      lead: .key(key), profile: snapshot.profiles[snapshot.owners[taken.key]!].primary.tid, cause: taken.cause
    )
  }
  let stranger = arrival.handedOff?.profile == arrival.current ? nil : arrival.handedOff?.profile
  join(stranger, as: .handoff, &gathering, &obstacles) { gathering in
    handoffObstacle(arrival, gathering: gathering, joinKnown: space.rules.handoff?.joinKnown ?? false)
  }
  let joinedByHandoff = arrival.handedOff.map { handedOff in
    gathering.members.contains { $0.profile == handedOff.profile && $0.joinedBy == nil }
  }
  let switched = join(arrival.current, as: .touchpoint, &gathering, &obstacles) { gathering in
    touchpointObstacle(
      arrival, gathering: gathering, touchpoint: question.touchpoint,
      joinedByHandoff: joinedByHandoff ?? false)
  }
  var holdings = Holdings(space: space, question: question, snapshot: snapshot, members: gathering.members)
  hold(&holdings, standings, gathering, arrival)
  return Conclusion(
    question: question, standings: standings, snapshot: snapshot, space: space, arrival: arrival,
    members: gathering.members, holdings: holdings, switched: switched, obstacles: obstacles,
    firstOrigin: firstOrigin(gathering)
  ).decision()
}

/// Who arrives: the profile of the TID that was presented, and what the handoff brings.
struct Arrival {
  /// C of the semantics.
  let current: Int?
  /// H of the semantics.
  let handedOff: (profile: Int, tid: TID)?
  let currentIsKnown: Bool
  let handedOffIsKnown: Bool
  /// What is to be said of the handoff where it brings nobody.
  let handoffRefusal: Outcome.HandoffResult?

  init(of question: Question, on snapshot: Snapshot) {
    current = question.tid == nil ? nil : snapshot.tids[0].profile
    currentIsKnown = current.map { snapshot.profiles[$0].isKnown } ?? false
    var handedOff: (profile: Int, tid: TID)?
    switch question.handoff {
    case .none: handoffRefusal = nil
    case .refused(let result): handoffRefusal = result
    case .presented(let tid, _, _):
      let profile = snapshot.tids[question.tid == nil ? 0 : 1].profile
      handoffRefusal = snapshot.handoffSpent ? .spent : profile == nil ? .unknownTid : nil
      if handoffRefusal == nil, let profile { handedOff = (profile, tid) }
    }
    self.handedOff = handedOff
    handedOffIsKnown = handedOff.map { snapshot.profiles[$0.profile].isKnown } ?? false
  }
}

/// Follows the linking keys: stronger attribute first, within an attribute those with an owner first, then
/// request order.
private func followKeys(_ standings: [Standing], _ gathering: inout Gathering) {
  let keys = gathering.keys
  var start = keys.startIndex
  while start < keys.endIndex {
    var end = start + 1
    while end < keys.endIndex, keys[end].key.strength == keys[start].key.strength { end += 1 }
    for owned in [true, false] {
      for index in start..<end
      where standings[index].kind == .linking && (gathering.snapshot.owners[index] != nil) == owned {
        gathering.follow(index)
      }
    }
    start = end
  }
}

/// Lets a profile join by continuity unless something speaks against it.
///
/// - Returns: The profile that stays out, if it does.
@discardableResult
private func join(
  _ profile: Int?, as lead: Obstacle.Lead, _ gathering: inout Gathering, _ obstacles: inout [Obstacle],
  unless obstacle: (Gathering) -> Obstacle.Cause?
) -> Int? {
  guard let profile, !gathering.contains(profile) else { return nil }
  if let cause = obstacle(gathering) {
    obstacles.append(
      Obstacle(lead: lead, profile: gathering.snapshot.profiles[profile].primary.tid, cause: cause))
    return profile
  }
  gathering.joinByContinuity(profile)
  return nil
}

/// What speaks against taking the handoff's profile for this customer.
private func handoffObstacle(_ arrival: Arrival, gathering: Gathering, joinKnown: Bool) -> Obstacle.Cause? {
  guard let handedOff = arrival.handedOff else { return nil }
  let settled = gathering.isSettled || arrival.currentIsKnown && !arrival.handedOffIsKnown
  return settled && !joinKnown ? .settled : gathering.obstacle(to: handedOff.profile, by: nil)
}

/// What speaks against taking whoever had this touchpoint's TID for this customer: then it is a switch.
private func touchpointObstacle(
  _ arrival: Arrival, gathering: Gathering, touchpoint: String, joinedByHandoff: Bool
) -> Obstacle.Cause? {
  guard let current = arrival.current else { return nil }
  let rules = gathering.space.rules
  if let cause = gathering.obstacle(to: current, by: nil) { return cause }
  if arrival.currentIsKnown, gathering.isSettled, rules.sharedTouchpoints.contains(touchpoint) {
    return .sharedTouchpoint
  }
  if arrival.currentIsKnown, joinedByHandoff, !(rules.handoff?.joinKnown ?? false) { return .settled }
  return nil
}

/// Steps 1 to 4 on the resulting profile.
private func hold(
  _ holdings: inout Holdings, _ standings: [Standing], _ gathering: Gathering, _ arrival: Arrival
) {
  for index in standings.indices where standings[index].kind == .invalid {
    holdings.reject(index, currentProfile: arrival.current)
  }
  for index in gathering.asserted { holdings.assert(index) }
  holdings.settleTaken(gathering.taken)
  holdings.enforceLimits()
  // On a shared touchpoint the next person's typing is not the last one's.
  let others =
    arrival.currentIsKnown && arrival.current.map(gathering.contains) ?? false
    && gathering.space.rules.sharedTouchpoints.contains(holdings.question.touchpoint)
  holdings.settleUnverified(standings.indices.filter { standings[$0].kind == .unverified }, mayStand: !others)
}

/// The first origin, not revoked, among the linking keys whose owner is this customer, in decision order.
private func firstOrigin(_ gathering: Gathering) -> TID? {
  for index in gathering.asserted {
    guard let owner = gathering.snapshot.owners[index] else { continue }
    let profile = gathering.snapshot.profiles[owner]
    let key = gathering.keys[index].key
    guard let claim = profile.claims.first(where: { $0.verified && $0.key == key }),
      let origin = profile.tids.first(where: { $0.tid == claim.origin }), !origin.revoked
    else { continue }
    return origin.tid
  }
  return nil
}
