/// Which profiles are this customer (semantics, section 5): the first half of the decision.
///
/// Works on indices into the snapshot's profiles and the question's keys, so that nothing is copied.
struct Gathering {
  /// A profile that is this customer, and the key and its attribute that joined it; nil for continuity.
  struct Member {
    let profile: Int
    let joinedBy: Int?
    let key: Int?
  }

  let givens: Givens
  /// G of the semantics.
  private(set) var members: [Member] = []
  /// Linking keys accepted so far, in decision order.
  private(set) var asserted: [Int] = []
  /// Linking keys that stay with a profile that may not join.
  private(set) var taken: [(key: Int, cause: Obstacle.Cause)] = []

  init(_ givens: Givens) {
    self.givens = givens
    members.reserveCapacity(givens.snapshot.profiles.count)
    asserted.reserveCapacity(keys.count)
  }

  private var snapshot: Snapshot { givens.snapshot }
  private var space: Space { givens.space }
  private var keys: [ScreenedKey] { givens.question.keys.accepted }

  func contains(_ profile: Int) -> Bool {
    for member in members where member.profile == profile { return true }
    return false
  }

  var isSettled: Bool { !members.isEmpty || !asserted.isEmpty }

  mutating func joinByContinuity(_ profile: Int) {
    members.append(Member(profile: profile, joinedBy: nil, key: nil))
  }

  /// Follows one linking key to its owner.
  mutating func follow(_ key: Int) {
    let strength = keys[key].key.strength
    guard let owner = snapshot.owners[key], !contains(owner) else { return asserted.append(key) }
    if let cause = obstacle(to: owner, by: strength, key: key) { return taken.append((key, cause)) }
    members.append(Member(profile: owner, joinedBy: strength, key: key))
    asserted.append(key)
  }

  /// The first reason that keeps a profile out, or nil.
  ///
  /// - Parameters:
  ///   - attribute: the attribute of the key that leads to it; nil for continuity.
  ///   - key: that key.
  func obstacle(to profile: Int, by attribute: Int?, key: Int? = nil) -> Obstacle.Cause? {
    if let tids = separation(from: profile) { return .separated(tids.0, tids.1) }
    if exceedsGuards(with: profile) { return .profileLimit }
    guard snapshot.profiles[profile].isKnown else { return nil }
    let last = attribute ?? space.attributes.count - 1
    for index in 0...last where conflicts(profile, on: index, by: attribute, key: key) {
      return .conflict(attribute: space.attributes[index].name)
    }
    return nil
  }

  private func separation(from profile: Int) -> (TID, TID)? {
    for separation in snapshot.separations {
      let (a, b) = separation.profiles
      if a == profile && contains(b) || b == profile && contains(a) { return separation.tids }
    }
    return nil
  }

  private func exceedsGuards(with profile: Int) -> Bool {
    guard !members.isEmpty else { return false }
    var tids = snapshot.profiles[profile].liveTIDs
    var keys = snapshot.profiles[profile].verifiedKeys
    for member in members {
      tids += snapshot.profiles[member.profile].liveTIDs
      keys += snapshot.profiles[member.profile].verifiedKeys
    }
    return tids > space.rules.maxTidsPerProfile || keys > space.rules.maxKeysPerProfile
  }

  /// Whether the values of attribute `index` tell this customer and the profile apart.
  private func conflicts(_ profile: Int, on index: Int, by attribute: Int?, key: Int?) -> Bool {
    guard let limit = space.attributes[index].limit, hasVerified(profile, index) else { return false }
    // A stronger key has settled who this is and the old value is about to be replaced: it must not stop the
    // new one.
    let replacing = index == attribute && space.attributes[index].onConflict == .replace
    var united: [String] = []
    for key in asserted where keys[key].key.strength == index { insert(keys[key].key.value, into: &united) }
    if replacing, let key { insert(keys[key].key.value, into: &united) }
    for member in members where !replacing || member.joinedBy == index {
      insertVerified(of: member.profile, index, into: &united)
    }
    guard !united.isEmpty else { return false }
    let customers = united.count
    insertVerified(of: profile, index, into: &united)
    return united.count > customers && united.count > limit
  }

  private func hasVerified(_ profile: Int, _ index: Int) -> Bool {
    let claims = snapshot.profiles[profile].claims
    for place in claims.indices where claims[place].verified && claims[place].key.strength == index {
      return true
    }
    return false
  }

  private func insertVerified(of profile: Int, _ index: Int, into values: inout [String]) {
    let claims = snapshot.profiles[profile].claims
    for place in claims.indices where claims[place].verified && claims[place].key.strength == index {
      insert(claims[place].key.value, into: &values)
    }
  }

  private func insert(_ value: String, into values: inout [String]) {
    for known in values where sameBytes(known, value) { return }
    values.append(value)
  }
}
