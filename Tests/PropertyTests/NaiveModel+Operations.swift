// Section 7: what an operator does to profiles. Each returns why it was refused.

/// A claim that went, or came back.
struct NaiveTurn: Sendable, Equatable {
  var claim: NaiveClaim
  var commit: Int
  /// Why it was released; nil where it came back.
  var released: String?
}

extension NaiveModel {
  /// 7: "the TID stays in its profile's history but no longer identifies anyone".
  mutating func revoke(_ tid: String) -> String? {
    guard let index = tids.firstIndex(where: { $0.tid == tid }) else { return "unknownTid" }
    guard !tids[index].revoked else { return nil }
    commits += 1
    tids[index].revoked = true
    return nil
  }

  /// 7: "a separation stops it"; not of unknown TIDs, nor of two in one profile.
  mutating func separate(_ one: String, _ other: String) -> String? {
    guard let first = root(of: one), let second = root(of: other) else { return "unknownTid" }
    guard first != second else { return "oneProfile" }
    let separation = NaiveSeparation(one, other)
    guard !separations.contains(separation) else { return nil }
    commits += 1
    separations.append(separation)
    return nil
  }

  /// 7: "until an operator removes it": the pair that was recorded.
  mutating func removeSeparation(_ one: String, _ other: String) -> String? {
    guard root(of: one) != nil, root(of: other) != nil else { return "unknownTid" }
    let separation = NaiveSeparation(one, other)
    guard separations.contains(separation) else { return "notSeparated" }
    commits += 1
    separations.removeAll { $0 == separation }
    return nil
  }

  /// 7: "A merge applies guards and step 3 of the decision; a separation stops it."
  mutating func merge(_ one: String, _ other: String) -> String? {
    guard let first = root(of: one), let second = root(of: other) else { return "unknownTid" }
    guard first != second else { return nil }
    if isSeparated(first, from: second) { return "separated" }
    // 2: "a merge that would exceed either is blocked [...]; revoked TIDs do not count"
    let live = (members(of: first) + members(of: second)).filter { !$0.revoked }
    let owned = claims(of: first, verified: true) + claims(of: second, verified: true)
    if live.count > space.maxTidsPerProfile || owned.count > space.maxKeysPerProfile { return "profileLimit" }
    commits += 1
    let primaries = tids.filter { $0.tid == first || $0.tid == second }.sorted(by: isOlder).map(\.tid)
    for index in tids.indices where tids[index].tid == primaries[1] {
      tids[index].parent = primaries[0]
      tids[index].merged = commits
    }
    // 5, steps 3 and 4, with no keys of a capture.
    _ = steps(
      NaiveDecision(linking: []),
      NaiveCommit(
        result: primaries[0], origin: primaries[0], at: 0, number: commits, sent: [], isNextPerson: false))
    return nil
  }

  /// 7: unmerge.
  mutating func unmerge(_ tid: String, allowRemerge: Bool) -> String? {
    guard let record = record(of: tid), let primary = root(of: tid) else { return "unknownTid" }
    // "S (a secondary; otherwise error `notSecondary`)"
    guard let parent = record.parent else { return "notSecondary" }
    let whole = members(of: primary).map(\.tid)
    let subtree = whole.filter { isBelow($0, tid) }
    let rest = whole.filter { !subtree.contains($0) }
    let since = record.merged ?? 0
    let lost = lastReleases().filter { $0.commit >= since }
    let recorded =
      claims.filter { subtree.contains($0.origin) }
      + lastReleases().map(\.claim)
      .filter { subtree.contains($0.origin) }

    commits += 1
    // "S's subtree becomes a profile of its own again"
    for index in tids.indices where tids[index].tid == tid {
      tids[index].parent = nil
      tids[index].merged = nil
    }
    // "claims with an origin in it that were released by that merge or later (but not as `invalid`)"
    recover(tid, lost.map(\.claim).filter { subtree.contains($0.origin) })
    // What stays gets back what the merge itself took from it, and what keys recorded on the subtree did.
    let taken = lost.filter { turn in
      turn.released != "transferred"
        && (turn.commit == record.merged
          || recorded.contains { $0.attribute == turn.claim.attribute && $0.commit == turn.commit })
    }
    recover(primary, taken.map(\.claim).filter { rest.contains($0.origin) })
    // "Separations are recorded between S and the TID it was merged into, and between S and the profile's
    // primary, unless told otherwise."
    if !allowRemerge {
      for other in [parent, primary] where !separations.contains(NaiveSeparation(tid, other)) {
        separations.append(NaiveSeparation(tid, other))
      }
    }
    return nil
  }

  /// "come back: verified ones first, newest first, where nobody owns the key and the limit and
  /// `maxKeysPerProfile` have room; then S's unverified claims on keys it owns, and its oldest beyond the
  /// room, are released; then unverified ones come back, newest first, in the room left, within
  /// `maxUnverifiedPerProfile`, none on a key S owns or claims"
  private mutating func recover(_ profile: String, _ lost: [NaiveClaim]) {
    let newestFirst = lost.sorted { isOlder($1, $0) }
    for claim in newestFirst where claim.verified {
      let isFull = claims(of: profile, verified: true).count >= space.maxKeysPerProfile
      if owner(of: claim.key) == nil, !isFull, room(of: profile, claim.attribute, beside: [true]) > 0 {
        putBack(claim)
      }
    }
    let owned = claims(of: profile, verified: false).filter { owner(of: $0.key) == profile }
    release("redundant") { owned.contains($0) }
    for attribute in space.attributes {
      while room(of: profile, attribute.name, beside: [true, false]) < 0 {
        let oldest = claims(of: profile, verified: false).filter { $0.attribute == attribute.name }
          .sorted { isOlder($0, $1) }.first
        guard let oldest else { break }
        release("crowdedOut") { $0 == oldest }
      }
    }
    for claim in newestFirst where !claim.verified {
      let isFull = claims(of: profile, verified: false).count >= space.maxUnverifiedPerProfile
      let isKnown = [true, false].contains { verified in
        claims(of: profile, verified: verified).contains { $0.key == claim.key }
      }
      if !isKnown, !isFull, room(of: profile, claim.attribute, beside: [true, false]) > 0 { putBack(claim) }
    }
  }

  /// How many more values of an attribute a profile may hold beside its claims of these kinds.
  private func room(of profile: String, _ attribute: String, beside kinds: [Bool]) -> Int {
    guard let limit = self.attribute(named: attribute)?.limit else { return .max }
    return kinds.reduce(limit) { room, verified in
      room - claims(of: profile, verified: verified).filter { $0.attribute == attribute }.count
    }
  }

  private mutating func putBack(_ claim: NaiveClaim) {
    // An unverified claim on the key at the same place goes; a place has one.
    release("redundant") { !$0.verified && $0.key == claim.key && $0.origin == claim.origin }
    claims.append(claim)
    turns.append(NaiveTurn(claim: claim, commit: commits, released: nil))
  }

  /// Whether a TID is another one, or below it.
  private func isBelow(_ tid: String, _ other: String) -> Bool {
    var next: String? = tid
    while let current = next {
      if current == other { return true }
      next = record(of: current)?.parent
    }
    return false
  }

  /// The last release of every key on every TID, verified and unverified ones apart; not where it came back
  /// since, nor where a validator called it wrong.
  private func lastReleases() -> [NaiveTurn] {
    var last: [NaiveTurn] = []
    for turn in turns {
      last.removeAll {
        $0.claim.key == turn.claim.key && $0.claim.origin == turn.claim.origin
          && $0.claim.verified == turn.claim.verified
      }
      last.append(turn)
    }
    return last.filter { $0.released != nil && $0.released != "invalid" }
  }

  /// Releases claims. A claim that was never stored before this step leaves no trace.
  mutating func release(_ why: String, where goes: (NaiveClaim) -> Bool) {
    for claim in claims where goes(claim) {
      let wasStored = claimsBefore.contains { $0.key == claim.key && $0.origin == claim.origin }
      if wasStored { turns.append(NaiveTurn(claim: claim, commit: commits, released: why)) }
    }
    claims.removeAll(where: goes)
  }
}
