/// Keyfold's own codes in words, for everybody who tells people of them.

extension Outcome.Reason {
  /// Why a key ended as it did.
  package var words: Sentence {
    switch self {
    case .unverified: "nobody vouched for it, and there is no room for it"
    case .conflict: "its owner is another customer"
    case .separated: "its owner was said to be another customer"
    case .profileLimit: "the profile is full"
    case .superseded: "other values of this attribute took precedence"
    case .transferred: "it was moved here from its former owner"
    case .invalid: "its validator says it is wrong"
    case .malformed: "it has not the form of this attribute"
    case .blocked: "a value that never identifies anybody"
    }
  }
}

extension Outcome.HandoffResult {
  /// Why a handoff was ignored; nil for one that was used.
  package var words: Sentence? {
    switch self {
    case .used: nil
    case .conflict: "it brings another customer than the one who is here"
    case .expired: "it came too late"
    case .invalid: "not made for this space and touchpoint, or with another key"
    case .spent: "it was used before"
    case .unknownTid: "its TID identifies nobody"
    }
  }
}

extension Effect.Release {
  /// Why a claim is gone.
  package var words: Sentence {
    switch self {
    case .superseded: "another value of the attribute took its place"
    case .transferred: "it moved to another customer"
    case .invalid: "its validator says it is wrong"
    case .redundant: "the customer has it already"
    case .crowdedOut: "others took the room for unverified keys"
    }
  }
}

extension PendingEnd {
  /// How a wait ended.
  package var words: Sentence {
    switch self {
    case .applied: "applied: it is verified now"
    case .conflict: "conflict: it may not join this customer"
    case .rejected: "rejected: its validator says it is wrong"
    case .stale: "stale: the customer changed meanwhile"
    case .expired: "expired: nobody could tell within a day"
    }
  }
}

extension Obstacle.Cause {
  /// What keeps two apart.
  ///
  /// - Parameters:
  ///   - touchpoint: where it happened.
  ///   - differing: keys of the two that tell them apart, as far as they are known.
  func words(at touchpoint: String?, differing: [Key]) -> Sentence {
    switch self {
    case .separated(let a, let b): return "\(a) and \(b) were said to be different customers"
    case .profileLimit: return "together they would be more than a profile may hold"
    case .conflict(let attribute):
      let keys: Sentence = differing.isEmpty ? "" : " (\(Sentence.list(differing.map { "\($0)" })))"
      return "they differ in \(quoted: attribute)\(keys)"
    case .sharedTouchpoint:
      let place: Sentence = touchpoint.map { "\(quoted: $0)" } ?? "the touchpoint"
      return "\(place) is used by many people, and no key of the earlier customer was shown"
    case .settled: return "a handoff does not join a known customer to somebody who is settled already"
    }
  }
}

extension Lead {
  /// What led to a profile, in words that can stand before a semicolon.
  func words(to profile: TID) -> Sentence {
    func whose(_ tid: TID) -> Sentence { tid == profile ? "" : " of \(profile)" }
    switch self {
    case .presented(let tid): return "the touchpoint presented \(tid)\(whose(tid))"
    case .handoff(let tid): return "a handoff brought \(tid)\(whose(tid))"
    case .key(let holding):
      return
        "\(holding.key) was shown, which \(holding.origin)\(whose(holding.origin)) held\(holding.sinceWords)"
    case .operator(let tid): return "an operator named \(tid)\(whose(tid))"
    case .issued: return "\(profile) was issued"
    case .unknown: return "what led to \(profile) is not known"
    }
  }
}

extension Link {
  /// The key that made the customers one.
  var key: Key? {
    guard case .key(let attribute, _, _) = cause else { return nil }
    for case .key(let holding) in [lead, parentLead] where sameBytes(holding.key.attribute, attribute) {
      return holding.key
    }
    return nil
  }

  /// What did it, in a few words.
  package var words: Sentence {
    switch cause {
    case nil: "issued beside it"
    case .key(let attribute, _, _): key.map { "by \($0)" } ?? "by \(quoted: attribute)"
    case .operator: "by an operator"
    case .handoff: "by a handoff"
    }
  }
}

extension Holding {
  /// Since when it was held.
  var sinceWords: Sentence { since.map { " since \(entry: $0)" } ?? "" }
}

extension Operation {
  /// What an operator or host did.
  var headline: Sentence {
    switch self {
    case .revoke(let tid, _): "\(tid) was revoked: it identifies nobody any more"
    case .merge(let a, let b, _): "an operator said that \(a) and \(b) are one customer"
    case .unmerge(let tid, _, _): "an operator said that \(tid) is another customer, with all that came by it"
    case .separate(let a, let b, _): "\(a) and \(b) were said to be different customers"
    case .removeSeparation(let a, let b, _): "\(a) and \(b) are no longer said to be different customers"
    case .erase(_, let tids, let keys):
      "a customer with \(tids) TIDs and \(keys) keys was erased"
    case .erased: "what stood here was about a customer who has been erased since"
    case .lost: "this entry was damaged and is lost; what it did is not known"
    case .changeSpace: "the store went on with other rules"
    }
  }

  /// The reason an operator gave.
  var reason: String? {
    switch self {
    case .revoke(_, let reason): reason
    case .merge(_, _, let reason), .unmerge(_, _, let reason), .separate(_, _, let reason),
      .removeSeparation(_, _, let reason):
      reason
    case .erase(let reason, _, _): reason
    case .erased, .lost, .changeSpace: nil
    }
  }

  /// The reason given, and what else there is to say.
  var details: [Sentence] {
    if case .changeSpace(let differences) = self { return differences.map { "\(quoted: $0)" } }
    return reason.map { ["reason: \(quoted: $0)"] } ?? []
  }
}
