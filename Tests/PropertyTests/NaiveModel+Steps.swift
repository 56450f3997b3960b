// Section 5: "Then, on R", steps 1 to 4.

struct NaiveCommit: Sendable, Equatable {
  /// R.
  var result: String
  /// The touchpointTid: the origin of every new claim.
  var origin: String
  var at: Int
  var number: Int
  var sent: [NaiveSent]
  /// "the touchpoint is in `sharedTouchpoints` and C is R's and was known".
  var isNextPerson: Bool
  /// The claims that taken keys have with their owners.
  var takenClaims: [NaiveClaim] = []
}

struct NaiveStepsDone: Sendable, Equatable {
  /// In request order.
  var results: [NaiveKeyResult]
  var isNewlyVerified = false
}

extension NaiveModel {
  mutating func steps(_ decision: NaiveDecision, _ commit: NaiveCommit) -> NaiveStepsDone {
    var results = commit.sent.map { sent in
      NaiveKeyResult(attribute: sent.key.attribute, value: sent.key.value, result: "")
    }
    for sent in commit.sent {
      if case .rejected(let reason) = sent.standing {
        results[sent.order].result = "rejected"
        results[sent.order].reason = reason
      }
    }
    /// The keys whose unverified claim became verified.
    var promoted: [NaiveKeyName] = []
    /// "an asserted or transferred key"
    var ranked = decision.asserted

    // 1. "Asserted keys, in order."
    for sent in decision.asserted {
      results[sent.order] = settle(sent, commit, &promoted)
    }

    // 2. "Taken keys, attribute by attribute, and within one in the order 3 ranks them."
    var commit = commit
    commit.takenClaims = claims.filter { claim in
      claim.verified && decision.taken.contains { $0.sent.key == claim.key }
    }
    for attribute in space.attributes {
      let taken = decision.taken.filter { $0.sent.key.attribute == attribute.name }
      let all = ranked + taken.map(\.sent)
      let inTurn = taken.sorted { left, right in
        stays(claim(left.sent, commit), before: claim(right.sent, commit), attribute, all, commit)
      }
      for one in inTurn {
        // "`whenTaken: transfer` and why is conflict or separated"
        let mayMove = attribute.whenTakenTransfer && (one.why == "conflict" || one.why == "separated")
        // "provided R has room under `maxKeysPerProfile`"
        let hasRoom = claims(of: commit.result, verified: true).count < space.maxKeysPerProfile
        // "and the key would not lose in 3"
        let moved = claim(one.sent, commit)
        let rivals = claims(of: commit.result, verified: true).filter { $0.attribute == attribute.name }
        let wouldStay = keep(rivals + [moved], attribute, ranked + [one.sent], commit)
          .contains { $0.key == moved.key }
        if mayMove, hasRoom, wouldStay {
          // "released by its holder and treated as in 1, with reason `transferred`"
          release("transferred") { $0.verified && $0.key == one.sent.key }
          results[one.sent.order] = settle(one.sent, commit, &promoted)
          results[one.sent.order].reason = "transferred"
          ranked.append(one.sent)
        } else {
          // "(otherwise its holder keeps it); else `withheld`, reason why"
          results[one.sent.order].result = "withheld"
          results[one.sent.order].reason = one.why
        }
      }
    }

    // 3. "Limits. Where R owns more values of an attribute than its limit"
    for attribute in space.attributes {
      let owned = claims(of: commit.result, verified: true).filter { $0.attribute == attribute.name }
      let kept = keep(owned, attribute, ranked, commit)
      for loser in owned where !kept.contains(loser) {
        release("superseded") { $0 == loser }  // "The others are released"
        for sent in ranked where sent.key == loser.key {
          // "A key of this capture that loses -> `withheld`, `superseded`"
          results[sent.order].result = "withheld"
          results[sent.order].reason = "superseded"
        }
      }
    }

    // 4. "Unverified keys."
    unverifiedKeys(commit, &results)

    // "`verified` in a key's result, rejected ones included: whether R owns the key when [...] done."
    for sent in commit.sent {
      results[sent.order].verified = owner(of: sent.key) == commit.result
    }
    let isNewlyVerified = promoted.contains { owner(of: $0) == commit.result }
    return NaiveStepsDone(results: results, isNewlyVerified: isNewlyVerified)
  }

  /// The verified claim that a key of this capture would newly have.
  func claim(_ sent: NaiveSent, _ commit: NaiveCommit) -> NaiveClaim {
    NaiveClaim(
      attribute: sent.key.attribute, value: sent.key.value, origin: commit.origin, verified: true,
      capturedAt: commit.at, commit: commit.number, order: sent.order)
  }

  /// Step 1 for one key.
  mutating func settle(
    _ sent: NaiveSent, _ commit: NaiveCommit, _ promoted: inout [NaiveKeyName]
  ) -> NaiveKeyResult {
    var result = NaiveKeyResult(attribute: sent.key.attribute, value: sent.key.value, result: "")
    if owner(of: sent.key) == commit.result {
      result.result = "recognized"  // "R owns it after the merges"
    } else if claims(of: commit.result, verified: true).count >= space.maxKeysPerProfile {
      result.result = "withheld"  // "R owns `maxKeysPerProfile` keys already"
      result.reason = "profileLimit"
    } else if let place = unverifiedPlaces(of: commit.result, on: sent.key).first {
      // "that claim (its origin kept) becomes verified with this `at` and commit: `recognized`"
      claims[place].verified = true
      claims[place].capturedAt = commit.at
      claims[place].commit = commit.number
      claims[place].order = sent.order
      promoted.append(sent.key)
      result.result = "recognized"
    } else {
      claims.append(claim(sent, commit))  // "Otherwise a new verified claim: `associated`"
      result.result = "associated"
    }
    return result
  }

  /// 3: those of R's claims on one attribute that its limit lets it keep.
  func keep(
    _ owned: [NaiveClaim], _ attribute: NaiveAttribute, _ ranked: [NaiveSent], _ commit: NaiveCommit
  ) -> [NaiveClaim] {
    guard let limit = attribute.limit else { return owned }
    let sorted = owned.sorted { stays($0, before: $1, attribute, ranked, commit) }
    return Array(sorted.prefix(limit))
  }

  /// 3: whether one claim stays rather than the other.
  func stays(
    _ left: NaiveClaim, before right: NaiveClaim, _ attribute: NaiveAttribute, _ ranked: [NaiveSent],
    _ commit: NaiveCommit
  ) -> Bool {
    if attribute.onConflictKeep {
      // "`keep` keeps those with the smallest commit order, then request order"
      return (left.commit, left.order) < (right.commit, right.order)
    }
    // "`replace` keeps the newest by (time, commit order, request order), where an asserted or transferred
    // key counts with the later of its capturedAt and this `at`, and with this commit and its request order"
    func newness(_ claim: NaiveClaim) -> (Int, Int, Int) {
      if let sent = ranked.first(where: { $0.key == claim.key }) {
        // The capturedAt of a transferred key is the one it had with its owner.
        let before = commit.takenClaims.first { $0.key == claim.key }?.capturedAt ?? commit.at
        return (max(claim.capturedAt, before, commit.at), commit.number, sent.order)
      }
      return (claim.capturedAt, claim.commit, claim.order)
    }
    return newness(left) > newness(right)
  }

  /// Step 4.
  mutating func unverifiedKeys(_ commit: NaiveCommit, _ results: inout [NaiveKeyResult]) {
    // "First, unverified claims of R on keys R owns are released, and of two on the same key the younger."
    for claim in claims(of: commit.result, verified: false) {
      if owner(of: claim.key) == commit.result {
        release("redundant") { $0 == claim }
      } else {
        let places = unverifiedPlaces(of: commit.result, on: claim.key)
        let younger = places.dropFirst().map { claims[$0] }
        release("redundant") { younger.contains($0) }
      }
    }

    /// This capture's unverified keys that stand in line and stay.
    var own: [NaiveSent] = []
    for attribute in space.attributes {
      var mine: [NaiveSent] = []
      for sent in commit.sent where sent.standing == .unverified && sent.key.attribute == attribute.name {
        if owner(of: sent.key) == commit.result {
          results[sent.order].result = "recognized"  // "R owns the key -> `recognized`."
        } else {
          mine.append(sent)
        }
      }
      // "(unless `whenUnverified` is `drop`, or the touchpoint is in `sharedTouchpoints` and C is R's and
      // was known [...])"
      let line = attribute.whenUnverifiedDrop || commit.isNextPerson ? [] : mine
      // "then R's other unverified claims, newest first"
      let others = claims(of: commit.result, verified: false)
        .filter { claim in
          claim.attribute == attribute.name && !line.contains { $0.key == claim.key }
        }
        .sorted { isOlder($1, $0) }
      // "room = limit - values R owns"
      var room = attribute.limit.map { $0 - verified(commit.result, attribute.name).count } ?? Int.max

      // "this capture's own that do not stay, or may not stand in line, are `withheld`, `unverified`"
      for sent in mine {
        results[sent.order].result = "withheld"
        results[sent.order].reason = "unverified"
      }
      // "The first `room` stay [...]; the rest are released"
      for sent in line {
        let held = unverifiedPlaces(of: commit.result, on: sent.key).first
        if room > 0 {
          room -= 1
          own.append(sent)
          results[sent.order].reason = nil
          if held != nil {
            results[sent.order].result = "recognized"  // "or `recognized` if R held the claim already"
          } else {
            var new = claim(sent, commit)
            new.verified = false
            claims.append(new)
            results[sent.order].result = "associated"  // "`associated` with `verified: false`"
          }
        } else if let held {
          let released = claims[held]
          release("crowdedOut") { $0 == released }
        }
      }
      for other in others {
        if room > 0 {
          room -= 1
        } else {
          release("crowdedOut") { $0 == other }
        }
      }
    }

    // "Beyond `maxUnverifiedPerProfile`, R's claims that are not this capture's unverified keys go first,
    // oldest first"
    while claims(of: commit.result, verified: false).count > space.maxUnverifiedPerProfile {
      let others = claims(of: commit.result, verified: false)
        .filter { claim in !own.contains { $0.key == claim.key } }
        .sorted { isOlder($0, $1) }
      if let oldest = others.first {
        release("crowdedOut") { $0 == oldest }
      } else if let last = own.popLast() {
        // "then this capture's own, last first (`withheld`, `unverified`)"
        let places = unverifiedPlaces(of: commit.result, on: last.key)
        let released = places.map { claims[$0] }
        release("crowdedOut") { released.contains($0) }
        results[last.order].result = "withheld"
        results[last.order].reason = "unverified"
      } else {
        break
      }
    }
  }
}
