/// A secondary TID, with all that is below it, is a customer of its own again.
///
/// Claims, data and activity stay where they were captured and go with their origins. Claims that were lost
/// meanwhile come back, as far as nobody owns their keys and there is room.
package struct Unmerge: ProfileOperation {
  private let tid: TID
  private let allowRemerge: Bool
  private let reason: String
  /// The merge that is to be undone; nil for whatever made the TID secondary.
  private let merge: Int64?

  /// - Parameter merge: sequence of the merge to undo; one that does not hold any more is left alone. Nil
  ///   for whatever made the TID secondary.
  package init(_ tid: TID, allowRemerge: Bool, reason: String, merge: Int64? = nil) {
    self.tid = tid
    self.allowRemerge = allowRemerge
    self.reason = reason
    self.merge = merge
  }

  package var record: Operation { .unmerge(tid, allowRemerge: allowRemerge, reason: reason) }

  package var footprint: Footprint {
    var footprint = Footprint()
    footprint.tids = [tid]
    footprint.wantsPast = true
    return footprint
  }

  package func effects(on snapshot: Snapshot, in space: Space) throws(OperationError) -> [Effect] {
    let profile = snapshot.profiles[try snapshot.profile(at: 0, of: footprint)]
    let past = snapshot.past ?? Snapshot.Past(merged: nil, released: [], taken: [])
    if let merge, merge != past.merged { return [] }
    guard let parent = profile.tids.first(where: { $0.tid == tid })?.parent else {
      throw OperationError(
        .notSecondary,
        "\(tid) is the primary TID of its profile; name the secondary one that is not this customer")
    }
    let split = Split(profile: profile, tid: tid, past: past)
    var own = Recovery(split.subtree, in: space)
    own.recover(split.lostBySubtree, taken: past.taken)
    var rest = Recovery(split.rest, in: space)
    rest.recover(split.lostByRest, taken: past.taken.union(own.returned.filter(\.verified).map(\.key)))
    var effects: [Effect] = [.unmerged(tid, from: parent)]
    // A claim may come back where an unverified one on its key is released: the releases go first.
    effects += own.releases + rest.releases + (own.returned + rest.returned).map { .restored($0) }
    if !allowRemerge {
      effects.append(.separated(tid, parent))
      if parent != profile.primary.tid { effects.append(.separated(tid, profile.primary.tid)) }
    }
    return effects + profile.pendingEnds
  }
}

/// A profile that is taken apart, and what its halves may get back.
private struct Split {
  /// The TID and all that is below it, as a profile of its own.
  let subtree: ProfileView
  /// What stays.
  let rest: ProfileView
  private let past: Snapshot.Past
  private let tids: Set<TID>

  init(profile: ProfileView, tid: TID, past: Snapshot.Past) {
    let tids = profile.tids.subtree(of: tid)
    subtree = ProfileView(
      tids: profile.tids.filter { tids.contains($0.tid) }.map { record in
        TIDRecord(
          tid: record.tid, bornAt: record.bornAt, parent: record.tid == tid ? nil : record.parent,
          revoked: record.revoked)
      }, claims: profile.claims.filter { tids.contains($0.origin) }, pending: [])
    rest = ProfileView(
      tids: profile.tids.filter { !tids.contains($0.tid) },
      claims: profile.claims.filter { !tids.contains($0.origin) }, pending: [])
    self.tids = tids
    self.past = past
  }

  /// What was lost by the merge or since.
  private var lost: [ReleasedClaim] { past.released.filter { $0.sequence >= past.merged ?? 0 } }

  /// Everything the subtree lost by the merge or since.
  var lostBySubtree: [Claim] { lost.map(\.claim).filter { tids.contains($0.origin) } }

  /// What the rest lost by the merge itself, and what it lost later to keys that were recorded on the
  /// subtree: without them it would not have. What went to other customers is none of it.
  var lostByRest: [Claim] {
    let known = subtree.claims + past.released.map(\.claim).filter { tids.contains($0.origin) }
    let recorded = Set(known.map { Recorded(attribute: $0.key.attribute, commit: $0.commit) })
    return lost.filter { released in
      !tids.contains(released.claim.origin) && released.why != .transferred
        && (released.sequence == past.merged
          || recorded.contains(
            Recorded(attribute: released.claim.key.attribute, commit: released.sequence)))
    }.map(\.claim)
  }

  /// A commit that recorded a key of an attribute.
  private struct Recorded: Hashable {
    let attribute: ExactText
    let commit: Int64

    init(attribute: String, commit: Int64) {
      self.attribute = ExactText(attribute)
      self.commit = commit
    }
  }
}
