/// What contradicts itself in the profiles of a store, whatever kind it is.
public struct ProfileChecks: Sendable {
  /// TIDs that are not where the TIDs above them are, or above themselves; keys with two owners.
  public private(set) var contradictions = Findings()
  /// Profiles that hold more than the rules allow; right where they were made under other rules.
  public private(set) var excesses = Findings()

  private let space: Space

  /// Names that were found, the first of them in words.
  public struct Findings: Sendable, Hashable {
    /// Some of them, a phrase each.
    public private(set) var named: [String] = []
    private var count = 0

    /// So many are named.
    package static let namedMax = 10

    package init() {}

    package mutating func add(_ words: @autoclosure () -> String) {
      count += 1
      if named.count < Findings.namedMax { named.append(words()) }
    }

    /// Counts more that nobody names.
    package mutating func add(unnamed more: Int) { count += more }

    /// All of them: those that are named, and how many more there are.
    public var lines: [String] { count > named.count ? named + ["and \(count - named.count) more"] : named }
  }

  /// - Parameter space: whose rules hold.
  public init(space: Space) { self.space = space }

  /// Looks at a profile.
  public mutating func take(_ profile: Profile) {
    checkParents(profile)
    checkKeys(profile)
    let primary = profile.primary.tid
    let live = profile.tids.count { !$0.revoked }
    if live > space.rules.maxTidsPerProfile {
      excesses.add("\(primary) has \(live) TIDs, \(space.rules.maxTidsPerProfile) are allowed")
    }
    let verified = profile.claims.count { $0.verified }
    if verified > space.rules.maxKeysPerProfile {
      excesses.add("\(primary) has \(verified) keys, \(space.rules.maxKeysPerProfile) are allowed")
    }
    let unverified = profile.claims.count - verified
    if unverified > space.rules.maxUnverifiedPerProfile {
      excesses.add(
        "\(primary) has \(unverified) unverified claims, \(space.rules.maxUnverifiedPerProfile) are allowed")
    }
  }

  private mutating func checkParents(_ profile: Profile) {
    let parents = Dictionary(profile.tids.map { ($0.tid, $0.parent) }) { first, _ in first }
    if profile.tids.count(where: { $0.parent == nil }) != 1 {
      contradictions.add("the profile \(profile.primary.tid) has not exactly one primary TID")
    }
    for record in profile.tids {
      var (above, steps) = (record.parent, 0)
      while let tid = above, steps <= profile.tids.count {
        guard let next = parents[tid] else {
          contradictions.add("\(record.tid) belongs to \(tid), which is in another profile or none")
          break
        }
        (above, steps) = (next, steps + 1)
      }
      if steps > profile.tids.count { contradictions.add("\(record.tid) is above itself") }
    }
  }

  private mutating func checkKeys(_ profile: Profile) {
    var counts: [Int: Int] = [:]
    for (place, claim) in profile.claims.enumerated() where claim.verified {
      counts[claim.key.strength, default: 0] += 1
      if place > 0, profile.claims[place - 1].verified, profile.claims[place - 1].key == claim.key {
        contradictions.add("\(claim.key) is owned twice by \(profile.primary.tid)")
      }
    }
    for (strength, count) in counts.sorted(by: { $0.key < $1.key }) where strength < space.attributes.count {
      guard let limit = space.attributes[strength].limit, count > limit else { continue }
      let name = space.attributes[strength].name
      excesses.add("\(profile.primary.tid) has \(count) values of \(name), \(limit) are allowed")
    }
  }
}
