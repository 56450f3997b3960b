#if PostgreSQL
import KeyfoldCore

extension Changes {
  /// The statements that make the tables say what the state says, and the journal how it came about.
  ///
  /// What is deleted goes before what is inserted: a verified key may have moved from one TID to another.
  func commands(
    to state: IdentityState, _ attributes: AttributeNumbers, token: Digest
  ) -> [Connection.Command] {
    tidCommands(state) + claimCommands(state, attributes) + releasedCommands(state, attributes)
      + recordCommands + separationCommands(state) + handoffCommands + pendingCommands(state, attributes)
      + erasureCommands + journalCommands(state.space, attributes, token)
  }

  // MARK: TIDs

  private func tidCommands(_ state: IdentityState) -> [Connection.Command] {
    var rows: [(record: TIDRecord, root: TID)] = []
    for root in Set(born.union(changed).compactMap(state.root(of:))) {
      for record in state.profile(of: root)?.tids ?? []
      where born.contains(record.tid) || changed.contains(record.tid) {
        rows.append((record, root))
      }
    }
    rows.sort { $0.record.tid < $1.record.tid }
    let new = rows.filter { born.contains($0.record.tid) }
    let old = rows.filter { !born.contains($0.record.tid) }
    var commands: [Connection.Command] = []
    if !new.isEmpty {
      commands.append(
        .prepared(
          .insertTids,
          [
            .uuids(new.map(\.record.tid)), .ints(new.map(\.record.bornAt.microseconds)),
            .uuids(new.map(\.record.parent)), .uuids(new.map(\.root)), .bools(new.map(\.record.revoked)),
            .ints(new.map { mergedBy[$0.record.tid] }),
          ]))
    }
    for (record, root) in old {
      commands.append(
        .prepared(
          .updateTid,
          [
            .uuid(record.tid), record.parent.map { .uuid($0) } ?? .null, .uuid(root), .bool(record.revoked),
            mergedBy[record.tid].map { .int($0) } ?? .null,
          ]))
    }
    return commands
  }

  // MARK: Claims

  /// A row of the claims' table by what its primary key is made of.
  private struct ClaimRow {
    let attribute: Int32
    let claim: Claim

    init(_ claim: Claim, _ attributes: AttributeNumbers) {
      attribute = attributes.number(claim.key)
      self.claim = claim
    }

    /// Nobody where it is verified.
    var holder: (high: UInt64, low: UInt64) {
      claim.verified ? (0, 0) : (claim.origin.high, claim.origin.low)
    }

    static func < (a: Self, b: Self) -> Bool {
      if a.attribute != b.attribute { return a.attribute < b.attribute }
      if !sameBytes(a.claim.key.value, b.claim.key.value) {
        return bytesPrecede(a.claim.key.value, b.claim.key.value)
      }
      return a.holder < b.holder
    }
  }

  private func claimCommands(_ state: IdentityState, _ attributes: AttributeNumbers) -> [Connection.Command] {
    var (old, new): ([ClaimRow], [ClaimRow]) = ([], [])
    for (place, former) in claims {
      let present = state.claims(on: place.key).first { $0.origin == place.origin }
      if former == present { continue }
      if let former { old.append(ClaimRow(former, attributes)) }
      if let present { new.append(ClaimRow(present, attributes)) }
    }
    old.sort(by: <)
    new.sort(by: <)
    var commands: [Connection.Command] = old.map { row in
      .prepared(
        .deleteClaim,
        [
          .smallInt(row.attribute), .text(row.claim.key.value),
          .uuid(high: row.holder.high, low: row.holder.low),
        ])
    }
    if !new.isEmpty {
      commands.append(
        .prepared(
          .insertClaims,
          [
            .smallInts(new.map(\.attribute)), .texts(new.map(\.claim.key.value)),
            .uuids(new.map { Digest(high: $0.holder.high, low: $0.holder.low) }),
            .uuids(new.map(\.claim.origin)), .ints(new.map(\.claim.capturedAt.microseconds)),
            .ints(new.map(\.claim.commit)), .ints(new.map { Int64($0.claim.ordinal) }),
          ]))
    }
    return commands
  }

  private func releasedCommands(
    _ state: IdentityState, _ attributes: AttributeNumbers
  ) -> [Connection.Command] {
    func present(_ kind: Kind) -> ReleasedClaim? {
      state.releasedClaim(on: kind.place.key, origin: kind.place.origin, verified: kind.verified)
    }
    let gone = forgotten.filter { present($0) == nil }.sorted { inOrder($0.place, $1.place) }
    let kept = released.compactMap(present)
    return gone.map { kind in
      .prepared(
        .forgetReleased,
        [
          .uuid(kind.place.origin), .smallInt(attributes.number(kind.place.key)),
          .text(kind.place.key.value), .bool(kind.verified),
        ])
    } + (kept.isEmpty ? [] : [Changes.keepReleased(kept, attributes)])
  }

  private func inOrder(_ a: Place, _ b: Place) -> Bool { (a.origin, a.key) < (b.origin, b.key) }

  /// Writes released claims, each in the place of one of its kind.
  static func keepReleased(_ released: [ReleasedClaim], _ attributes: AttributeNumbers) -> Connection.Command
  {
    let rows = released.sorted {
      ($0.claim.origin, $0.claim.key, $0.sequence) < ($1.claim.origin, $1.claim.key, $1.sequence)
    }
    return .prepared(
      .keepReleased,
      [
        .uuids(rows.map(\.claim.origin)), .smallInts(rows.map { attributes.number($0.claim.key) }),
        .texts(rows.map(\.claim.key.value)), .bools(rows.map(\.claim.verified)),
        .ints(rows.map(\.claim.capturedAt.microseconds)), .ints(rows.map(\.claim.commit)),
        .ints(rows.map { Int64($0.claim.ordinal) }), .ints(rows.map(\.sequence)),
        .texts(rows.map(\.why.rawValue)),
      ])
  }

  // MARK: Activity and data

  private var recordCommands: [Connection.Command] {
    func inOrder(_ a: Spot, _ b: Spot) -> Bool { (a.tid, a.name) < (b.tid, b.name) }
    let activity = activity.sorted { inOrder($0.key, $1.key) }.map(\.value)
    let data = data.sorted { inOrder($0.key, $1.key) }.map(\.value)
    var commands: [Connection.Command] = []
    if !activity.isEmpty {
      commands.append(
        .prepared(
          .recordActivity,
          [
            .uuids(activity.map(\.tid)), .texts(activity.map(\.touchpoint)),
            .ints(activity.map { Int64($0.count) }), .ints(activity.map(\.first.microseconds)),
            .ints(activity.map(\.last.microseconds)),
          ]))
    }
    if !data.isEmpty {
      commands.append(
        .prepared(
          .recordData,
          [
            .uuids(data.map(\.tid)), .texts(data.map(\.name)), .texts(data.map(\.value)),
            .ints(data.map(\.at.microseconds)), .ints(data.map(\.commit)),
          ]))
    }
    return commands
  }

  // MARK: Separations, handoffs, waiting keys

  private func separationCommands(_ state: IdentityState) -> [Connection.Command] {
    let changed = separations.filter { state.separations.contains($0.key) != $0.value }.keys.sorted()
    let (new, gone) = (
      changed.filter(state.separations.contains), changed.filter { !state.separations.contains($0) }
    )
    var commands: [Connection.Command] = gone.map { pair in
      .prepared(.deleteSeparation, [.uuid(pair.first), .uuid(pair.second)])
    }
    if !new.isEmpty {
      commands.append(
        .prepared(.insertSeparations, [.uuids(new.map(\.first)), .uuids(new.map(\.second))]))
    }
    return commands
  }

  private var handoffCommands: [Connection.Command] {
    guard let handoffsUntil else { return [] }
    let spent = handoffs.sorted { $0.key < $1.key }
    return [
      .prepared(.pruneHandoffs, [.int(handoffsUntil.microseconds)]),
      .prepared(.insertHandoffs, [.uuids(spent.map(\.key)), .ints(spent.map(\.value.microseconds))]),
    ]
  }

  private func pendingCommands(_ state: IdentityState, _ attributes: AttributeNumbers) -> [Connection.Command]
  {
    let new = queued.sorted().compactMap { state.pending[$0] }
    var commands: [Connection.Command] = settled.sorted().map { id in
      .prepared(.deletePending, [.int(id.commit), .int(id.ordinal)])
    }
    if !new.isEmpty {
      commands.append(
        .prepared(
          .insertPending,
          [
            .ints(new.map(\.id.commit)), .ints(new.map { Int64($0.id.ordinal) }), .uuids(new.map(\.tid)),
            .smallInts(new.map { attributes.number($0.key) }), .texts(new.map(\.key.value)),
            .texts(new.map(\.touchpoint)), .ints(new.map(\.at.microseconds)),
            .ints(new.map(\.queuedAt.microseconds)),
          ]))
    }
    return commands
  }

  // MARK: Journal

  private var erasureCommands: [Connection.Command] {
    var commands: [Connection.Command] = []
    if !tombstones.isEmpty { commands.append(.prepared(.insertTombstones, [.uuids(tombstones.sorted())])) }
    if !forgottenCaptures.isEmpty { commands.append(Changes.forgetCaptures(forgottenCaptures.sorted())) }
    return commands
  }

  /// Keeps of captures no more than that they are known.
  static func forgetCaptures(_ ids: [Digest]) -> Connection.Command {
    .prepared(.forgetCaptures, [.uuids(ids)])
  }

  private func journalCommands(
    _ space: Space, _ attributes: AttributeNumbers, _ token: Digest
  ) -> [Connection.Command] {
    var commands: [Connection.Command] = []
    if !captures.isEmpty {
      let captures = captures.sorted { $0.identity.id < $1.identity.id }
      commands.append(
        .prepared(
          .insertCaptures,
          [
            .uuids(captures.map(\.identity.id)), .uuids(captures.map(\.identity.content)),
            .ints(captures.map(\.sequence)),
          ]))
    }
    if !conflicts.isEmpty {
      let counted = conflicts.map { name, count in
        (number: attributes.number(space.storedKey(attribute: name.string, value: "")), count: Int64(count))
      }.sorted { $0.number < $1.number }
      commands.append(
        .prepared(.countConflicts, [.smallInts(counted.map(\.number)), .ints(counted.map(\.count))]))
    }
    commands.append(
      .prepared(
        .insertEntries,
        [
          .uuid(token), .ints(entries.map(\.sequence)), .texts(utf8: entries.map(\.text)),
          .ints(entries.map { changeSum($0.text) }),
        ]))
    return commands
  }
}
#endif
