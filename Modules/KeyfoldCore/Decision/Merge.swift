/// An operator says that the profiles of two TIDs are one customer.
///
/// A separation and the space's guards stop it. Different keys do not: the operator knows better, and the
/// limits say which of them stay, as after any merge.
package struct Merge: ProfileOperation {
  private let tids: [TID]
  private let reason: String

  package init(_ a: TID, _ b: TID, reason: String) {
    tids = [a, b]
    self.reason = reason
  }

  package var record: Operation { .merge(tids[0], tids[1], reason: reason) }

  package var footprint: Footprint {
    var footprint = Footprint()
    footprint.tids = tids
    return footprint
  }

  package func effects(on snapshot: Snapshot, in space: Space) throws(OperationError) -> [Effect] {
    let first = try snapshot.profile(at: 0, of: footprint)
    let second = try snapshot.profile(at: 1, of: footprint)
    guard first != second else { return [] }
    let givens = Givens(of: snapshot, in: space)
    var gathering = Gathering(givens)
    gathering.joinByContinuity(first)
    if let obstacle = gathering.obstacle(to: second, by: nil) { try refuse(obstacle, space.rules) }
    gathering.joinByContinuity(second)
    var holdings = Holdings(givens, members: gathering.members)
    holdings.enforceLimits()
    holdings.tidyUnverified()
    let primaries = [first, second].map { snapshot.profiles[$0].primary }.sorted { $0.isOlder(than: $1) }
    return [.merged(primaries[1].tid, into: primaries[0].tid, by: .operator)]
      + holdings.releases(from: snapshot) + snapshot.profiles.flatMap(\.pendingEnds)
  }

  private func refuse(_ obstacle: Obstacle.Cause, _ rules: Space.Rules) throws(OperationError) {
    switch obstacle {
    case .separated(let a, let b):
      throw OperationError(
        .separated,
        "\(a) and \(b) were separated; 'keyfold separate --remove \(a) \(b)' takes that back")
    case .profileLimit:
      throw OperationError(
        .profileLimit,
        """
        together they would have more than \(rules.maxTidsPerProfile) TIDs that are not revoked \
        (maxTidsPerProfile), or more than \(rules.maxKeysPerProfile) keys (maxKeysPerProfile)
        """)
    case .conflict, .sharedTouchpoint, .settled: return
    }
  }
}
