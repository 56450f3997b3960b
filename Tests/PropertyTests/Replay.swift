import KeyfoldCore

/// A random history with every state it went through, and explanations of it.
struct Replay {
  let seed: UInt64
  let space: Space
  let journal: [JournalEntry]
  private let standings: [Int64: [Key: Standing.Kind]]
  /// The state before the first entry, then after each.
  private let states: [IdentityState]

  init(seed: UInt64) {
    let history = RandomHistory(seed: seed)
    var driver = PureDriver(history.space)
    for step in history.steps { _ = driver.apply(step) }
    self.seed = seed
    (space, journal, standings) = (driver.space, driver.journal, driver.standings)
    var state = IdentityState(space: driver.space)
    var states = [state]
    for entry in journal {
      state.apply(entry)
      states.append(state)
    }
    self.states = states
  }

  var end: IdentityState { states[states.count - 1] }
  func state(before sequence: Int64) -> IdentityState { states[Int(sequence) - 1] }
  var profiles: [Profile] { end.roots.compactMap(end.profile(of:)) }

  /// As the resolver would put it together.
  func explanation(of tids: [TID]) -> Explanation {
    var profiles: [Profile] = []
    for profile in tids.compactMap(end.profile(of:)) where !profiles.contains(profile) {
      profiles.append(profile)
    }
    let all = Set(profiles.flatMap(\.tids).map(\.tid))
    var concern = Concern(tids: all)
    var chronicle = Chronicle(space: space, tids: all, keys: [])
    for entry in journal where concern.includes(entry) { chronicle.read(entry) }
    let telling = Telling(
      chronicle, profiles: profiles, pending: [],
      separations: end.separations.sorted().filter { all.contains($0.first) || all.contains($0.second) })
    return telling.explanation(of: tids.map { Telling.Found(.tid($0), leadsTo: $0) }, sequence: end.sequence)
  }

  func steps(from a: TID, to b: TID) -> [Explanation.Step]? {
    if case .connected(let steps) = explanation(of: [a, b]).answer { steps } else { nil }
  }

  // MARK: By hand

  /// Whether somebody unmerged a TID after an entry.
  private func isUnmerged(_ tid: TID, after sequence: Int64) -> Bool {
    journal.contains { entry in
      entry.sequence > sequence
        && entry.effects.contains { if case .unmerged(tid, _) = $0 { true } else { false } }
    }
  }

  /// Whether a TID is still below the one it was below before an entry.
  private func isStillBelow(_ root: TID, _ tid: TID, before sequence: Int64) -> Bool {
    let tids = state(before: sequence).profile(of: tid)?.tids ?? []
    var place = tid
    while place != root {
      guard let parent = tids.first(where: { $0.tid == place })?.parent,
        !isUnmerged(place, after: sequence - 1)
      else { return false }
      place = parent
    }
    return true
  }

  /// TIDs that an entry brought together from different customers, and that nobody has parted since, each with
  /// its customer before.
  private func joined(by entry: JournalEntry) -> [(tid: TID, customer: TID)] {
    let before = state(before: entry.sequence)
    var customers: [TID: TID] = [:]
    for effect in entry.effects {
      let pair: (TID, TID)
      switch effect {
      case .merged(let tid, let primary, _): pair = (tid, primary)
      case .born(let tid, _, let parent?): pair = (tid, parent)
      default: continue
      }
      if isUnmerged(pair.0, after: entry.sequence) { continue }
      for tid in [pair.0, pair.1] { customers[tid] = before.root(of: tid) ?? tid }
      if let root = before.root(of: pair.1), isStillBelow(root, pair.1, before: entry.sequence) {
        customers[root] = root
      }
    }
    return customers.map { ($0.key, $0.value) }
  }

  /// How many entries it takes to come from one TID to another: flooding, entry by entry.
  func distance(from a: TID, to b: TID) -> Int? {
    var distances = [a: 0]
    for length in 1...max(1, journal.count) {
      let reached = distances
      if let known = reached[b] { return known }
      for entry in journal {
        let members = joined(by: entry)
        for from in members where reached[from.tid] != nil {
          for to in members where to.customer != from.customer && distances[to.tid] == nil {
            distances[to.tid] = length
          }
        }
      }
    }
    return distances[b]
  }

  /// Whether a lead to a customer is what the journal says.
  func isTrue(_ lead: Lead, to root: TID, _ link: Link) -> Bool {
    let before = state(before: link.sequence)
    if case .operator(let tid) = lead {
      guard case .operation(.merge(let a, let b, _)) = journal[Int(link.sequence) - 1].event else {
        return false
      }
      return [a, b].contains(tid) && before.root(of: tid) == root
    }
    guard case .capture(let record) = journal[Int(link.sequence) - 1].event else { return false }
    switch lead {
    case .presented(let tid): return record.tid == tid && before.root(of: tid) == root
    case .handoff(let tid):
      return record.handoffTid == tid && record.outcome.handoff == .used && before.root(of: tid) == root
    case .key(let holding):
      let since = holding.since.map { journal[Int($0) - 1] }
      return record.outcome.keys.contains { $0.key == holding.key }
        && standings[link.sequence]?[holding.key] == .linking
        && before.claims(on: holding.key).first.map { $0.verified && $0.origin == holding.origin } ?? false
        && before.root(of: holding.origin) == root
        && since?.effects.contains { $0.verifies(holding) } ?? false
    case .issued: return before.root(of: link.tid) == nil && link.cause == nil
    case .operator, .unknown: return false
    }
  }

  /// TIDs whose customers a capture led to without making them one.
  func meetings(in entry: JournalEntry) -> [(TID, TID)] {
    guard case .capture(let record) = entry.event else { return [] }
    let others = record.obstacles.map(\.profile)
    let pairs = others.map { (record.outcome.tid, $0) }
    guard let first = others.first else { return pairs }
    return pairs + others.dropFirst().filter { $0 != first }.map { (first, $0) }
  }

  /// Whether a reason with that entry tells of this one: it may stand for it, where the same came again.
  func covers(_ sequence: Int64?, _ entry: JournalEntry, _ a: TID, _ b: TID) -> Bool {
    guard let sequence else { return false }
    return meetings(in: journal[Int(sequence) - 1]).contains { c, d in
      let roots = Set([a, b].map { end.root(of: $0) })
      return Set([c, d].map { end.root(of: $0) }) == roots
        || meetings(in: entry).contains { $0 == (c, d) }
    }
  }

  /// Whether an entry changed who a customer is, or what belongs to them.
  func changes(_ entry: JournalEntry, _ profile: Profile) -> Bool {
    let own = Set(profile.tids.map(\.tid))
    return entry.effects.contains { effect in
      switch effect {
      case .active, .datum: false
      default: effect.tids.contains(where: own.contains)
      }
    }
  }
}

extension Effect {
  fileprivate func verifies(_ holding: Holding) -> Bool {
    switch self {
    case .claimed(let key, let origin, let verified, _, _):
      verified && key == holding.key && origin == holding.origin
    case .verified(let key, let origin, _, _): key == holding.key && origin == holding.origin
    case .restored(let claim): claim.verified && claim.key == holding.key && claim.origin == holding.origin
    default: false
    }
  }
}
