// Sections 3 and 4: from a capture to its linking and unverified keys; then 5, carried out.

/// A key of this capture, and what screening and verification made of it.
struct NaiveSent: Sendable, Equatable {
  enum Standing: Sendable, Equatable {
    case rejected(String)
    case linking
    case unverified
  }

  var key: NaiveKeyName
  /// The place in the request order, rejected keys counted.
  var order: Int
  var standing: Standing
}

extension NaiveModel {
  mutating func capture(_ capture: NaiveCapture) -> NaiveOutcome {
    // 3.1 "If `id` was captured before with the same content, the stored outcome is returned as it was"
    if let id = capture.id, let earlier = answered.first(where: { naiveSame($0.id, id) }) {
      var sameButFresh = capture
      sameButFresh.freshTid = earlier.capture.freshTid
      // "same `id`, different content -> error `idReused`"
      guard sameButFresh == earlier.capture else { return NaiveOutcome(refused: "idReused") }
      var outcome = earlier.outcome
      outcome.replayed = true
      return outcome
    }

    // 3.2 "unknown attribute (`unknownAttribute`)"
    if capture.keys.contains(where: { attribute(named: $0.attribute) == nil }) {
      return NaiveOutcome(refused: "unknownAttribute")
    }
    let keys = inRequestOrder(capture.keys)
    // 3.2 "more distinct values for an attribute than its limit, counted after screening"
    for attribute in space.attributes {
      let values = keys.filter { $0.attribute == attribute.name && !$0.malformed && !$0.blocked }
      if let limit = attribute.limit, values.count > limit {
        return NaiveOutcome(refused: "ambiguousKeys")
      }
    }

    // 3.4 "C = the profile of `tid`, if given and known. An unknown, revoked [...] `tid` is never adopted"
    var current: String?
    var outcome = NaiveOutcome()
    if let tid = capture.tid {
      if let record = record(of: tid), !record.revoked {
        current = root(of: tid)
      } else {
        outcome.unknownTid = true
      }
    }
    // 3.4 "A handoff is honoured [...] only if its TID is known and not revoked"
    var handedOver: String?
    if let tid = capture.handoffTid {
      if let record = record(of: tid), !record.revoked {
        handedOver = root(of: tid)
      } else {
        outcome.handoff = "unknownTid"
      }
    }

    let sent = verify(keys, touchpoint: capture.touchpoint, current: current)
    let decision = decide(
      linking: sent.filter { $0.standing == .linking }, current: current, handedOver: handedOver,
      touchpoint: capture.touchpoint)
    if let handoff = decision.handoff { outcome.handoff = handoff }

    commits += 1
    outcome = carryOut(
      decision, of: capture, sent: sent, current: current, handedOver: handedOver, outcome: outcome)
    if let id = capture.id {
      answered.append(NaiveAnswered(id: id, capture: capture, outcome: outcome))
    }
    return outcome
  }

  /// 5: "Request order is: stronger attribute first [...], and within one as its values were sent."
  /// 3.3: "Values that normalise to the same key count once and are reported once".
  func inRequestOrder(_ keys: [NaiveKey]) -> [NaiveKey] {
    var result: [NaiveKey] = []
    for attribute in space.attributes {
      for key in keys where key.attribute == attribute.name {
        let isRepeated = result.contains {
          $0.attribute == key.attribute && naiveSame($0.value, key.value)
        }
        if !isRepeated { result.append(key) }
      }
    }
    return result
  }

  /// 4, with the rejections of 3.3.
  func verify(_ keys: [NaiveKey], touchpoint: String, current: String?) -> [NaiveSent] {
    // "If every key that passed screening is already a verified claim of C [...] all count as linking."
    let isRepetition = keys.filter { !$0.malformed && !$0.blocked }.allSatisfy { key in
      let owner = owner(of: NaiveKeyName(attribute: key.attribute, value: key.value))
      return owner != nil && owner == current
    }
    return keys.enumerated().map { order, key in
      let standing: NaiveSent.Standing
      if key.malformed {
        standing = .rejected("malformed")  // 3.3 "key result `rejected`, reason `malformed`"
      } else if key.blocked {
        standing = .rejected("blocked")  // 3.3 "Blocked: `rejected`, reason `blocked`"
      } else if isRepetition {
        standing = .linking
      } else {
        standing = verify(key, touchpoint: touchpoint)
      }
      let name = NaiveKeyName(attribute: key.attribute, value: key.value)
      return NaiveSent(key: name, order: order, standing: standing)
    }
  }

  /// The table of 4.
  func verify(_ key: NaiveKey, touchpoint: String) -> NaiveSent.Standing {
    guard let attribute = attribute(named: key.attribute) else { return .unverified }
    if attribute.trustSource {
      // "linking if the touchpoint is in `linksFrom` (or none is given), else unverified"
      guard let linksFrom = attribute.linksFrom else { return .linking }
      return naiveNames(linksFrom, touchpoint: touchpoint) ? .linking : .unverified
    }
    switch key.verdict {
    case .valid:
      // "linking if one of them proved possession, or the touchpoint is in `linksFrom`; else unverified"
      if attribute.possession { return .linking }
      return naiveNames(attribute.linksFrom ?? [], touchpoint: touchpoint) ? .linking : .unverified
    case .invalid:
      return .rejected("invalid")  // "key result `rejected`, reason `invalid`"
    case .indeterminate:
      return .unverified
    }
  }

  // MARK: 5, after the decision

  mutating func carryOut(
    _ decision: NaiveDecision, of capture: NaiveCapture, sent: [NaiveSent], current: String?,
    handedOver: String?, outcome: NaiveOutcome
  ) -> NaiveOutcome {
    var outcome = outcome
    let group = decision.joined.map(\.profile)
    let currentIsIn = current.map { group.contains($0) } ?? false
    let handedOverIsIn = handedOver.map { group.contains($0) } ?? false
    let currentWasKnown = current.map { isKnown($0) } ?? false
    let currentTids = current.map { members(of: $0).map(\.tid) } ?? []
    // "the keys in order whose owner is in G", looked at before anything changes
    let origins = decision.linking
      .compactMap { verifiedClaim(on: $0.key) }
      .filter { claim in root(of: claim.origin).map { group.contains($0) } ?? false }
      .map(\.origin)

    // 4 "an unverified claim C holds on it is released; a verified claim stays"
    for one in sent where one.standing == .rejected("invalid") {
      release("invalid") { claim in
        !claim.verified && claim.key == one.key && currentTids.contains(claim.origin)
      }
    }

    // "if G is empty, a new TID (bornAt = the capture's `at`); otherwise the oldest primary in G"
    let result: String
    if group.isEmpty {
      result = capture.freshTid
      tids.append(NaiveTid(tid: result, bornAt: capture.at))
      outcome.created = true
    } else {
      let primaries = tids.filter { group.contains($0.tid) }.sorted(by: isOlder).map(\.tid)
      result = primaries[0]
      // "and every other root in G is merged into it"
      outcome.merged = Array(primaries.dropFirst())
      for index in tids.indices where outcome.merged.contains(tids[index].tid) {
        tids[index].parent = result
        tids[index].merged = commits
      }
    }

    var touchpointTid: String
    if let tid = capture.tid, currentIsIn {
      touchpointTid = tid  // "the presented `tid` if C is in G"
    } else if let tid = capture.handoffTid, handedOverIsIn {
      touchpointTid = tid  // "else the handoff's TID if H is in G"
    } else if let tid = origins.first(where: { isLive($0) }) {
      touchpointTid = tid  // "else the first origin, not revoked, among the keys in order"
    } else if let tid = members(of: result).first(where: { !$0.revoked })?.tid {
      touchpointTid = tid  // "else the oldest TID of R that is not revoked"
    } else {
      touchpointTid = capture.freshTid  // "if none is left, a fresh TID (secondary of R)"
      addFresh(touchpointTid, under: result, of: result, at: capture.at)
    }

    var commit = NaiveCommit(
      result: result, origin: touchpointTid, at: capture.at, number: commits, sent: sent,
      isNextPerson: naiveNames(space.sharedTouchpoints, touchpoint: capture.touchpoint)
        && currentIsIn && currentWasKnown)

    // "With `rotateTids`, where C was anonymous, C is in G, and R owns a key when the capture is done"
    if space.rotateTids, currentIsIn, !currentWasKnown, let presented = capture.tid {
      var rehearsal = self
      _ = rehearsal.steps(decision, commit)
      if rehearsal.isKnown(result) {
        // "a fresh TID, secondary of the presented one, takes its place"
        touchpointTid = capture.freshTid
        addFresh(touchpointTid, under: presented, of: result, at: capture.at)
        commit.origin = touchpointTid
        // "and every TID that was C's is revoked"
        for index in tids.indices where currentTids.contains(tids[index].tid) {
          tids[index].revoked = true
        }
      }
    }

    let done = steps(decision, commit)
    record(capture, origin: touchpointTid)

    outcome.tid = result
    outcome.touchpointTid = touchpointTid
    outcome.switchedFrom = decision.switchedFrom
    outcome.keys = done.results
    // "`decision` is the first that applies"
    if outcome.switchedFrom != nil {
      outcome.decision = "switched"
    } else if !outcome.merged.isEmpty {
      outcome.decision = "merged"
    } else if outcome.created {
      outcome.decision = "created"
    } else if done.results.contains(where: { $0.result == "associated" }) || done.isNewlyVerified {
      outcome.decision = "associated"  // "a key newly associated or newly verified"
    } else {
      outcome.decision = "recognized"
    }
    return outcome
  }

  func isLive(_ tid: String) -> Bool {
    record(of: tid).map { !$0.revoked } ?? false
  }

  /// "The bornAt of such a fresh TID is the latest of `at`, R's and that of the TID it is made secondary of;
  /// at equal bornAt it counts as the younger": its text is greater than all earlier ones.
  mutating func addFresh(_ tid: String, under parent: String, of result: String, at: Int) {
    let bornAt = [at, record(of: result)?.bornAt ?? at, record(of: parent)?.bornAt ?? at].max() ?? at
    tids.append(NaiveTid(tid: tid, bornAt: bornAt, parent: parent))
  }

  /// "It is the origin of every new claim, datum and activity of this capture".
  mutating func record(_ capture: NaiveCapture, origin: String) {
    for (name, value) in capture.data.sorted(by: { naiveLess($0.key, $1.key) }) {
      let new = NaiveDatum(origin: origin, name: name, value: value, at: capture.at, commit: commits)
      if let index = data.firstIndex(where: { $0.origin == origin && naiveSame($0.name, name) }) {
        if (data[index].at, data[index].commit) < (new.at, new.commit) { data[index] = new }
      } else {
        data.append(new)
      }
    }
    // 7 "Activity per (TID, touchpoint): count, first, last."
    let place = activity.firstIndex {
      $0.origin == origin && naiveSame($0.touchpoint, capture.touchpoint)
    }
    if let place {
      activity[place].count += 1
      activity[place].first = min(activity[place].first, capture.at)
      activity[place].last = max(activity[place].last, capture.at)
    } else {
      activity.append(
        NaiveActivity(
          origin: origin, touchpoint: capture.touchpoint, count: 1, first: capture.at, last: capture.at))
    }
  }
}
