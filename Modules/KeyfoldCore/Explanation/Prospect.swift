/// What would have to happen for two customers to become one.
public enum Prospect: Sendable, Hashable {
  /// A capture with these keys, all vouched for, and with this TID if it is not nil.
  case capture(tid: TID?, keys: [Key])
  /// Nothing is known of either: the same key on both, or a handoff.
  case sameKey
  /// No capture with keys they have can do it.
  case none

  /// Tries the captures that would bring the two together, on what is known of them now.
  package init(_ a: Profile, _ b: Profile, separations: [TIDPair], in space: Space) {
    let trial = Trial(profiles: (a, b), separations: separations, space: space)
    if a.isAnonymous && b.isAnonymous {
      self = separations.contains { trial.separates($0) } ? .none : .sameKey
      return
    }
    self = trial.candidates.first(where: trial.makesOne).map { .capture(tid: $0.tid, keys: $0.keys) } ?? .none
  }

  /// What would have to happen, in a sentence.
  package var words: Sentence {
    switch self {
    case .capture(let tid?, let keys):
      return "a capture with the TID \(tid) that shows \(list(keys)), vouched for, would make them one"
    case .capture(nil, let keys):
      return "a capture that shows \(list(keys)) together, vouched for, would make them one"
    case .sameKey:
      return """
        nothing is known of either: the same key shown on both, vouched for, or a handoff from one to the other \
        would make them one
        """
    case .none: return "no capture of the keys they have can make them one"
    }
  }

  private func list(_ keys: [Key]) -> Sentence { Sentence.list(keys.map { "\($0)" }) }
}

extension Profile {
  fileprivate var isAnonymous: Bool { !claims.contains(where: \.verified) }

  /// One verified key of each attribute, strongest first.
  fileprivate var strongestKeys: [Key] {
    var keys: [Key] = []
    for claim in claims where claim.verified && keys.last?.strength != claim.key.strength {
      keys.append(claim.key)
    }
    return keys
  }

  fileprivate var liveTID: TID? { tids.first { !$0.revoked }?.tid }
}

/// Captures that were not made, decided as if they were.
private struct Trial {
  let profiles: (Profile, Profile)
  let separations: [TIDPair]
  let space: Space

  struct Candidate {
    let tid: TID?
    let keys: [Key]
  }

  func separates(_ pair: TIDPair) -> Bool {
    func holds(_ profile: Profile, _ tid: TID) -> Bool { profile.tids.contains { $0.tid == tid } }
    return holds(profiles.0, pair.first) && holds(profiles.1, pair.second)
      || holds(profiles.1, pair.first) && holds(profiles.0, pair.second)
  }

  /// Keys of both at once, or a TID of one with a key of the other: the plainest first.
  var candidates: [Candidate] {
    let (mine, theirs) = (profiles.0.strongestKeys, profiles.1.strongestKeys)
    var pairs: [Candidate] = []
    for a in mine {
      for b in theirs where a.strength < space.attributes.count && b.strength < space.attributes.count {
        if a.strength == b.strength, let limit = space.attributes[a.strength].limit, limit < 2 { continue }
        pairs.append(Candidate(tid: nil, keys: [a, b].sorted()))
      }
    }
    func onTouchpoint(_ profile: Profile, _ keys: [Key]) -> [Candidate] {
      guard let tid = profile.liveTID else { return [] }
      return keys.map { Candidate(tid: tid, keys: [$0]) }
    }
    return pairs + onTouchpoint(profiles.0, theirs) + onTouchpoint(profiles.1, mine)
  }

  func makesOne(_ candidate: Candidate) -> Bool {
    let (a, b) = profiles
    let now = Timestamp(microseconds: (a.claims + b.claims).map(\.capturedAt.microseconds).max() ?? 0)
    let keys = candidate.keys.enumerated().map { ScreenedKey(key: $1, ordinal: $0) }
    let question = Question(
      touchpoint: "", tid: candidate.tid, at: now, keys: ScreenedKeys(accepted: keys),
      fresh: TID(milliseconds: 0, counter: 0, random: 0), now: now)
    var snapshot = Snapshot(sequence: 1)
    snapshot.profiles = [a, b].map { ProfileView(tids: $0.tids, claims: $0.claims, pending: []) }
    snapshot.separations = separations.filter(separates).map {
      Snapshot.Separation(profiles: (0, 1), tids: ($0.first, $0.second))
    }
    if let tid = candidate.tid { snapshot.tids = [.live(a.tids.contains { $0.tid == tid } ? 0 : 1)] }
    snapshot.owners = candidate.keys.map { key in
      [a, b].firstIndex { profile in profile.claims.contains { $0.verified && $0.key == key } }
    }
    let standings = candidate.keys.map { _ in Standing(.linking) }
    return !decide(question, standings: standings, on: snapshot, in: space).outcome.merged.isEmpty
  }
}
