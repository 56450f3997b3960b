/// One of the two profiles an unmerge makes of one: what it has, and what it gets back.
///
/// Verified claims come back first, newest first; then what unverified claims they leave no room for go; then
/// unverified claims come back, newest first.
struct Recovery {
  private let space: Space
  private let tids: [TIDRecord]
  private(set) var returned: [Claim] = []
  private(set) var releases: [Effect] = []
  /// Claims it holds now.
  private var claims: [Claim]

  /// - Parameter profile: the half as it is before anything comes back.
  init(_ profile: ProfileView, in space: Space) {
    self.space = space
    tids = profile.tids
    claims = profile.claims
  }

  /// Gives back what there is room for.
  ///
  /// - Parameters:
  ///   - lost: what the half may get back.
  ///   - taken: keys that somebody owns.
  mutating func recover(_ lost: [Claim], taken: Set<Key>) {
    let newestFirst = lost.sorted { $0.isNewer(than: $1) }
    for claim in newestFirst where claim.verified && !taken.contains(claim.key) && hasRoom(for: claim) {
      take(claim)
    }
    tidyUnverified()
    for claim in newestFirst where !claim.verified && hasRoom(for: claim) { take(claim) }
  }

  private mutating func take(_ claim: Claim) {
    returned.append(claim)
    claims.append(claim)
  }

  private func hasRoom(for claim: Claim) -> Bool {
    // A verified claim comes back beside an unverified one on its key, which then goes.
    if claims.contains(where: { $0.key == claim.key && ($0.verified || !claim.verified) }) { return false }
    let alike = claims.filter { $0.verified == claim.verified }
    let most = claim.verified ? space.rules.maxKeysPerProfile : space.rules.maxUnverifiedPerProfile
    guard alike.count < most else { return false }
    guard claim.key.strength < space.attributes.count, let limit = space.attributes[claim.key.strength].limit
    else { return true }
    // Unverified claims have the room that verified ones leave.
    let rivals = claim.verified ? alike : claims
    return rivals.count { $0.key.strength == claim.key.strength } < limit
  }

  /// Releases the unverified claims on keys that are owned now, and those without room.
  private mutating func tidyUnverified() {
    var snapshot = Snapshot(sequence: 0)
    snapshot.profiles = [ProfileView(tids: tids, claims: claims, pending: [])]
    var gathering = Gathering(Givens(of: snapshot, in: space))
    gathering.joinByContinuity(0)
    var holdings = Holdings(gathering.givens, members: gathering.members)
    holdings.tidyUnverified()
    releases = holdings.releases(from: snapshot)
    // Claims stand in the same places in both.
    claims = zip(claims, holdings.claims).filter { $1.released == nil }.map { claim, _ in claim }
  }
}
