/// Makes the state a journal would have led to under other rules: decides its captures again, with the
/// verdicts that are recorded, and repeats its operations.
///
/// Pure: nothing is asked and nothing is stored. Under the rules that were in force it makes the same state
/// again.
package struct Replay {
  /// What was met on the way.
  package struct Counts: Sendable, Hashable {
    /// Captures that were decided.
    package var captures = 0
    /// Captures the rules would refuse: more values of an attribute than a profile may hold.
    package var refused = 0
    /// Captures with a key whose verdict was never asked for; it counts as one nobody could give.
    package var unknown = 0
    /// Keys of attributes the space does not have; they are left out.
    package var ignoredKeys = 0
  }

  package let space: Space
  private let present: Space
  private let kinds: Set<ExactText>
  private let traits: [ValidatorTraits?]
  package private(set) var state: IdentityState
  package private(set) var counts = Counts()
  package private(set) var switches: [Simulation.Switch] = []
  private(set) var standIns = StandIns()

  /// - Parameters:
  ///   - space: whose rules are tried.
  ///   - present: the space the journal was written with.
  ///   - kinds: names that space files can use for validators.
  package init(under space: Space, from present: Space, kinds: [String]) {
    self.space = space
    self.present = present
    self.kinds = Set(kinds.map { ExactText($0) })
    // Whether a key waits for its verdict is recorded; what its validators could prove decides nothing else.
    traits = space.attributes.map { $0.trustsSource ? nil : ValidatorTraits(provesPossession: true) }
    state = IdentityState(space: space)
  }

  /// Takes the next entry. Entries must come in order of their sequence.
  package mutating func take(_ entry: JournalEntry) {
    switch entry.event {
    case .capture(let record): capture(record, entry)
    case .pending(let id, let outcome): settle(id, outcome, entry)
    case .operation(let operation): repeatOperation(operation, entry)
    }
  }

  // MARK: Captures

  private mutating func capture(_ record: CaptureRecord, _ entry: JournalEntry) {
    let sent = keys(of: record)
    let presented = record.tid.flatMap { standIns.tid(for: $0, at: record.touchpoint, in: state) }
    let screened: ScreenedKeys
    do throws(CaptureError) { screened = try space.screen(sent) } catch {
      counts.refused += 1
      // Whoever gets no answer keeps what they have.
      standIns.note(record.outcome.touchpointTid, presented, at: record.touchpoint)
      return
    }
    var question = Question(
      touchpoint: record.touchpoint, tid: presented, at: record.at, keys: screened, fresh: freshTID(entry),
      now: entry.at)
    question.adoptsTid = record.adoptsTid
    question.handoff = handoff(record, entry)
    let snapshot = snapshot(for: &question, entry)
    let standings = standings(question, sent, record, entry, snapshot)
    let decision =
      question.adoptsTid
      ? decideAdopting(question, standings: standings, on: snapshot, in: space)
      : decide(question, standings: standings, on: snapshot, in: space)
    apply(decision.effects, entry)
    counts.captures += 1
    standIns.noteTold(record.outcome.touchpointTid, decision.outcome.touchpointTid, at: record.touchpoint)
    let (now, then) = (record.outcome.switchedFrom, decision.outcome.switchedFrom)
    if (now == nil) != (then == nil) {
      switches.append(
        Simulation.Switch(sequence: entry.sequence, touchpoint: record.touchpoint, now: now, then: then))
    }
  }

  /// The keys as sent, of attributes the space has.
  private mutating func keys(of record: CaptureRecord) -> CapturedKeys {
    let entries = record.keys.entries
    if entries.allSatisfy({ space.strength(of: $0.attribute) != nil }) { return record.keys }
    var keys = CapturedKeys()
    for entry in entries {
      if space.strength(of: entry.attribute) == nil {
        counts.ignoredKeys += 1
      } else {
        keys.append(attribute: entry.attribute, value: entry.value)
      }
    }
    return keys
  }

  private func snapshot(for question: inout Question, _ entry: JournalEntry) -> Snapshot {
    var snapshot = state.snapshot(question.footprint)
    while snapshot.freshExists {
      question.fresh = TID(high: question.fresh.high, low: question.fresh.low &+ 1)
      snapshot = state.snapshot(question.footprint)
    }
    // Keys that wait are named by it.
    snapshot.sequence = entry.sequence
    return snapshot
  }

  /// The TID that was drawn for a capture; where none was needed, one for which the rest of the journal has
  /// no use.
  private func freshTID(_ entry: JournalEntry) -> TID {
    for case .born(let tid, _, _) in entry.effects {
      if case .capture(let record) = entry.event, record.adoptsTid, record.tid == tid { continue }
      return tid
    }
    let milliseconds = UInt64(max(0, entry.at.microseconds / 1000))
    return TID(milliseconds: milliseconds, counter: 0xFFF, random: UInt64(bitPattern: entry.sequence))
  }

  /// The handoff, as far as the journal tells of it: the number of one that was not used is not recorded, so
  /// that it counts as another one each time.
  private func handoff(_ record: CaptureRecord, _ entry: JournalEntry) -> Question.Handoff {
    guard let result = record.outcome.handoff else { return .none }
    guard let tid = record.handoffTid, result != .spent else { return .refused(result) }
    let standIn = standIns.tid(for: tid, in: state)
    for case .handoffSpent(let number, let expires) in entry.effects {
      return .presented(standIn, number: number, expires: expires)
    }
    let number = Digest(high: 0, low: UInt64(bitPattern: entry.sequence))
    return .presented(standIn, number: number, expires: entry.at)
  }

  private mutating func standings(
    _ question: Question, _ sent: CapturedKeys, _ record: CaptureRecord, _ entry: JournalEntry,
    _ snapshot: Snapshot
  ) -> [Standing] {
    let keys = question.keys.accepted
    var verdicts: [Verdict?] = Array(repeating: nil, count: keys.count)
    if keys.contains(where: { traits[$0.key.strength] != nil }) {
      let recorded = RecordedVerdicts(record, effects: entry.effects, present: present, kinds: kinds)
      let ordered = sent.entries.enumerated().sorted {
        let (a, b) = (space.strength(of: $0.element.attribute), space.strength(of: $1.element.attribute))
        return (a ?? .max, $0.offset) < (b ?? .max, $1.offset)
      }
      for (index, key) in keys.enumerated() where traits[key.key.strength] != nil {
        verdicts[index] = recorded.verdict(
          on: key.key, sentAs: ordered[key.ordinal].element.value, ordinal: key.ordinal,
          by: space.attributes[key.key.strength])
      }
    }
    func planned(giveUp: Bool) -> Plan {
      plan(question, verdicts: verdicts, traits: traits, on: snapshot, in: space, giveUp: giveUp)
    }
    switch planned(giveUp: false) {
    case .ready(let standings): return standings
    case .needsVerdicts(let missing):
      counts.unknown += 1
      for index in missing {
        verdicts[index] = Verdict(
          finding: .indeterminate, assurance: .existence, evidence: [], retryable: false)
      }
      guard case .ready(let standings) = planned(giveUp: true) else { return [] }
      return standings
    }
  }

  // MARK: Keys that waited

  private mutating func settle(_ id: PendingKey.ID, _ outcome: Outcome?, _ entry: JournalEntry) {
    guard let waiting = state.pending[id], let wanted = entry.end(of: id) else { return }
    var ending: (end: PendingEnd, standing: Standing?)? = (wanted, nil)
    if waiting.key.strength >= space.attributes.count {
      ending = (.stale, nil)
    } else if let evidence = outcome?.keys.first?.evidence, wanted == .applied || wanted == .rejected {
      let proves = evidence.contains { $0.finding == .valid && $0.assurance == .possession }
      ending = waiting.ending(
        by: Verdict(
          finding: wanted == .applied ? .valid : .invalid, assurance: proves ? .possession : .existence,
          evidence: evidence), in: space)
    }
    guard let ending else { return }
    let keys = ScreenedKeys(accepted: [ScreenedKey(key: waiting.key, ordinal: id.ordinal)])
    var question = Question(
      touchpoint: waiting.touchpoint, tid: waiting.tid, at: waiting.at, keys: keys, fresh: freshTID(entry),
      now: entry.at)
    question.appliesPending = id
    let snapshot = snapshot(for: &question, entry)
    let settlement = KeyfoldCore.settle(
      question, standing: ending.standing, wanted: ending.end, on: snapshot, in: space)
    if let settlement { apply(settlement.effects, entry) }
  }

  // MARK: Operations

  /// What an operator did to TIDs is done to those that stand in for them.
  private mutating func repeatOperation(_ operation: Operation, _ entry: JournalEntry) {
    func known(_ tid: TID) -> TID? {
      let standIn = standIns.tid(for: tid, in: state)
      return state.tids[standIn] == nil ? nil : standIn
    }
    switch operation {
    case .revoke(let tid, _):
      if let tid = known(tid) { apply([.revoked(tid)], entry) }
    case .separate(let a, let b, _):
      if let a = known(a), let b = known(b), a != b { apply([.separated(a, b)], entry) }
    case .removeSeparation(let a, let b, _):
      if let a = known(a), let b = known(b) { apply([.separationRemoved(a, b)], entry) }
    case .merge(let a, let b, let reason):
      if let a = known(a), let b = known(b) { carryOut(Merge(a, b, reason: reason), entry) }
    case .unmerge(let tid, let allowRemerge, let reason):
      if let tid = known(tid) { carryOut(Unmerge(tid, allowRemerge: allowRemerge, reason: reason), entry) }
    case .erase, .erased, .lost, .changeSpace: break
    }
  }

  /// What the rules make of an operation; nothing where they refuse it.
  private mutating func carryOut(_ operation: some ProfileOperation, _ entry: JournalEntry) {
    var snapshot = state.snapshot(operation.footprint)
    snapshot.sequence = entry.sequence
    guard let effects = try? operation.effects(on: snapshot, in: space) else { return }
    apply(effects, entry)
  }

  /// Activity and data make no difference to who is who.
  private mutating func apply(_ effects: [Effect], _ entry: JournalEntry) {
    let kept = effects.filter { effect in
      switch effect {
      case .active, .datum: false
      default: true
      }
    }
    state.apply(
      JournalEntry(sequence: entry.sequence, at: entry.at, event: .operation(.lost), effects: kept))
  }
}

extension JournalEntry {
  /// How it ended the wait of a key.
  fileprivate func end(of id: PendingKey.ID) -> PendingEnd? {
    for case .pendingSettled(id, let end) in effects { return end }
    return nil
  }
}
