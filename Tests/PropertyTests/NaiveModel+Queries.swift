// What can be asked of the state. A profile is named by its root, which is its primary TID.

extension NaiveModel {
  func record(of tid: String) -> NaiveTid? {
    tids.first { $0.tid == tid }
  }

  /// The primary of the profile a TID is in; nil for an unknown TID.
  func root(of tid: String) -> String? {
    guard var record = record(of: tid) else { return nil }
    while let parent = record.parent, let next = self.record(of: parent) {
      record = next
    }
    return record.tid
  }

  /// All roots, oldest first.
  func profiles() -> [String] {
    tids.filter { $0.parent == nil }.sorted(by: isOlder).map(\.tid)
  }

  /// "Oldest" = smallest (bornAt, TID bytes).
  func isOlder(_ left: NaiveTid, _ right: NaiveTid) -> Bool {
    if left.bornAt != right.bornAt { return left.bornAt < right.bornAt }
    return naiveLess(left.tid, right.tid)
  }

  /// The TIDs of a profile, oldest first, revoked ones included.
  func members(of profile: String) -> [NaiveTid] {
    tids.filter { root(of: $0.tid) == profile }.sorted(by: isOlder)
  }

  /// 1: "A profile's keys are the claims whose origin's root is that profile's primary".
  func claims(of profile: String, verified: Bool) -> [NaiveClaim] {
    claims.filter { $0.verified == verified && root(of: $0.origin) == profile }
  }

  func verifiedClaim(on key: NaiveKeyName) -> NaiveClaim? {
    claims.first { $0.verified && $0.key == key }
  }

  /// 1: "Owner" of a key = the profile with its verified claim.
  func owner(of key: NaiveKeyName) -> String? {
    guard let claim = verifiedClaim(on: key) else { return nil }
    return root(of: claim.origin)
  }

  /// 1: "A profile is known when it holds a verified key".
  func isKnown(_ profile: String) -> Bool {
    !claims(of: profile, verified: true).isEmpty
  }

  /// 5: `verified(P, x)`.
  func verified(_ profile: String, _ attribute: String) -> [String] {
    claims(of: profile, verified: true).filter { $0.attribute == attribute }.map(\.value)
  }

  /// Strength: 0 is the strongest.
  func strength(of attribute: String) -> Int {
    space.attributes.firstIndex { $0.name == attribute } ?? space.attributes.count
  }

  func attribute(named name: String) -> NaiveAttribute? {
    space.attributes.first { $0.name == name }
  }

  /// Where the unverified claims of a profile on one key stand in `claims`, the oldest first.
  func unverifiedPlaces(of profile: String, on key: NaiveKeyName) -> [Int] {
    claims.indices
      .filter { !claims[$0].verified && claims[$0].key == key && root(of: claims[$0].origin) == profile }
      .sorted { isOlder(claims[$0], claims[$1]) }
  }

  /// The age of claims: (time, commit order, request order).
  func isOlder(_ left: NaiveClaim, _ right: NaiveClaim) -> Bool {
    (left.capturedAt, left.commit, left.order) < (right.capturedAt, right.commit, right.order)
  }

  /// 7: "A separation holds between whatever profiles its two TIDs are in".
  func isSeparated(_ one: String, from other: String) -> Bool {
    separations.contains { separation in
      let low = root(of: separation.low)
      let high = root(of: separation.high)
      return (low == one && high == other) || (low == other && high == one)
    }
  }

  /// 7: "Data: newest value per name over the profile's TIDs", by (at, commit).
  func newestData(of profile: String) -> [String: String] {
    var newest: [String: NaiveDatum] = [:]
    for datum in data where root(of: datum.origin) == profile {
      if let held = newest[datum.name], (held.at, held.commit) > (datum.at, datum.commit) { continue }
      newest[datum.name] = datum
    }
    return newest.mapValues(\.value)
  }
}
