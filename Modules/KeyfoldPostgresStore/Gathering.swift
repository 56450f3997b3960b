#if PostgreSQL
import KeyfoldCore

/// Everything the footprints of a transaction name, to be read in one round trip.
struct Gathering {
  private var tids: Set<TID> = []
  private var keys: Set<Key> = []
  private var captures: Set<Digest> = []
  private var handoffs: Set<Digest> = []
  /// TIDs whose past is asked for.
  private var pasts: Set<TID> = []

  init(_ footprints: some Sequence<Footprint>) {
    for footprint in footprints {
      tids.formUnion(footprint.tids)
      if let fresh = footprint.fresh { tids.insert(fresh) }
      keys.formUnion(footprint.keys)
      if let id = footprint.captureID { captures.insert(id) }
      if let number = footprint.handoff { handoffs.insert(number) }
      if footprint.wantsPast, let tid = footprint.tids.first { pasts.insert(tid) }
    }
  }

  private var namesProfiles: Bool { !tids.isEmpty || !keys.isEmpty }

  func commands(_ session: Session) -> [Connection.Command] {
    var commands: [Connection.Command] = []
    if namesProfiles {
      let keys = Array(keys)
      let names = [
        Value.uuids(Array(tids)), Value.smallInts(keys.map(session.attributes.number)),
        Value.texts(keys.map(\.value)),
      ]
      for query in [Query.members, .claimsOfProfiles, .pendingOfProfiles, .separationsOfProfiles] {
        commands.append(.prepared(query, names))
      }
    }
    if !pasts.isEmpty {
      let names = [Value.uuids(Array(pasts)), .smallInts([]), .texts([])]
      commands += [.prepared(.releasedOfProfiles, names), .prepared(.ownersOfReleased, names)]
    }
    if !tids.isEmpty {
      commands.append(.prepared(.tombstones, [.uuids(tids.map(session.digests.tombstone))]))
    }
    if !captures.isEmpty { commands.append(.prepared(.captures, [.uuids(Array(captures))])) }
    if !handoffs.isEmpty { commands.append(.prepared(.handoffs, [.uuids(Array(handoffs))])) }
    return commands
  }

  /// - Parameter answers: to `commands`.
  func workingSet(_ answers: [Rows], head: Head, session: Session) throws(StoreError) -> WorkingSet {
    var answers = answers[...]
    var set = WorkingSet(head: head, session: session)
    if namesProfiles {
      try set.load(
        members: answers.removeFirst(), claims: answers.removeFirst(), pending: answers.removeFirst(),
        separations: answers.removeFirst())
    }
    if !pasts.isEmpty { try set.load(released: answers.removeFirst(), owners: answers.removeFirst()) }
    if !tids.isEmpty { try set.load(tombstones: answers.removeFirst()) }
    if !captures.isEmpty { try set.load(captures: answers.removeFirst()) }
    if !handoffs.isEmpty { try set.load(handoffs: answers.removeFirst()) }
    return set
  }
}

/// The part of the state that a transaction sees, and what it has made of it.
///
/// A group of steps is decided here, one after the other, before anything is written: however many they are,
/// they cost one round trip to read and one to write. The fold is the reference's own. Every profile that a
/// footprint of the group can lead to is loaded whole, so it stays true while steps change it.
struct WorkingSet {
  let session: Session
  private(set) var head: Head
  private(set) var state: IdentityState
  private(set) var changes = Changes()
  private var captures: [Digest: Snapshot.Memory] = [:]

  init(head: Head, session: Session) {
    self.head = head
    self.session = session
    state = IdentityState(space: session.space, digests: session.digests)
  }

  // MARK: Loading

  mutating func load(members: Rows, claims: Rows, pending: Rows, separations: Rows) throws(StoreError) {
    for row in 0..<members.count {
      let record = try session.record(members, row)
      // What column 5 says of a primary TID is of a merge that was undone.
      if let parent = record.parent, !members.isNull(row, 5) {
        load([.born(record.tid, at: record.bornAt, parent: nil)])
        load([.merged(record.tid, into: parent, by: .operator)], commit: members.int(row, 5))
      } else {
        load([.born(record.tid, at: record.bornAt, parent: record.parent)])
      }
      if record.revoked { load([.revoked(record.tid)]) }
    }
    for row in 0..<claims.count { load([.restored(try session.claim(claims, row))]) }
    for row in 0..<pending.count { load([.pendingQueued(try session.pendingKey(pending, row))]) }
    for row in 0..<separations.count {
      load([.separated(try separations.tid(row, 0), try separations.tid(row, 1))])
    }
  }

  /// - Parameter owners: verified claims on keys of released ones, be they of profiles that nobody named.
  mutating func load(released: Rows, owners: Rows) throws(StoreError) {
    for row in 0..<owners.count { load([.restored(try session.claim(owners, row))]) }
    for row in 0..<released.count { state.keep(try session.releasedClaim(released, row)) }
  }

  mutating func load(tombstones rows: Rows) throws(StoreError) {
    for row in 0..<rows.count { load([.erased(try rows.digest(row, 0))]) }
  }

  mutating func load(captures rows: Rows) throws(StoreError) {
    for row in 0..<rows.count {
      let (content, sequence) = (try rows.digest(row, 1), rows.int(row, 2))
      captures[try rows.digest(row, 0)] =
        sequence == 0 ? .erased : .captured(content: content, sequence: sequence)
    }
  }

  mutating func load(handoffs rows: Rows) throws(StoreError) {
    for row in 0..<rows.count {
      load([.handoffSpent(try rows.digest(row, 0), expires: rows.time(row, 1))])
    }
  }

  /// What is stored, as effects that lead to it.
  private mutating func load(_ effects: [Effect], commit: Int64 = 0) {
    state.apply(
      JournalEntry(
        sequence: commit, at: Timestamp(microseconds: 0), event: .operation(.changeSpace(differences: [])),
        effects: effects))
  }

  // MARK: Deciding

  func snapshot(_ footprint: Footprint) -> Snapshot {
    var snapshot = state.snapshot(footprint)
    snapshot.sequence = head.sequence + 1
    snapshot.pendingTotal = head.pending
    if let known = footprint.captureID.flatMap({ captures[$0] }) { snapshot.memory = known }
    return snapshot
  }

  /// Gathers what the step names, decides, and takes the answer up.
  ///
  /// - Returns: false where the step asks to stop before it.
  mutating func carryOut(_ step: TransactionStep) throws(StoreError) -> Bool {
    switch step.decide(snapshot(step.footprint)) {
    case .nothing: return true
    case .stop: return false
    case .commit(let entry):
      try append(entry)
      return true
    }
  }

  /// Takes up an entry and its effects.
  mutating func append(_ entry: JournalEntry) throws(StoreError) {
    for effect in entry.effects { try changes.note(effect, of: entry, before: state, &head) }
    state.apply(entry)
    head.sequence = entry.sequence
    changes.note(entry)
    if case .operation(.erased(let id?)) = entry.event { captures[id] = .erased }
    guard case .capture(let record) = entry.event, let identity = record.identity else { return }
    captures[identity.id] = .captured(content: identity.content, sequence: entry.sequence)
  }

  /// The statements that write it all down, in a fixed order of tables and rows; the head comes last.
  ///
  /// - Parameter token: names the transaction in the journal.
  func commands(token: Digest) -> [Connection.Command] {
    changes.commands(to: state, session.attributes, token: token) + [
      .prepared(
        .writeHead,
        [.int(head.sequence), .int(head.pending), .int(head.separations), .bool(head.hasErased)])
    ]
  }
}
#endif
