/// The end of a profile (semantics, section 7): what must go, and what the journal says in its place.
///
/// To be used in this order, on a state nobody changes meanwhile: `note` for every entry that `mayConcern`
/// it, `settle`, then `redacted` for every entry that `mayConcern` it now, in the order of the journal.
///
/// The fold of the redacted journal is the state without the profile. For that, effects go or stay by what
/// they speak of alone: those of its TIDs go, and those of keys that are erased go, whoever's TID they were on.
package struct Erasure: Sendable {
  /// The TIDs that go.
  package let tids: Set<TID>
  /// The keys that go, whoever claims them; complete after `settle`.
  package private(set) var keys: Set<Key> = []
  /// Keyed digests of the ids of its captures; complete after the last `note`.
  package private(set) var captures: [Digest] = []
  /// Keys that wait for a verdict no more; complete after the last `redacted`.
  package private(set) var pending: Set<PendingKey.ID> = []

  private let profile: Profile
  private let space: Space
  /// Keys it had to do with, which may be somebody else's.
  private var candidates: Set<Key>
  /// Its data, which a reason may quote.
  private var data: Set<ExactText>
  /// What to look for in entries; `mayConcern` does.
  package private(set) var needles: JournalNeedles

  /// What stands in the journal for a value that was erased.
  package static let mark = "(erased)"
  /// Shorter values are not looked for in the words of reasons, where they may be anything.
  private static let quotedBytesMin = 4

  /// - Parameters:
  ///   - profile: as it is now.
  ///   - released: what its TIDs lost and might have got back.
  ///   - pending: its keys that wait for a verdict.
  package init(of profile: Profile, released: [ReleasedClaim], pending: [PendingKey], in space: Space) {
    self.profile = profile
    self.space = space
    tids = Set(profile.tids.map(\.tid))
    candidates = Set(profile.claims.map(\.key) + released.map(\.claim.key) + pending.map(\.key))
    data = Set(profile.data.map { ExactText($0.value) })
    needles = JournalNeedles(tids)
  }

  /// Whether the text of an entry may speak of what is known to go.
  package func mayConcern(_ text: [UInt8]) -> Bool { needles.areIn(text) }

  /// Learns from an entry which keys and captures were the profile's.
  package mutating func note(_ entry: JournalEntry) {
    for case .datum(let tid, _, let value, _) in entry.effects where tids.contains(tid) {
      data.insert(ExactText(value))
    }
    switch entry.event {
    case .capture(let record) where isOwn(record.outcome):
      if let identity = record.identity { captures.append(identity.id) }
      note(record.outcome)
    case .pending(_, let outcome?) where isOwn(outcome): note(outcome)
    case .capture, .pending, .operation: break
    }
  }

  private mutating func note(_ outcome: Outcome) {
    for result in outcome.keys where result.result != .rejected {
      candidates.insert(space.storedKey(attribute: result.attribute, value: result.value))
    }
  }

  /// Keys that go unless they are somebody else's; complete after the last `note`.
  package var questionable: Set<Key> { candidates.subtracting(owned) }

  private var owned: Set<Key> { Set(profile.claims.filter(\.verified).map(\.key)) }

  /// Says which keys go. One that the profile owns does; one that it only typed, or lost, stays where it is
  /// somebody else's.
  ///
  /// - Parameter isHeld: whether a TID of another profile claims a key, or owned it and may get it back.
  package mutating func settle(_ isHeld: (Key) throws(StoreError) -> Bool) throws(StoreError) {
    for key in questionable {
      if try !isHeld(key) { keys.insert(key) }
    }
    keys.formUnion(owned)
    needles.add(keys)
  }

  /// Whether nothing of it goes that does not go by the other, so that it changes no entry that the other leaves
  /// as it is.
  package func isWithin(_ other: Erasure) -> Bool {
    tids.isSubset(of: other.tids) && keys.isSubset(of: other.keys) && data.isSubset(of: other.data)
  }

  /// The effects of the erasure's own entry.
  package func effects(_ digests: KeyedDigests) -> [Effect] {
    // In an order that tells nothing.
    tids.map { digests.tombstone(of: $0) }.sorted().map { .erased($0) }
  }

  /// The erasure's own entry.
  package func entry(_ sequence: Int64, for order: ErasureOrder, _ digests: KeyedDigests) -> JournalEntry {
    JournalEntry(
      sequence: sequence, at: order.at,
      event: .operation(
        .erase(reason: withoutQuotes(order.reason), tids: tids.count, keys: keyCount)),
      effects: effects(digests))
  }

  /// What to tell of it.
  package func result(_ sequence: Int64) -> Erased {
    Erased(tids: profile.tids.map(\.tid), keys: keyCount, sequence: sequence)
  }

  private var keyCount: Int { Set(profile.claims.map(\.key)).count }

  private func isOwn(_ outcome: Outcome) -> Bool { tids.contains(outcome.touchpointTid) }
}

// MARK: Redacting

extension Erasure {
  /// The entry as it is from now on; nil where it stays as it is.
  package mutating func redacted(_ entry: JournalEntry) -> JournalEntry? {
    var effects: [Effect] = []
    for effect in entry.effects {
      if let kept = redacted(effect) { effects.append(kept) }
    }
    let redacted = JournalEntry(
      sequence: entry.sequence, at: entry.at, event: self.redacted(entry.event), effects: effects)
    return redacted == entry ? nil : redacted
  }

  private mutating func redacted(_ effect: Effect) -> Effect? {
    switch effect {
    case .born(let tid, let at, let parent) where !tids.contains(tid):
      return .born(tid, at: at, parent: parent.flatMap { tids.contains($0) ? nil : $0 })
    case .pendingQueued(let entry):
      guard tids.contains(entry.tid) || keys.contains(entry.key) else { return effect }
      pending.insert(entry.id)
      needles.add(entry.id)
      return nil
    case .pendingSettled(let id, _): return pending.contains(id) ? nil : effect
    default:
      let goes = effect.tids.contains(where: tids.contains) || effect.key.map(keys.contains) ?? false
      return goes ? nil : effect
    }
  }

  private func redacted(_ event: JournalEntry.Event) -> JournalEntry.Event {
    switch event {
    case .capture(let record):
      return isOwn(record.outcome)
        ? .operation(.erased(capture: record.identity?.id)) : .capture(redacted(record))
    case .pending(let id, let outcome):
      if pending.contains(id) || outcome.map(isOwn) ?? false { return .operation(.erased(capture: nil)) }
      return .pending(id, outcome.map(redacted))
    case .operation(let operation):
      if operation.tids.contains(where: tids.contains) { return .operation(.erased(capture: nil)) }
      return .operation(operation.withReason(withoutQuotes))
    }
  }

  private func redacted(_ record: CaptureRecord) -> CaptureRecord {
    var record = record
    if let tid = record.tid, tids.contains(tid) { record.tid = nil }
    if let tid = record.handoffTid, tids.contains(tid) { record.handoffTid = nil }
    record.obstacles.removeAll { obstacle in
      if case .key(let key) = obstacle.lead, keys.contains(key) { return true }
      if case .separated(let a, let b) = obstacle.cause, tids.contains(a) || tids.contains(b) { return true }
      return tids.contains(obstacle.profile)
    }
    let outcome = redacted(record.outcome)
    if outcome.keys != record.outcome.keys { record.keys = keysAsSent(record.keys, of: outcome) }
    record.outcome = outcome
    return record
  }

  /// Values as they were sent, without those that are marked in the outcome.
  private func keysAsSent(_ sent: CapturedKeys, of outcome: Outcome) -> CapturedKeys {
    var kept = CapturedKeys()
    for attribute in sent.empty { kept.append(attributeWithoutValue: attribute) }
    for entry in sent.entries {
      let results = outcome.keys.filter { sameBytes($0.attribute, entry.attribute) }
      let normalized = space.strength(of: entry.attribute).flatMap {
        space.attributes[$0].normalized(entry.value)
      }
      // Normalisers may have been others then: what cannot be told to be another key goes too.
      let isOther = results.contains {
        sameBytes($0.value, normalized ?? "") || sameBytes($0.value, entry.value)
      }
      if isOther || !results.contains(where: { sameBytes($0.value, Erasure.mark) }) {
        kept.append(attribute: entry.attribute, value: entry.value)
      }
    }
    return kept
  }

  private func redacted(_ outcome: Outcome) -> Outcome {
    var outcome = outcome
    // The profiles were one then: from now on this touchpoint's TID is all that is left of it.
    if tids.contains(outcome.tid) { outcome.tid = outcome.touchpointTid }
    outcome.merged.removeAll(where: tids.contains)
    if let left = outcome.switchedFrom, tids.contains(left) { outcome.switchedFrom = nil }
    for place in outcome.keys.indices where keys.contains(outcome.keys[place].key) {
      outcome.keys[place].value = Erasure.mark
    }
    return outcome
  }

  /// A reason without the values it quotes.
  private func withoutQuotes(_ reason: String) -> String {
    let values = keys.map(\.value) + data.map(\.string) + tids.map(\.description)
    // The longest first: a value may be a part of another.
    return values.sorted { ($0.utf8.count, $1) > ($1.utf8.count, $0) }.reduce(reason) { text, value in
      value.utf8.count < Erasure.quotedBytesMin ? text : text.replacing(bytesOf: value, with: Erasure.mark)
    }
  }
}

extension Operation {
  fileprivate func withReason(_ change: (String) -> String) -> Operation {
    switch self {
    case .revoke(let tid, let reason): .revoke(tid, reason: reason.map(change))
    case .merge(let a, let b, let reason): .merge(a, b, reason: change(reason))
    case .unmerge(let tid, let allowRemerge, let reason):
      .unmerge(tid, allowRemerge: allowRemerge, reason: change(reason))
    case .separate(let a, let b, let reason): .separate(a, b, reason: change(reason))
    case .removeSeparation(let a, let b, let reason): .removeSeparation(a, b, reason: change(reason))
    case .erase(let reason, let tids, let keys): .erase(reason: change(reason), tids: tids, keys: keys)
    case .erased, .lost, .changeSpace: self
    }
  }
}

extension String {
  /// Everywhere these bytes stand, other ones.
  fileprivate func replacing(bytesOf value: String, with other: String) -> String {
    let (text, part) = (Array(utf8), Array(value.utf8))
    var result: [UInt8] = []
    var place = 0
    while place < text.count {
      if text[place...].starts(with: part) {
        result += Array(other.utf8)
        place += part.count
      } else {
        result.append(text[place])
        place += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
