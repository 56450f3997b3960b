/// What the resulting profile holds, and what becomes of the capture's keys: steps 1 to 4 of the decision.
///
/// Starts from the claims of all profiles that were gathered and changes them step by step; effects are read
/// off at the end, so that what never came to be is never written.
struct Holdings {
  /// One claim of the profile: one it had, or a key of this capture.
  struct Held {
    /// Where the stored claim is: profile and claim index; nil for a new one.
    let stored: (profile: Int, claim: Int)?
    let key: Key
    var verified: Bool
    /// Time, commit and place it is ranked with against other values of its attribute.
    var at: Timestamp
    var commit: Int64
    var ordinal: Int
    /// Whether this capture made the stored, unverified claim verified.
    var upgraded = false
    var released: Effect.Release?

    var strength: Int { key.strength }
    /// Whether the store must hear of it.
    var isChanged: Bool { stored == nil ? released == nil : upgraded || released != nil }
    func isNewer(than other: Held) -> Bool { (at, commit, ordinal) > (other.at, other.commit, other.ordinal) }
    func isEarlier(than other: Held) -> Bool { (commit, ordinal) < (other.commit, other.ordinal) }
  }

  /// What became of one key of the capture.
  struct Fate {
    var result: Outcome.Result
    var reason: Outcome.Reason?
    /// Newly associated or newly verified.
    var isNews = false
  }

  private let givens: Givens
  private(set) var claims: [Held] = []
  private(set) var fates: [Fate?]
  private var owned = 0
  /// Claims that other profiles give up, in order.
  private(set) var surrendered: [Claim] = []
  /// Stored claims of the current profile that a validator's `invalid` released while it is not part of the
  /// result.
  private(set) var disowned: [Claim] = []

  init(_ givens: Givens, members: [Gathering.Member]) {
    self.givens = givens
    let count = givens.question.keys.accepted.count
    fates = Array(repeating: nil, count: count)
    claims.reserveCapacity(
      members.reduce(count) { $0 + givens.snapshot.profiles[$1.profile].claims.count })
    for member in members { load(member.profile) }
  }

  private var space: Space { givens.space }
  private var question: Question { givens.question }
  private var snapshot: Snapshot { givens.snapshot }

  private mutating func load(_ profile: Int) {
    let stored = snapshot.profiles[profile].claims
    for place in stored.indices {
      claims.append(
        Held(
          stored: (profile, place), key: stored[place].key, verified: stored[place].verified,
          at: stored[place].capturedAt, commit: stored[place].commit, ordinal: stored[place].ordinal))
    }
    owned += snapshot.profiles[profile].verifiedKeys
  }

  // MARK: Looking

  func owns(_ key: Key) -> Bool { verifiedIndex(key) != nil }
  var ownsAny: Bool { owned > 0 }

  // Here and below claims are looked at in their places: to copy one counts its references.

  private func isOwned(_ place: Int, ofStrength strength: Int) -> Bool {
    claims[place].verified && claims[place].released == nil && claims[place].strength == strength
  }

  private func verifiedIndex(_ key: Key) -> Int? {
    for place in claims.indices where isOwned(place, ofStrength: key.strength) && claims[place].key == key {
      return place
    }
    return nil
  }

  /// The oldest unverified claim on the key.
  private func unverifiedIndex(_ key: Key) -> Int? {
    var oldest: Int?
    for index in claims.indices {
      let held = claims[index]
      guard !held.verified, held.released == nil, held.strength == key.strength, held.key == key else {
        continue
      }
      if let known = oldest, !claims[known].isNewer(than: held) { continue }
      oldest = index
    }
    return oldest
  }

  // MARK: Keys their validators call wrong

  /// Rejects a key; an unverified claim of the current profile on it is released, a verified one stays.
  mutating func reject(_ index: Int, currentProfile: Int?) {
    fates[index] = Fate(result: .rejected, reason: .invalid)
    guard let currentProfile else { return }
    let key = question.keys.accepted[index].key
    for (place, claim) in snapshot.profiles[currentProfile].claims.enumerated()
    where !claim.verified && claim.key == key {
      if let held = claims.firstIndex(where: { $0.stored.map { $0 == (currentProfile, place) } ?? false }) {
        claims[held].released = .invalid
      } else {
        disowned.append(claim)
      }
    }
  }

  // MARK: Step 1

  mutating func assert(_ index: Int) {
    let key = question.keys.accepted[index]
    if let place = verifiedIndex(key.key) {
      // `keep` goes by when values were stored, and this one was stored before.
      if space.attributes[key.key.strength].onConflict == .replace {
        claims[place].at = max(claims[place].at, question.at)
        claims[place].commit = snapshot.sequence
        claims[place].ordinal = key.ordinal
      }
      fates[index] = Fate(result: .recognized)
    } else {
      acquire(index, rankedAt: question.at, reason: nil)
    }
  }

  /// Makes a key nobody in the profile owns a verified one of it.
  private mutating func acquire(_ index: Int, rankedAt: Timestamp, reason: Outcome.Reason?) {
    let key = question.keys.accepted[index]
    guard owned < space.rules.maxKeysPerProfile else {
      fates[index] = Fate(result: .withheld, reason: .profileLimit)
      return
    }
    owned += 1
    if let place = unverifiedIndex(key.key) {
      claims[place].verified = true
      claims[place].upgraded = true
      claims[place].at = rankedAt
      claims[place].commit = snapshot.sequence
      claims[place].ordinal = key.ordinal
      fates[index] = Fate(result: .recognized, reason: reason, isNews: true)
    } else {
      claims.append(newClaim(key, verified: true, at: rankedAt))
      fates[index] = Fate(result: .associated, reason: reason, isNews: true)
    }
  }

  private func newClaim(_ key: ScreenedKey, verified: Bool, at: Timestamp) -> Held {
    Held(
      stored: nil, key: key.key, verified: verified, at: at, commit: snapshot.sequence, ordinal: key.ordinal)
  }

  // MARK: Step 2

  /// Settles the linking keys whose owners may not join: transferred, or withheld.
  mutating func settleTaken(_ taken: [(key: Int, cause: Obstacle.Cause)]) {
    var candidates = taken.map { (taken: $0, holder: holderClaim(of: $0.key)) }
    candidates.sort { a, b in
      let (x, y) = (question.keys.accepted[a.taken.key], question.keys.accepted[b.taken.key])
      if x.key.strength != y.key.strength { return x.key.strength < y.key.strength }
      if space.attributes[x.key.strength].onConflict == .keep { return x.ordinal < y.ordinal }
      let (left, right) = (rankTime(a.holder), rankTime(b.holder))
      return left != right ? left > right : x.ordinal > y.ordinal
    }
    for candidate in candidates { settle(candidate.taken, holder: candidate.holder) }
  }

  private func rankTime(_ holder: Claim) -> Timestamp { max(holder.capturedAt, question.at) }

  private func holderClaim(of index: Int) -> Claim {
    let owner = snapshot.profiles[snapshot.owners[index]!]
    return owner.claims[owner.verifiedClaim(on: question.keys.accepted[index].key)!]
  }

  private mutating func settle(_ taken: (key: Int, cause: Obstacle.Cause), holder: Claim) {
    let key = question.keys.accepted[taken.key]
    if owns(key.key) { return assert(taken.key) }
    let candidate = newClaim(key, verified: true, at: rankTime(holder))
    if space.attributes[candidate.strength].whenTaken == .transfer, taken.cause.reason != .profileLimit,
      owned < space.rules.maxKeysPerProfile, wouldStay(candidate)
    {
      surrendered.append(holder)
      acquire(taken.key, rankedAt: candidate.at, reason: .transferred)
    } else {
      fates[taken.key] = Fate(result: .withheld, reason: taken.cause.reason)
    }
  }

  private func wouldStay(_ candidate: Held) -> Bool {
    guard let limit = space.attributes[candidate.strength].limit else { return true }
    let rule = space.attributes[candidate.strength].onConflict
    let better = claims.indices.count { place in
      isOwned(place, ofStrength: candidate.strength) && ranks(claims[place], before: candidate, rule)
    }
    return better < limit
  }

  private func ranks(_ a: Held, before b: Held, _ rule: KeyAttribute.OnConflict) -> Bool {
    rule == .keep ? a.isEarlier(than: b) : a.isNewer(than: b)
  }

  // MARK: Step 3

  /// Releases what exceeds the limits of the attributes.
  mutating func enforceLimits() {
    let attributes = space.attributes
    for strength in attributes.indices {
      guard let limit = attributes[strength].limit, ownedCount(strength) > limit else { continue }
      let rule = attributes[strength].onConflict
      let ranked = claims.indices.filter { isOwned($0, ofStrength: strength) }
        .sorted { ranks(claims[$0], before: claims[$1], rule) }
      for place in ranked[limit...] { supersede(place) }
    }
  }

  private func ownedCount(_ strength: Int) -> Int {
    claims.indices.count { isOwned($0, ofStrength: strength) }
  }

  private mutating func supersede(_ place: Int) {
    claims[place].released = .superseded
    owned -= 1
    for (index, key) in question.keys.accepted.enumerated() where key.key == claims[place].key {
      if let fate = fates[index], fate.result != .rejected {
        fates[index] = Fate(result: .withheld, reason: .superseded)
      }
    }
  }

  // MARK: Step 4

  /// Gives the capture's unverified keys, and the profile's unverified claims, what room is left.
  ///
  /// - Parameters:
  ///   - unverified: indices of the capture's unverified keys, in request order.
  ///   - mayStand: whether such a key may be recorded from this touchpoint at all.
  mutating func settleUnverified(_ unverified: [Int], mayStand: Bool) {
    guard !unverified.isEmpty || claims.contains(where: { !$0.verified }) else { return }
    releaseRedundant()
    for index in unverified where owns(question.keys.accepted[index].key) {
      fates[index] = Fate(result: .recognized)
    }
    let open = unverified.filter { fates[$0] == nil }
    for strength in space.attributes.indices {
      let own = open.filter { question.keys.accepted[$0].key.strength == strength }
      standInLine(
        strength, own: own, mayStand: mayStand && space.attributes[strength].whenUnverified == .claim)
    }
    enforceUnverifiedLimit()
  }

  /// Unverified claims on keys the profile owns go, and of two on the same key the younger.
  private mutating func releaseRedundant() {
    for place in claims.indices where !claims[place].verified && claims[place].released == nil {
      if owns(claims[place].key) || unverifiedIndex(claims[place].key) != place {
        claims[place].released = .redundant
      }
    }
  }

  private mutating func standInLine(_ strength: Int, own: [Int], mayStand: Bool) {
    var others = claims.indices.filter {
      !claims[$0].verified && claims[$0].released == nil && claims[$0].strength == strength
    }
    guard !own.isEmpty || !others.isEmpty else { return }
    var room = Int.max
    if let limit = space.attributes[strength].limit { room = max(0, limit - ownedCount(strength)) }
    for index in own {
      let key = question.keys.accepted[index]
      guard mayStand else {
        fates[index] = Fate(result: .withheld, reason: .unverified)
        continue
      }
      let place = others.firstIndex { claims[$0].key == key.key }.map { others.remove(at: $0) }
      stand(index, at: place, hasRoom: room > 0)
      room = max(0, room - 1)
    }
    others.sort { claims[$0].isNewer(than: claims[$1]) }
    for place in others.dropFirst(room) { claims[place].released = .crowdedOut }
  }

  private mutating func stand(_ index: Int, at place: Int?, hasRoom: Bool) {
    if hasRoom {
      fates[index] = Fate(result: place == nil ? .associated : .recognized, isNews: place == nil)
      if place == nil {
        claims.append(newClaim(question.keys.accepted[index], verified: false, at: question.at))
      }
    } else {
      fates[index] = Fate(result: .withheld, reason: .unverified)
      if let place { claims[place].released = .crowdedOut }
    }
  }

  private mutating func enforceUnverifiedLimit() {
    let standing = claims.indices.filter { !claims[$0].verified && claims[$0].released == nil }
    let surplus = standing.count - space.rules.maxUnverifiedPerProfile
    guard surplus > 0 else { return }
    var own: [(place: Int, index: Int)] = []
    var others: [Int] = []
    for place in standing {
      // A key of this capture that may not stand in line, or that its validator calls wrong, is none of its
      // own here.
      let index = question.keys.accepted.indices.first {
        question.keys.accepted[$0].key == claims[place].key
          && (fates[$0]?.result == .associated || fates[$0]?.result == .recognized)
      }
      if let index { own.append((place, index)) } else { others.append(place) }
    }
    others.sort { claims[$1].isNewer(than: claims[$0]) }
    own.sort { $0.index > $1.index }
    for place in others.prefix(surplus) { claims[place].released = .crowdedOut }
    for (place, index) in own.prefix(max(0, surplus - others.count)) {
      claims[place].released = .crowdedOut
      fates[index] = Fate(result: .withheld, reason: .unverified)
    }
  }
}
