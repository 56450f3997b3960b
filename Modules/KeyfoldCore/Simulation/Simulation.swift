/// What would be different if other rules had been in force from the beginning.
///
/// Profiles are compared by the captures that led to them: two profiles of now would be one where their
/// captures would be in one, and a profile would be several where its captures would.
public struct Simulation: Sendable, Hashable {
  /// How many there are now, and how many there would be.
  public struct Change: Sendable, Hashable {
    /// As it is.
    public let now: Int
    /// As it would be.
    public let then: Int
  }

  /// Profiles that would be one.
  public struct Merge: Sendable, Hashable {
    /// Their primary TIDs now, in order.
    public let profiles: [TID]
  }

  /// A profile that would be several.
  public struct Split: Sendable, Hashable {
    /// Its primary TID now.
    public let profile: TID
    /// Its TIDs, those together that would be one profile; one whose captures would be in several is in each.
    public let parts: [[TID]]
  }

  /// A capture by which a touchpoint would leave a customer, or would no longer leave one.
  public struct Switch: Sendable, Hashable {
    /// The capture's number in the journal.
    public let sequence: Int64
    /// Where it happened.
    public let touchpoint: String
    /// The profile it leaves, as it was named then; nil where it leaves none.
    public let now: TID?
    /// The profile it would leave; nil where it would leave none. May be a TID that does not exist.
    public let then: TID?
  }

  /// Captures that were decided again.
  public let captures: Int
  /// Captures that would be refused, because they bring more values of an attribute than a profile may hold.
  public let refused: Int
  /// Captures with a key whose verdict was never asked for; it was taken for one nobody could give.
  public let unknown: Int
  /// Keys of attributes the other space does not have.
  public let ignoredKeys: Int
  /// Profiles.
  public let profiles: Change
  /// Verified keys.
  public let keys: Change
  /// Verified keys that would belong to another customer.
  public private(set) var movedKeys = 0
  /// Verified keys that would belong to nobody.
  public private(set) var lostKeys = 0
  /// Profiles that would be one.
  public private(set) var merges: [Merge] = []
  /// Profiles that would be several, by primary TID.
  public private(set) var splits: [Split] = []
  /// Captures that would switch, and did not, or did, and would not.
  public let switches: [Switch]

  /// Whether nothing would be different.
  public var isSame: Bool {
    merges.isEmpty && splits.isEmpty && switches.isEmpty && movedKeys == 0 && lostKeys == 0 && refused == 0
      && profiles.now == profiles.then && keys.now == keys.then
  }

  /// Compares what a replay made of a journal with what the store made of it.
  package init(of replay: Replay, with view: any StoreView) throws(StoreError) {
    let (now, then) = (try view.counts(), replay.state.counts())
    (captures, refused) = (replay.counts.captures, replay.counts.refused)
    (unknown, ignoredKeys) = (replay.counts.unknown, replay.counts.ignoredKeys)
    profiles = Change(now: now.profiles, then: then.profiles)
    keys = Change(now: now.keys, then: then.keys)
    switches = replay.switches
    var united: [TID: [TID]] = [:]
    try view.forEachProfile(after: nil) { profile throws(StoreError) in
      let homes = compare(profile, replay)
      for home in homes { united[home, default: []].append(profile.primary.tid) }
      return true
    }
    merges = united.values.filter { $0.count > 1 }.map { Merge(profiles: $0) }
      .sorted { $0.profiles.lexicographicallyPrecedes($1.profiles) }
  }

  /// - Returns: the profiles its captures would be in.
  private mutating func compare(_ profile: Profile, _ replay: Replay) -> [TID] {
    var parts: [TID: [TID]] = [:]
    for record in profile.tids {
      for home in replay.standIns.profiles(of: record.tid, in: replay.state) {
        parts[home, default: []].append(record.tid)
      }
    }
    if parts.count > 1 {
      let parts = parts.values.sorted { $0.lexicographicallyPrecedes($1) }
      splits.append(Split(profile: profile.primary.tid, parts: parts))
    }
    for claim in profile.claims where claim.verified {
      let owner = replay.owner(of: claim.key)
      if owner == nil { lostKeys += 1 }
      if let owner, parts[owner] == nil { movedKeys += 1 }
    }
    return Array(parts.keys)
  }
}

extension Replay {
  /// The profile that would own a key of now.
  fileprivate func owner(of key: Key) -> TID? {
    guard let strength = space.strength(of: key.attribute),
      let value = space.attributes[strength].normalized(key.value)
    else { return nil }
    let key = Key(attribute: key.attribute, value: value, strength: strength)
    return state.claims(on: key).first { $0.verified }.flatMap { state.root(of: $0.origin) }
  }
}
