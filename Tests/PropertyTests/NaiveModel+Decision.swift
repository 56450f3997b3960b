// Section 5: the decision, as the page's pseudo-code has it.

struct NaiveJoined: Sendable, Equatable {
  var profile: String
  /// The attribute it was joined by; nil is continuity.
  var by: String?
}

struct NaiveTaken: Sendable, Equatable {
  var sent: NaiveSent
  var why: String
}

struct NaiveDecision: Sendable, Equatable {
  /// The linking keys in the order of the decision.
  var linking: [NaiveSent]
  /// G.
  var joined: [NaiveJoined] = []
  /// In the order of the decision.
  var asserted: [NaiveSent] = []
  var taken: [NaiveTaken] = []
  var switchedFrom: String?
  /// "used" or "conflict"; nil without a valid handoff.
  var handoff: String?

  func contains(_ profile: String) -> Bool {
    joined.contains { $0.profile == profile }
  }

  func assertedValues(_ attribute: String) -> [String] {
    asserted.filter { $0.key.attribute == attribute }.map(\.key.value)
  }
}

extension NaiveModel {
  func decide(
    linking: [NaiveSent], current: String?, handedOver: String?, touchpoint: String
  ) -> NaiveDecision {
    var decision = NaiveDecision(linking: inOrder(linking))

    // "for each linking key k = (a, v) in order"
    for sent in decision.linking {
      let attribute = sent.key.attribute
      if let owner = owner(of: sent.key), !decision.contains(owner) {
        if let why = blocked(owner, by: attribute, value: sent.key.value, decision) {
          decision.taken.append(NaiveTaken(sent: sent, why: why))
        } else {
          decision.joined.append(NaiveJoined(profile: owner, by: attribute))
          decision.asserted.append(sent)
        }
      } else {
        decision.asserted.append(sent)  // "if P is none or P in G: asserted[a] += v"
      }
    }

    let currentIsKnown = current.map { isKnown($0) } ?? false
    var isJoinedByHandoff = false
    // "if H exists, H not in G, H is not C"
    if let handedOver, !decision.contains(handedOver), handedOver != current {
      // "settled = G or asserted is not empty, or C is known and H is not"
      let settled =
        !decision.joined.isEmpty || !decision.asserted.isEmpty || (currentIsKnown && !isKnown(handedOver))
      // "if not ((settled and not joinKnown) or blocked(H, continuity)): G += H"
      let isBlocked = blocked(handedOver, by: nil, value: nil, decision) != nil
      if !((settled && !space.joinKnown) || isBlocked) {
        decision.joined.append(NaiveJoined(profile: handedOver, by: nil))
        isJoinedByHandoff = true
      }
    }

    // "if C exists, C not in G"
    if let current, !decision.contains(current) {
      // "if blocked(C, continuity)"
      let isBlocked = blocked(current, by: nil, value: nil, decision) != nil
      // "or C is known, the touchpoint is in `sharedTouchpoints`, and G or asserted is not empty"
      let isSomebodyElse =
        currentIsKnown && naiveNames(space.sharedTouchpoints, touchpoint: touchpoint)
        && (!decision.joined.isEmpty || !decision.asserted.isEmpty)
      // "or C is known, H joined by the handoff, and not joinKnown"
      let isLeft = currentIsKnown && isJoinedByHandoff && !space.joinKnown
      if isBlocked || isSomebodyElse || isLeft {
        decision.switchedFrom = current
      } else {
        decision.joined.append(NaiveJoined(profile: current, by: nil))
      }
    }

    // "if H exists: handoff = "used" if H in G, else "conflict""
    if let handedOver {
      decision.handoff = decision.contains(handedOver) ? "used" : "conflict"
    }
    return decision
  }

  /// "stronger attribute first; within an attribute, keys that have an owner first; then request order".
  func inOrder(_ keys: [NaiveSent]) -> [NaiveSent] {
    func place(_ sent: NaiveSent) -> (Int, Int, Int) {
      (strength(of: sent.key.attribute), owner(of: sent.key) == nil ? 1 : 0, sent.order)
    }
    return keys.sorted { place($0) < place($1) }
  }

  /// "blocked(P, by, v) - the first that holds is the reason"; `by` nil is continuity.
  func blocked(_ profile: String, by: String?, value: String?, _ decision: NaiveDecision) -> String? {
    // "G has a member that a separation keeps apart from P"
    if decision.joined.contains(where: { isSeparated($0.profile, from: profile) }) { return "separated" }

    // "G is not empty and G + P together exceed maxTidsPerProfile or maxKeysPerProfile"
    if !decision.joined.isEmpty {
      let together = decision.joined.map(\.profile) + [profile]
      var liveTids = 0  // 2 "revoked TIDs do not count"
      var keys = 0
      for one in together {
        liveTids += members(of: one).filter { !$0.revoked }.count
        keys += claims(of: one, verified: true).count
      }
      if liveTids > space.maxTidsPerProfile || keys > space.maxKeysPerProfile { return "profileLimit" }
    }

    // "for some attribute x that counts against `by`"
    for attribute in space.attributes where counts(attribute.name, against: by) {
      guard let limit = attribute.limit else { continue }
      // "U = asserted[x] ..."
      var settled = decision.assertedValues(attribute.name)
      if attribute.name == by, !attribute.onConflictKeep {
        // "U = asserted[by] + {v} + verified(Q,by) for those Q in G that were joined by `by` itself"
        if let value { settled.append(value) }
        for one in decision.joined where one.by == by {
          settled += verified(one.profile, attribute.name)
        }
      } else {
        // "... + verified(Q,x) for all Q in G"
        for one in decision.joined {
          settled += verified(one.profile, attribute.name)
        }
      }
      let own = verified(profile, attribute.name)
      let isSubset = own.allSatisfy { naiveContains(settled, $0) }
      var union: [String] = []
      for text in own + settled where !naiveContains(union, text) {
        union.append(text)
      }
      // "U is not empty, verified(P,x) is not a subset of U, |verified(P,x) + U| > limit(x)"
      if !settled.isEmpty, !isSubset, union.count > limit { return "conflict" }
    }
    return nil
  }

  /// "x counts against continuity always; against an attribute `by` when x is `by` itself or listed
  /// before it".
  func counts(_ attribute: String, against by: String?) -> Bool {
    guard let by else { return true }
    return strength(of: attribute) <= strength(of: by)
  }
}
