public import KeyfoldCore

/// Answers from the journal: what was known at a moment, whatever became of it since.
extension IdentityResolver {
  /// The profile a TID was in at a moment; nil where it was not known yet.
  ///
  /// Reads the journal twice: once for who belonged to whom, which is held for every TID, and from there on
  /// for the one profile.
  public func lookup(_ tid: TID, asOf moment: Moment) async throws -> Profile? {
    let past = try await past(until: moment, claimsOn: nil)
    return try await past.profiles(of: [tid], self).first
  }

  /// The profile that owned a key at a moment, or, if asked for, also those that merely claimed it, oldest
  /// claim first. The value is normalised by the rules of today.
  public func lookup(
    attribute: String, value: String, includingUnverified: Bool = false, asOf moment: Moment
  ) async throws -> [Profile] {
    let key = try key(attribute: attribute, value: value)
    let past = try await past(until: moment, claimsOn: key)
    let claims = past.kinship.claims(on: key).filter { $0.verified || includingUnverified }
    return try await past.profiles(of: claims.map(\.origin), self)
  }

  /// Every profile as it was at a moment, by primary TID. Holds all of them in memory.
  public func forEachProfile(asOf moment: Moment, _ body: (Profile) throws -> Void) async throws {
    var state = IdentityState(space: space)
    try await forEachEntry(until: moment) { state.apply($0.effectsOnly) }
    for root in state.roots {
      if let profile = state.profile(of: root) { try body(profile) }
    }
  }

  /// The number of the last entry before a moment; 0 where there is none.
  public func sequence(of moment: Moment) async throws -> Int64 {
    if case .sequence(let number) = moment { return number }
    var last: Int64 = 0
    try await forEachEntry(until: moment) { last = $0.sequence }
    return last
  }

  private func past(until moment: Moment, claimsOn key: Key?) async throws -> Past {
    var past = Past(space: space, moment: moment)
    try await forEachEntry(until: moment) { past.note($0, key) }
    return past
  }
}

/// Who belonged to whom at a moment.
private struct Past {
  let moment: Moment
  /// TIDs and what is above them, and the claims on a key that was asked for; nothing else.
  private(set) var kinship: IdentityState
  /// Sequence each TID was born by.
  private var births: [TID: Int64] = [:]

  init(space: Space, moment: Moment) {
    self.moment = moment
    kinship = IdentityState(space: space)
  }

  mutating func note(_ entry: JournalEntry, _ key: Key?) {
    var kept: [Effect] = []
    for effect in entry.effects {
      switch effect {
      case .claimed(let other, _, _, _, _), .verified(let other, _, _, _), .released(let other, _, _, _):
        if other == key { kept.append(effect) }
      case .active, .datum, .pendingQueued, .pendingSettled, .handoffSpent: break
      default: kept.append(effect)
      }
      if case .born(let tid, _, _) = effect { births[tid] = entry.sequence }
    }
    if !kept.isEmpty { kinship.apply(entry.with(kept)) }
  }

  /// The profiles that TIDs were in, each once.
  func profiles(of tids: [TID], _ resolver: IdentityResolver) async throws -> [Profile] {
    var roots: [TID] = []
    var members: Set<TID> = []
    for tid in tids {
      guard let profile = kinship.profile(of: tid), !roots.contains(profile.primary.tid) else { continue }
      roots.append(profile.primary.tid)
      members.formUnion(profile.tids.map(\.tid))
    }
    guard let first = members.compactMap({ births[$0] }).min() else { return [] }
    // Whatever else is in an entry that speaks of a member does not change the member's profile.
    var state = IdentityState(space: resolver.space)
    try await resolver.forEachEntry(after: first - 1, until: moment) { entry in
      if entry.footprint.tids.contains(where: members.contains) { state.apply(entry.effectsOnly) }
    }
    return roots.compactMap { state.profile(of: $0) }
  }
}

extension JournalEntry {
  /// The entry without what happened, for a fold that needs to remember no capture ids.
  fileprivate var effectsOnly: JournalEntry { with(effects) }

  fileprivate func with(_ effects: [Effect]) -> JournalEntry {
    JournalEntry(sequence: sequence, at: at, event: .operation(.lost), effects: effects)
  }
}
