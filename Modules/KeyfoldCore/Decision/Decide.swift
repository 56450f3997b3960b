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
  let givens = Givens(question: question, standings: standings, snapshot: snapshot, space: space)
  var gathering = Gathering(givens)
  followKeys(&gathering)
  var obstacles = gathering.taken.map { taken in
    let owner = snapshot.owners[taken.key]!
    return Obstacle(
      lead: .key(question.keys.accepted[taken.key].key), profile: snapshot.profiles[owner].primary.tid,
      cause: taken.cause)
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
  var holdings = Holdings(givens, members: gathering.members)
  hold(&holdings, gathering, arrival)
  return Conclusion(
    givens: givens, arrival: arrival, members: gathering.members, asserted: gathering.asserted,
    holdings: holdings, switched: switched, obstacles: obstacles
  ).decision()
}

/// What one decision is made from, for all its steps.
///
/// Shared by reference: each step's own copy of these values would count some twenty references up and down.
final class Givens {
  let question: Question
  /// One for each accepted key of the question.
  let standings: [Standing]
  let snapshot: Snapshot
  let space: Space

  init(question: Question, standings: [Standing], snapshot: Snapshot, space: Space) {
    self.question = question
    self.standings = standings
    self.snapshot = snapshot
    self.space = space
  }
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
private func followKeys(_ gathering: inout Gathering) {
  let givens = gathering.givens
  let keys = givens.question.keys.accepted
  var start = keys.startIndex
  while start < keys.endIndex {
    var end = start + 1
    while end < keys.endIndex, keys[end].key.strength == keys[start].key.strength { end += 1 }
    for owned in [true, false] {
      for index in start..<end
      where givens.standings[index].kind == .linking && (givens.snapshot.owners[index] != nil) == owned {
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
      Obstacle(lead: lead, profile: gathering.givens.snapshot.profiles[profile].primary.tid, cause: cause))
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
  let rules = gathering.givens.space.rules
  if let cause = gathering.obstacle(to: current, by: nil) { return cause }
  if arrival.currentIsKnown, gathering.isSettled, rules.sharedTouchpoints.contains(touchpoint) {
    return .sharedTouchpoint
  }
  if arrival.currentIsKnown, joinedByHandoff, !(rules.handoff?.joinKnown ?? false) { return .settled }
  return nil
}

/// Steps 1 to 4 on the resulting profile.
private func hold(
  _ holdings: inout Holdings, _ gathering: Gathering, _ arrival: Arrival
) {
  let givens = gathering.givens
  let standings = givens.standings
  for index in standings.indices where standings[index].kind == .invalid {
    holdings.reject(index, currentProfile: arrival.current)
  }
  for index in gathering.asserted { holdings.assert(index) }
  holdings.settleTaken(gathering.taken)
  holdings.enforceLimits()
  // On a shared touchpoint the next person's typing is not the last one's.
  let others =
    arrival.currentIsKnown && arrival.current.map(gathering.contains) ?? false
    && givens.space.rules.sharedTouchpoints.contains(givens.question.touchpoint)
  holdings.settleUnverified(standings.indices.filter { standings[$0].kind == .unverified }, mayStand: !others)
}
