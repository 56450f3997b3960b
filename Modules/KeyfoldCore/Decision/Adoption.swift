/// Decides a capture that may bring a TID of another system's making (`import --adopt-tids`; semantics,
/// section 3).
///
/// A TID the store does not know is taken up as it is: as if it had been an anonymous customer's since the
/// capture's `at`. One that is revoked, or whose profile was erased, identifies nobody here either.
package func decideAdopting(
  _ question: Question, standings: [Standing], on snapshot: Snapshot, in space: Space
) -> Decision {
  guard let tid = question.tid, snapshot.tids[0] == .unknown else {
    return decide(question, standings: standings, on: snapshot, in: space)
  }
  var snapshot = snapshot
  snapshot.tids[0] = .live(snapshot.profiles.count)
  let record = TIDRecord(tid: tid, bornAt: question.at, parent: nil, revoked: false)
  snapshot.profiles.append(ProfileView(tids: [record], claims: [], pending: []))
  var decision = decide(question, standings: standings, on: snapshot, in: space)
  decision.effects.insert(.born(tid, at: question.at, parent: nil), at: 0)
  if decision.outcome.tid == tid, decision.outcome.merged.isEmpty, decision.outcome.switchedFrom == nil {
    decision.outcome.created = true
    decision.outcome.decision = .created
  }
  return decision
}
