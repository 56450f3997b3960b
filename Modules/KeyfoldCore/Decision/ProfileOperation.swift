/// Something an operator or host does to profiles (semantics, section 7). Decided like a capture: purely,
/// from a snapshot.
package protocol ProfileOperation: Sendable {
  /// What a store must gather for it.
  var footprint: Footprint { get }
  /// What the journal says of it.
  var record: Operation { get }

  /// What it changes; empty where all is so already.
  ///
  /// - Parameter snapshot: gathered for its footprint.
  func effects(on snapshot: Snapshot, in space: Space) throws(OperationError) -> [Effect]
}

extension Snapshot {
  /// The profile of a footprint's TID, whether the TID is revoked or not.
  func profile(at place: Int, of footprint: Footprint) throws(OperationError) -> Int {
    switch tids[place] {
    case .live(let index), .revoked(let index): return index
    case .unknown: throw OperationError(.unknownTid, "no TID \(footprint.tids[place]) is known to this store")
    case .erased: throw OperationError(.unknownTid, "the TID \(footprint.tids[place]) was erased")
    }
  }

  /// The profiles as effects leave them, oldest first; in each of them TIDs oldest first, strongest keys
  /// first.
  package func profiles(after effects: [Effect], in space: Space) -> [ProfileView] {
    var state = IdentityState(space: space)
    state.apply(entry(sequence: sequence - 1, profiles.flatMap(\.asEffects)))
    state.apply(entry(sequence: sequence, effects))
    var footprint = Footprint()
    footprint.tids = state.roots
    return state.snapshot(footprint).profiles.sorted { $0.primary.isOlder(than: $1.primary) }.map { view in
      let sorted = Profile(tids: view.tids, claims: view.claims, activity: [], data: [])
      return ProfileView(tids: sorted.tids, claims: sorted.claims, pending: view.pending)
    }
  }

  /// What it is called does not matter to a fold.
  private func entry(sequence: Int64, _ effects: [Effect]) -> JournalEntry {
    JournalEntry(
      sequence: sequence, at: Timestamp(microseconds: 0), event: .operation(.changeSpace(differences: [])),
      effects: effects)
  }
}

extension ProfileView {
  /// Effects that lead to it.
  fileprivate var asEffects: [Effect] {
    tids.map { .born($0.tid, at: $0.bornAt, parent: $0.parent) }
      + tids.filter(\.revoked).map { .revoked($0.tid) } + claims.map { .restored($0) }
      + pending.map { .pendingQueued($0) }
  }

  /// Ends the wait of its keys: it gained or lost a TID, and they are somebody else's business now.
  var pendingEnds: [Effect] { pending.map { .pendingSettled($0.id, end: .stale) } }
}

extension Givens {
  /// The givens of profiles that nobody captures anything of.
  convenience init(of snapshot: Snapshot, in space: Space) {
    let nothing = Question(
      touchpoint: "", tid: nil, at: Timestamp(microseconds: 0), keys: ScreenedKeys(),
      fresh: TID(high: 0, low: 0), now: Timestamp(microseconds: 0))
    self.init(question: nothing, standings: [], snapshot: snapshot, space: space)
  }
}

extension Holdings {
  /// Step 4 of the decision on what is held already.
  mutating func tidyUnverified() { settleUnverified([], mayStand: false) }

  /// The stored claims that were released, as effects; their order does not depend on that of the snapshot.
  func releases(from snapshot: Snapshot) -> [Effect] {
    let released = claims.compactMap { held -> (claim: Claim, why: Effect.Release)? in
      guard let stored = held.stored, let why = held.released else { return nil }
      return (snapshot.profiles[stored.profile].claims[stored.claim], why)
    }
    return released.sorted { ($0.claim.key, $0.claim.origin) < ($1.claim.key, $1.claim.origin) }.map {
      .released($0.claim.key, origin: $0.claim.origin, verified: $0.claim.verified, why: $0.why)
    }
  }
}
