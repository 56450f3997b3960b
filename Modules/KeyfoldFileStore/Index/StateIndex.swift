import KeyfoldCore

/// The state in memory: the fold of the journal's effects, laid out so that it grows without pauses and
/// costs little.
///
/// `IdentityState` in the core is the same in plain words; the conformance suite compares the two.
struct StateIndex: Sendable {
  let space: Space
  private(set) var sequence: Int64 = 0

  private(set) var tids = ChunkedArray<TidEntry>()
  private(set) var tidIndex = HashIndex()
  private(set) var keys = ChunkedArray<KeyEntry>()
  private(set) var keyIndex = HashIndex()
  private(set) var claims = ChunkedArray<ClaimEntry>()
  private var freeClaims: [UInt32] = []
  private(set) var seen = ChunkedArray<SeenEntry>()
  private(set) var data = ChunkedArray<DatumEntry>()
  private(set) var past = PastIndex()
  private(set) var captures = ChunkedArray<CaptureEntry>()
  private(set) var captureIndex = HashIndex()
  private(set) var texts = TextArena()
  private(set) var attributes = Names()
  private(set) var touchpoints = Names()
  private(set) var dataNames = Names()
  private(set) var separations: Set<TIDPair> = []
  private(set) var handoffs: [Digest: Timestamp] = [:]
  private(set) var pending: [PendingKey.ID: PendingKey] = [:]
  private(set) var conflicts: [ExactText: Int] = [:]
  private(set) var verifiedCount = 0
  private(set) var unverifiedCount = 0
  private(set) var primaryCount = 0
  private(set) var erasedCount = 0
  private(set) var tombstones: Tombstones

  /// - Parameter digests: made with the store's secret.
  init(space: Space, digests: KeyedDigests) {
    self.space = space
    tombstones = Tombstones(key: digests)
  }

  // MARK: Folding

  /// Applies one entry. Entries must come in order of their sequence.
  mutating func apply(_ entry: JournalEntry) throws(StoreError) {
    sequence = entry.sequence
    for effect in entry.effects { try apply(effect, entry) }
    if case .operation(.erased(let capture?)) = entry.event { remember(.erased(capture)) }
    guard case .capture(let record) = entry.event else { return }
    if let identity = record.identity { remember(identity, sequence: entry.sequence) }
    for attribute in entry.conflicts { conflicts[ExactText(attribute), default: 0] += 1 }
  }

  private mutating func apply(_ effect: Effect, _ entry: JournalEntry) throws(StoreError) {
    switch effect {
    case .born(let tid, let at, let parent): try bear(tid, at: at, parent: parent)
    case .merged(let tid, let primary, _):
      let number = try require(tid)
      hang(number, below: try require(primary))
      past[merge: pastNumber(of: number)] = entry.sequence
    case .unmerged(let tid, _): try cutOff(try require(tid))
    case .revoked(let tid): tids[try require(tid)].revoked = true
    case .separated(let a, let b): separations.insert(TIDPair(a, b))
    case .separationRemoved(let a, let b): separations.remove(TIDPair(a, b))
    case .handoffSpent(let number, let expires):
      handoffs = handoffs.filter { $0.value >= entry.at }
      handoffs[number] = expires
    case .pendingQueued(let waiting): pending[waiting.id] = waiting
    case .pendingSettled(let id, _): pending[id] = nil
    case .erased(let tombstone): tombstones.insert(tombstone)
    case .claimed, .verified, .released, .restored: try applyClaim(effect, entry.sequence)
    case .active(let tid, let touchpoint, let at): record(on: try require(tid), touchpoint, at)
    case .datum(let tid, let name, let value, let at):
      record(on: try require(tid), name, value, at, entry.sequence)
    }
  }

  private func require(_ tid: TID) throws(StoreError) -> UInt32 {
    guard let number = number(of: tid) else {
      throw StoreError(.damaged, "journal entry \(sequence) names the TID \(tid), which was never born")
    }
    return number
  }

  private mutating func bear(_ tid: TID, at: Timestamp, parent: TID?) throws(StoreError) {
    let above = try parent.map { parent throws(StoreError) in try require(parent) }
    let number = UInt32(tids.count)
    tids.append(TidEntry(tid: tid, bornAt: at))
    tidIndex.insert(hash(tid), number)
    primaryCount += 1
    if let above { hang(number, below: above) }
  }

  private mutating func hang(_ number: UInt32, below parent: UInt32) {
    tids[number].parent = parent
    tids[number].shortcut = root(of: parent)
    tids[number].nextSibling = tids[parent].firstChild
    tids[parent].firstChild = number
    primaryCount -= 1
  }

  /// Makes a secondary TID a primary one again.
  private mutating func cutOff(_ number: UInt32) throws(StoreError) {
    let parent = tids[number].parent
    guard parent != none else {
      throw StoreError(
        .damaged, "journal entry \(sequence) unmerges the TID \(tids[number].tid), which is a primary one")
    }
    if tids[parent].firstChild == number {
      tids[parent].firstChild = tids[number].nextSibling
    } else {
      var before = tids[parent].firstChild
      while tids[before].nextSibling != number { before = tids[before].nextSibling }
      tids[before].nextSibling = tids[number].nextSibling
    }
    tids[number].parent = none
    tids[number].shortcut = none
    tids[number].nextSibling = none
    if tids[number].past != none { past[merge: tids[number].past] = 0 }
    // Shortcuts may lead to where the root was.
    for below in members(of: number).dropFirst() { tids[below].shortcut = number }
    primaryCount += 1
  }

  /// The number of a TID's past, which is made where there is none.
  private mutating func pastNumber(of tid: UInt32) -> UInt32 {
    if tids[tid].past == none { tids[tid].past = past.add() }
    return tids[tid].past
  }

  private mutating func applyClaim(_ effect: Effect, _ sequence: Int64) throws(StoreError) {
    switch effect {
    case .claimed(let key, let origin, let verified, let at, let ordinal):
      let claim = ClaimEntry(
        key: addKey(key), origin: try require(origin), capturedAt: at, commit: sequence,
        ordinal: Int32(ordinal),
        verified: verified)
      insert(claim)
    case .verified(let key, let origin, let at, let ordinal):
      let number = try claim(on: key, origin: origin)
      claims[number].verified = true
      claims[number].capturedAt = at
      claims[number].commit = sequence
      claims[number].ordinal = Int32(ordinal)
      verifiedCount += 1
      unverifiedCount -= 1
    case .released(let key, let origin, _, let why):
      let number = try claim(on: key, origin: origin)
      noteRelease(claims[number], why, sequence)
      remove(number)
    case .restored(let claim):
      let entry = ClaimEntry(
        key: addKey(claim.key), origin: try require(claim.origin), capturedAt: claim.capturedAt,
        commit: claim.commit, ordinal: Int32(claim.ordinal), verified: claim.verified)
      insert(entry)
      forgetReleased(entry.key, entry.verified, of: entry.origin)
    default: break
    }
  }

  /// Keeps a claim that is about to be released, if an unmerge may bring it back.
  private mutating func noteRelease(_ claim: ClaimEntry, _ why: Effect.Release, _ sequence: Int64) {
    if why == .invalid { return forgetReleased(claim.key, claim.verified, of: claim.origin) }
    guard tids[claim.origin].parent != none || tids[claim.origin].firstChild != none else { return }
    let released = ReleasedEntry(
      key: claim.key, verified: claim.verified, capturedAt: claim.capturedAt, commit: claim.commit,
      ordinal: claim.ordinal, released: sequence, why: why)
    past.keep(released, in: pastNumber(of: claim.origin))
  }

  private mutating func forgetReleased(_ key: UInt32, _ verified: Bool, of tid: UInt32) {
    if tids[tid].past != none { past.forget(key, verified, in: tids[tid].past) }
  }

  private mutating func addKey(_ key: Key) -> UInt32 {
    if let known = number(of: key) { return known }
    let attribute = attributes.number(of: key.attribute)
    let number = UInt32(keys.count)
    keys.append(KeyEntry(attribute: attribute, value: texts.add(key.value)))
    keyIndex.insert(hash(key.value, attribute), number)
    return number
  }

  private mutating func insert(_ claim: ClaimEntry) {
    var claim = claim
    claim.nextOfKey = keys[claim.key].firstClaim
    claim.nextOfOrigin = tids[claim.origin].firstClaim
    let number: UInt32
    if let free = freeClaims.popLast() {
      number = free
      claims[free] = claim
    } else {
      number = UInt32(claims.count)
      claims.append(claim)
    }
    keys[claim.key].firstClaim = number
    tids[claim.origin].firstClaim = number
    if claim.verified { verifiedCount += 1 } else { unverifiedCount += 1 }
  }

  private func claim(on key: Key, origin: TID) throws(StoreError) -> UInt32 {
    let tid = try require(origin)
    if let key = number(of: key) {
      var number = keys[key].firstClaim
      while number != none {
        if claims[number].origin == tid { return number }
        number = claims[number].nextOfKey
      }
    }
    throw StoreError(.damaged, "journal entry \(sequence) changes a claim that is not there")
  }

  private mutating func remove(_ number: UInt32) {
    let claim = claims[number]
    if claim.verified { verifiedCount -= 1 } else { unverifiedCount -= 1 }
    if keys[claim.key].firstClaim == number {
      keys[claim.key].firstClaim = claim.nextOfKey
    } else {
      var before = keys[claim.key].firstClaim
      while claims[before].nextOfKey != number { before = claims[before].nextOfKey }
      claims[before].nextOfKey = claim.nextOfKey
    }
    if tids[claim.origin].firstClaim == number {
      tids[claim.origin].firstClaim = claim.nextOfOrigin
    } else {
      var before = tids[claim.origin].firstClaim
      while claims[before].nextOfOrigin != number { before = claims[before].nextOfOrigin }
      claims[before].nextOfOrigin = claim.nextOfOrigin
    }
    freeClaims.append(number)
  }

  private mutating func record(on tid: UInt32, _ touchpoint: String, _ at: Timestamp) {
    let name = touchpoints.number(of: touchpoint)
    var number = tids[tid].firstSeen
    while number != none {
      if seen[number].touchpoint == name {
        seen[number].count += 1
        seen[number].first = min(seen[number].first, at)
        seen[number].last = max(seen[number].last, at)
        return
      }
      number = seen[number].next
    }
    seen.append(SeenEntry(touchpoint: name, count: 1, first: at, last: at, next: tids[tid].firstSeen))
    tids[tid].firstSeen = UInt32(seen.count - 1)
  }

  private mutating func record(
    on tid: UInt32, _ name: String, _ value: String, _ at: Timestamp, _ sequence: Int64
  ) {
    let name = dataNames.number(of: name)
    var number = tids[tid].firstDatum
    while number != none {
      if data[number].name == name {
        guard at >= data[number].at else { return }
        if !texts.holds(value, at: data[number].value) { data[number].value = texts.add(value) }
        data[number].at = at
        data[number].commit = sequence
        return
      }
      number = data[number].next
    }
    data.append(
      DatumEntry(name: name, value: texts.add(value), at: at, commit: sequence, next: tids[tid].firstDatum))
    tids[tid].firstDatum = UInt32(data.count - 1)
  }

  mutating func remember(_ identity: CaptureIdentity, sequence: Int64) {
    remember(CaptureEntry(id: identity.id, content: identity.content, sequence: sequence))
  }

  private mutating func remember(_ capture: CaptureEntry) {
    captures.append(capture)
    captureIndex.insert(hash(capture.id), UInt32(captures.count - 1))
  }

  // MARK: Erasing

  /// Takes a profile, and what goes with it, out of everything that leads to it; the records themselves stay as
  /// empty ones, so that the numbers of others need not change.
  ///
  /// - Parameter lostConflicts: attributes of withheld keys that the journal does not tell of any more.
  mutating func erase(_ erasure: Erasure, _ root: UInt32, _ lostConflicts: [String]) {
    var gone: Set<UInt32> = []
    for number in erasure.keys.compactMap(number(of:)) {
      while keys[number].firstClaim != none { remove(keys[number].firstClaim) }
      keys[number].value = texts.add("")
      gone.insert(number)
    }
    past.forget(gone)
    for member in members(of: root) {
      while tids[member].firstClaim != none { remove(tids[member].firstClaim) }
      tids[member] = TidEntry(tid: TidEntry.erasedTID, bornAt: Timestamp(microseconds: 0))
      erasedCount += 1
    }
    primaryCount -= 1
    separations = separations.filter { !erasure.tids.contains($0.first) && !erasure.tids.contains($0.second) }
    pending = pending.filter { !erasure.tids.contains($0.value.tid) && !erasure.keys.contains($0.value.key) }
    for capture in erasure.captures {
      guard let number = captureIndex.find(hash(capture), where: { captures[$0].id == capture }) else {
        continue
      }
      captures[number] = .erased(capture)
    }
    for attribute in lostConflicts.map({ ExactText($0) }) {
      conflicts[attribute, default: 0] -= 1
      if conflicts[attribute] == 0 { conflicts[attribute] = nil }
    }
  }

  // MARK: Restoring

  /// Parts of a checkpoint, in the order they stand there: names, TIDs and what is above them, keys, then
  /// the rest.
  mutating func adopt(attributes: Names, touchpoints: Names, dataNames: Names) {
    (self.attributes, self.touchpoints, self.dataNames) = (attributes, touchpoints, dataNames)
  }

  mutating func restore(_ tid: TID, bornAt: Timestamp, revoked: Bool) {
    let number = UInt32(tids.count)
    tids.append(TidEntry(tid: tid, bornAt: bornAt, revoked: revoked))
    if tids[number].isErased {
      erasedCount += 1
    } else {
      tidIndex.insert(hash(tid), number)
      primaryCount += 1
    }
  }

  /// - Returns: Whether every parent exists and none is above itself.
  mutating func hangAll(_ parents: [UInt32]) -> Bool {
    for (number, parent) in parents.enumerated() where parent != none {
      guard Int(parent) < tids.count else { return false }
      tids[UInt32(number)].parent = parent
      tids[UInt32(number)].shortcut = parent
      tids[UInt32(number)].nextSibling = tids[parent].firstChild
      tids[parent].firstChild = UInt32(number)
      primaryCount -= 1
    }
    for number in 0..<UInt32(tids.count) {
      var (above, steps) = (number, 0)
      while tids[above].parent != none {
        above = tids[above].shortcut
        steps += 1
        if steps > tids.count { return false }
      }
      if above != number { tids[number].shortcut = above }
    }
    return true
  }

  mutating func restore(key attribute: UInt32, _ value: String) {
    let number = UInt32(keys.count)
    keys.append(KeyEntry(attribute: attribute, value: texts.add(value)))
    keyIndex.insert(hash(value, attribute), number)
  }

  mutating func restore(_ claim: ClaimEntry) { insert(claim) }

  mutating func restore(_ entry: SeenEntry, on tid: UInt32) {
    var entry = entry
    entry.next = tids[tid].firstSeen
    tids[tid].firstSeen = UInt32(seen.count)
    seen.append(entry)
  }

  mutating func restore(datum name: UInt32, _ value: String, at: Timestamp, commit: Int64, on tid: UInt32) {
    data.append(
      DatumEntry(name: name, value: texts.add(value), at: at, commit: commit, next: tids[tid].firstDatum))
    tids[tid].firstDatum = UInt32(data.count - 1)
  }

  mutating func restore(merge sequence: Int64, of tid: UInt32) { past[merge: pastNumber(of: tid)] = sequence }
  mutating func restore(_ released: ReleasedEntry, of tid: UInt32) {
    past.keep(released, in: pastNumber(of: tid))
  }
  mutating func restore(separation: TIDPair) { separations.insert(separation) }
  mutating func restore(handoff: Digest, expires: Timestamp) { handoffs[handoff] = expires }
  mutating func restore(pending entry: PendingKey) { pending[entry.id] = entry }
  mutating func restore(conflicts count: Int, of attribute: String) {
    conflicts[ExactText(attribute)] = count
  }
  mutating func restore(tombstone: Digest) { tombstones.insert(tombstone) }
  mutating func resume(at sequence: Int64) { self.sequence = sequence }
}
