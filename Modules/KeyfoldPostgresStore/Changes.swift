#if PostgreSQL
import KeyfoldCore

/// What a transaction touches. What becomes of it is read from the state when all steps are decided, so each
/// row is written once, and lists of rows go out in one statement.
struct Changes {
  struct Place: Hashable {
    let key: Key
    let origin: TID
  }

  /// A claim that was released, by its key, origin and standing.
  struct Kind: Hashable {
    let place: Place
    let verified: Bool
  }

  struct Spot: Hashable {
    let tid: TID
    let name: ExactText
  }

  private(set) var born: Set<TID> = []
  /// TIDs that were there before and are another's now, or revoked.
  private(set) var changed: Set<TID> = []
  /// Sequence of the entry that merged a TID.
  private(set) var mergedBy: [TID: Int64] = [:]
  /// Claims that are not as they were, with their former selves.
  private(set) var claims: [Place: Claim?] = [:]
  /// Kinds of which a claim was released.
  private(set) var released: Set<Kind> = []
  /// Kinds of which a claim came back, or was called wrong by its validator.
  private(set) var forgotten: Set<Kind> = []
  private(set) var activity: [Spot: Activity] = [:]
  private(set) var data: [Spot: Datum] = [:]
  /// Pairs and whether they were separated before.
  private(set) var separations: [TIDPair: Bool] = [:]
  private(set) var handoffs: [Digest: Timestamp] = [:]
  /// Time before which spent handoffs are forgotten.
  private(set) var handoffsUntil: Timestamp?
  private(set) var queued: Set<PendingKey.ID> = []
  private(set) var settled: Set<PendingKey.ID> = []
  private(set) var conflicts: [ExactText: Int] = [:]
  private(set) var captures: [(identity: CaptureIdentity, sequence: Int64)] = []
  /// Ids of captures whose profile was erased.
  private(set) var forgottenCaptures: Set<Digest> = []
  private(set) var tombstones: Set<Digest> = []
  private(set) var entries: [(sequence: Int64, text: [UInt8])] = []

  var isEmpty: Bool { entries.isEmpty }

  // MARK: Noting

  mutating func note(_ entry: JournalEntry) {
    entries.append((entry.sequence, entry.encoded))
    for attribute in entry.conflicts { conflicts[ExactText(attribute), default: 0] += 1 }
    switch entry.event {
    case .capture(let record):
      if let identity = record.identity { captures.append((identity, entry.sequence)) }
    case .operation(.erased(let id?)): forgottenCaptures.insert(id)
    case .operation, .pending: break
    }
  }

  /// - Parameter state: as it was before the entry.
  mutating func note(
    _ effect: Effect, of entry: JournalEntry, before state: IdentityState, _ head: inout Head
  ) throws(StoreError) {
    switch effect {
    case .born(let tid, _, let parent):
      if let parent { try require(parent, in: state) }
      born.insert(tid)
    case .merged(let tid, let primary, _):
      try require(primary, in: state)
      try require(tid, in: state)
      // All of it has another primary TID from now on.
      for record in state.profile(of: tid)?.tids ?? [] { change(record.tid) }
      mergedBy[tid] = entry.sequence
    case .unmerged(let tid, let parent):
      try require(parent, in: state)
      try require(tid, in: state)
      for below in state.profile(of: tid)?.tids.subtree(of: tid) ?? [] { change(below) }
    case .revoked(let tid):
      try require(tid, in: state)
      change(tid)
    case .claimed, .verified, .released, .restored: try noteClaim(effect, before: state)
    case .active, .datum: try noteRecord(effect, of: entry, before: state)
    case .separated, .separationRemoved: try noteSeparation(effect, before: state, &head)
    case .handoffSpent(let number, let expires):
      handoffs[number] = expires
      handoffsUntil = max(handoffsUntil ?? entry.at, entry.at)
    case .pendingQueued(let key):
      try require(key.tid, in: state)
      queued.insert(key.id)
      head.pending += 1
    case .pendingSettled(let id, _):
      if queued.remove(id) == nil { settled.insert(id) }
      head.pending -= 1
    case .erased(let tombstone):
      tombstones.insert(tombstone)
      head.hasErased = true
    }
  }

  private mutating func noteClaim(_ effect: Effect, before state: IdentityState) throws(StoreError) {
    let place: Place
    switch effect {
    case .claimed(let key, let origin, _, _, _), .verified(let key, let origin, _, _):
      place = Place(key: key, origin: origin)
    case .released(let key, let origin, let verified, let why):
      place = Place(key: key, origin: origin)
      let kind = Kind(place: place, verified: verified)
      if why == .invalid { forgotten.insert(kind) } else { released.insert(kind) }
    case .restored(let claim):
      place = Place(key: claim.key, origin: claim.origin)
      forgotten.insert(Kind(place: place, verified: claim.verified))
    default: return
    }
    try require(place.origin, in: state)
    if claims[place] == nil {
      claims.updateValue(state.claims(on: place.key).first { $0.origin == place.origin }, forKey: place)
    }
  }

  /// Effects may name what was gathered, and what the transaction itself gave birth to.
  private func require(_ tid: TID, in state: IdentityState) throws(StoreError) {
    guard state.tids[tid] != nil || born.contains(tid) else {
      throw StoreError(.damaged, "an effect names the TID \(tid), which was not gathered")
    }
  }

  private mutating func change(_ tid: TID) {
    if !born.contains(tid) { changed.insert(tid) }
  }

  private mutating func noteRecord(
    _ effect: Effect, of entry: JournalEntry, before state: IdentityState
  ) throws(StoreError) {
    switch effect {
    case .active(let tid, let touchpoint, let at):
      try require(tid, in: state)
      let spot = Spot(tid: tid, name: ExactText(touchpoint))
      var sum = activity[spot] ?? Activity(tid: tid, touchpoint: touchpoint, count: 0, first: at, last: at)
      sum.count += 1
      sum.first = min(sum.first, at)
      sum.last = max(sum.last, at)
      activity[spot] = sum
    case .datum(let tid, let name, let value, let at):
      try require(tid, in: state)
      let spot = Spot(tid: tid, name: ExactText(name))
      if let known = data[spot], known.at > at { return }
      data[spot] = Datum(tid: tid, name: name, value: value, at: at, commit: entry.sequence)
    default: break
    }
  }

  /// The head counts separations, so that nobody looks for them where there are none.
  private mutating func noteSeparation(
    _ effect: Effect, before state: IdentityState, _ head: inout Head
  ) throws(StoreError) {
    let pair: TIDPair
    let isSeparated: Bool
    switch effect {
    case .separated(let a, let b): (pair, isSeparated) = (TIDPair(a, b), true)
    case .separationRemoved(let a, let b): (pair, isSeparated) = (TIDPair(a, b), false)
    default: return
    }
    try require(pair.first, in: state)
    try require(pair.second, in: state)
    let was = isNowSeparated(pair, before: state)
    separations[pair] = separations[pair] ?? state.separations.contains(pair)
    nowSeparated[pair] = isSeparated
    head.separations += (isSeparated ? 1 : 0) - (was ? 1 : 0)
  }

  /// What this transaction has made of pairs so far; an entry may name one twice.
  private var nowSeparated: [TIDPair: Bool] = [:]

  private func isNowSeparated(_ pair: TIDPair, before state: IdentityState) -> Bool {
    nowSeparated[pair] ?? state.separations.contains(pair)
  }
}
#endif
