/// Finds out what brought each of the profiles that an entry made one into it.
///
/// The journal names the attribute that caused a merge; which key it was, and whose, follows from who held the
/// keys of the capture before it.
struct LeadTracing {
  let space: Space
  let scene: Scene
  /// Verified claims before the entry.
  let holders: [Key: Holding]
  /// Primary TIDs before the entry.
  let root: (TID) -> TID

  /// The keys of the capture that a profile held: those that were vouched for, which alone lead anywhere,
  /// before those that by the rules of now were not; strongest attribute first.
  private func held(by profile: TID) -> [Holding] {
    let keys = (scene.outcome?.keys ?? []).compactMap { result in
      holders[result.key].map {
        (holding: $0, isVouchedFor: space.vouches(for: result, at: scene.touchpoint))
      }
    }
    let own = keys.filter { root($0.holding.origin) == profile }
    return (own.filter(\.isVouchedFor) + own.filter { !$0.isVouchedFor }).map(\.holding)
  }

  private func belongs(_ tid: TID?, to profile: TID) -> Bool { tid.map { root($0) == profile } ?? false }

  /// What led to a profile that was absorbed.
  func lead(toAbsorbed profile: TID, by cause: Effect.MergeCause) -> Lead {
    if let named = named(in: profile) { return .operator(named) }
    if case .key(let attribute, _, _) = cause, let holding = key(of: attribute, heldBy: profile) {
      return .key(holding)
    }
    return continuity(to: profile, prefersHandoff: cause == .handoff)
      ?? unheldKey(cause, of: profile).map { .key($0) } ?? .unknown
  }

  /// What led to the profile that the others were merged into.
  func lead(toPrimary profile: TID) -> Lead {
    if let named = named(in: profile) { return .operator(named) }
    for case .merged(let absorbed, _, .key(let attribute, _, _)) in scene.entry.effects
    where key(of: attribute, heldBy: absorbed) == nil {
      if let holding = key(of: attribute, heldBy: profile) { return .key(holding) }
    }
    if let lead = continuity(to: profile, prefersHandoff: false) { return lead }
    return held(by: profile).first.map { .key($0) } ?? .unknown
  }

  /// The TID of a profile that an operator named.
  private func named(in profile: TID) -> TID? {
    guard case .operation(let operation) = scene.entry.event else { return nil }
    return operation.tids.first { root($0) == profile }
  }

  private func key(of attribute: String, heldBy profile: TID) -> Holding? {
    held(by: profile).first { sameBytes($0.key.attribute, attribute) }
  }

  private func continuity(to profile: TID, prefersHandoff: Bool) -> Lead? {
    let presented = belongs(scene.presented, to: profile) ? scene.presented.map { Lead.presented($0) } : nil
    let handedOff = scene.outcome?.handoff == .used && belongs(scene.handoff, to: profile)
    let handoff = handedOff ? scene.handoff.map { Lead.handoff($0) } : nil
    return prefersHandoff ? handoff ?? presented : presented ?? handoff
  }

  /// A key of the attribute that caused the merge, where nothing was read of how the profile came by it.
  private func unheldKey(_ cause: Effect.MergeCause, of profile: TID) -> Holding? {
    guard case .key(let attribute, _, _) = cause else { return nil }
    let result = scene.outcome?.keys.first { sameBytes($0.attribute, attribute) && $0.verified }
    return result.map { Holding(key: $0.key, origin: profile, since: nil) }
  }
}
