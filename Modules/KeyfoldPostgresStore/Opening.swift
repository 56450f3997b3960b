#if PostgreSQL
import Glibc
import KeyfoldCore

/// Opens a schema for a space: creates or upgrades it, and compares the rules it was written with.
struct Opening {
  let connection: Connection
  let location: Location
  let schema: String
  let space: Space
  let mayCreate: Bool
  /// The secret of a new store; nil to draw one.
  let newSecret: Secret?

  /// Attempts where other processes create or change the same store at the same time.
  private static let attemptsMax = 32
  /// The longest pause between two of them.
  private static let pauseMsMax: UInt32 = 100
  /// Released claims, or sums, that are filled in by one statement.
  private static let filledPortion = 1000

  func run(acceptingChange: Bool) throws(StoreError) -> (Session, StoreIdentity) {
    guard connection.serverEncoding == "UTF8" else {
      throw StoreError(
        .incompatible, "the database keeps text as \(connection.serverEncoding); a Keyfold store needs UTF8")
    }
    var pauseMs: UInt32 = 2
    for _ in 0..<Opening.attemptsMax {
      var outcome: Attempt = .success(nil)
      do throws(Failure) { outcome = try attempt(acceptingChange) } catch {
        _ = try? connection.run([.text("ROLLBACK")])
        guard error.isCreationRace else { throw error.storeError }
        pauseMs = Jitter.pause(pauseMs, max: Opening.pauseMsMax)
      }
      if let opened = try outcome.get() { return opened }
    }
    throw StoreError(.busy, "others are changing this store all the time; try again")
  }

  /// What the store says of itself.
  private struct Label {
    let layout: Int64
    let rules: String
    let secret: [UInt8]

    var keptSecret: Secret { Secret(bytes: secret) }
  }

  /// nil where something was brought up to date, so that the store is to be looked at again.
  private typealias Attempt = Result<(Session, StoreIdentity)?, StoreError>

  private func attempt(_ acceptingChange: Bool) throws(Failure) -> Attempt {
    guard let label = try label() else {
      return try create().map { nil }
    }
    guard label.layout <= Schema.version else {
      return .failure(
        StoreError(
          .incompatible,
          """
          the schema '\(schema)' was written by a newer Keyfold (layout \(label.layout); this one knows up \
          to \(Schema.version)); upgrade Keyfold
          """
        ))
    }
    let rules = SpaceRecord(space)
    guard label.layout == Schema.version, label.rules == rules.encoded else {
      return try bringUpToDate(acceptingChange).map { nil }
    }
    // Nothing is locked where nothing is to be written: a look-up does not wait for anybody.
    let answers = try connection.run([.text("SELECT id, name FROM attributes"), .prepared(.head)])
    do throws(StoreError) {
      let head = try Head(answers[1])
      return .success(
        (
          try session(head, attributes: answers[0], label),
          StoreIdentity(secret: label.keptSecret, sequence: head.sequence)
        ))
    } catch {
      return .failure(error)
    }
  }

  private func session(_ head: Head, attributes: Rows, _ label: Label) throws(StoreError) -> Session {
    Session(
      space: space, attributes: try AttributeNumbers(attributes, space: space),
      digests: KeyedDigests(key: label.keptSecret), revision: head.revision)
  }

  /// nil where there is no store in the schema, or no schema.
  private func label() throws(Failure) -> Label? {
    do throws(Failure) {
      let rows = try connection.run([.text("SELECT layout, rules, secret FROM store WHERE one = 1")])[0]
      guard rows.count == 1 else { return nil }
      return Label(layout: rows.int(0, 0), rules: rows.text(0, 1), secret: rows.bytes(0, 2))
    } catch {
      if error.state == "42P01" || error.state == "3F000" { return nil }
      throw error
    }
  }

  // MARK: Creating

  private func create() throws(Failure) -> Result<Void, StoreError> {
    let found = try connection.run([
      .text("SELECT 1 FROM information_schema.schemata WHERE schema_name = $1::text", [.text(schema)]),
      .text("SELECT 1 FROM information_schema.tables WHERE table_schema = $1::text LIMIT 1", [.text(schema)]),
    ])
    if found[1].count > 0 {
      // Another process may have created it between the two looks.
      if try label() != nil { return .success(()) }
      return .failure(
        StoreError(
          .incompatible,
          "the schema '\(schema)' holds tables, but is not a Keyfold store; name another with ?schema=NAME"))
    }
    guard mayCreate else {
      return .failure(
        StoreError(
          .missing,
          """
          there is no store in the schema '\(schema)' of \(location) that this user can see; a first \
          'keyfold capture' creates it
          """
        ))
    }
    var commands: [Connection.Command] = [.text("BEGIN")]
    if found[0].count == 0 { commands.append(.text("CREATE SCHEMA \"\(schema)\"")) }
    commands += Schema.migrations.joined().map { .text($0) }
    commands.append(
      .text(
        """
        INSERT INTO store (one, layout, secret, rules, libunistring)
        VALUES (1, $1::int8, $2::bytea, $3::text, $4::text)
        """,
        [
          .int(Schema.version), .bytes(newSecret?.withExposedBytes { Array($0) } ?? randomBytes(32)),
          .text(SpaceRecord(space).encoded),
          // Another version of the library may normalise other text: whoever wonders later can look here.
          .text(unistringVersion),
        ]))
    commands += newAttributes(known: nil)
    try connection.run(commands + [.text("COMMIT")])
    return .success(())
  }

  /// Gives numbers to the attributes that have none.
  private func newAttributes(known: Rows?) -> [Connection.Command] {
    var names: Set<ExactText> = []
    var last: Int64 = 0
    for row in 0..<(known?.count ?? 0) {
      names.insert(ExactText(known?.text(row, 1) ?? ""))
      last = max(last, known?.int(row, 0) ?? 0)
    }
    return space.attributes.filter { !names.contains(ExactText($0.name)) }.enumerated().map {
      place, attribute in
      .text(
        "INSERT INTO attributes (id, name) VALUES ($1::int4, $2)",
        [.smallInt(Int32(last) + Int32(place) + 1), .text(attribute.name)])
    }
  }

  // MARK: Upgrading and changing rules

  /// Does what is to be done while nobody writes.
  private func bringUpToDate(_ acceptingChange: Bool) throws(Failure) -> Result<Void, StoreError> {
    _ = try connection.begin([])
    guard let label = try label() else { return try endTransaction(.success(())) }
    if label.layout < Schema.version {
      try connection.run(
        Schema.migrations[Int(label.layout)...].joined().map { .text($0) } + [
          .text("UPDATE store SET layout = $1::int8", [.int(Schema.version)]),
          // Processes of an earlier version must not write on: they know nothing of what is new.
          .text("UPDATE head SET revision = revision + 1 WHERE one = 1"),
        ])
    }
    if label.layout < Schema.keepsSums { try fillInSums() }
    guard let stored = SpaceRecord(decoding: label.rules) else {
      return try endTransaction(
        .failure(
          StoreError(.damaged, "the store has lost the rules it was written with; restore a backup")))
    }
    let differences = stored.differences(to: SpaceRecord(space))
    if !differences.isEmpty {
      guard acceptingChange else { return try endTransaction(.failure(stored.refusal(of: differences))) }
      if case .failure(let error) = try accept(differences, label) {
        return try endTransaction(.failure(error))
      }
    } else {
      try connection.run([.text("UPDATE store SET rules = $1", [.text(SpaceRecord(space).encoded)])])
    }
    if label.layout < Schema.keepsReleased, case .failure(let error) = try fillInReleased(label) {
      return try endTransaction(.failure(error))
    }
    try connection.run([.text("COMMIT")])
    return .success(())
  }

  /// Gives entries of an older layout their sums.
  private func fillInSums() throws(Failure) {
    var last: Int64 = 0
    while true {
      let rows = try connection.run([
        .text(
          "SELECT sequence, entry FROM journal WHERE sequence > $1::int8 ORDER BY sequence LIMIT $2::int8",
          [.int(last), .int(Opening.filledPortion)])
      ])[0]
      guard rows.count > 0 else { return }
      let sequences = (0..<rows.count).map { rows.int($0, 0) }
      last = sequences[rows.count - 1]
      try connection.run([
        .text(
          """
          UPDATE journal SET sum = u.sum FROM unnest($1::int8[], $2::int8[]) AS u (sequence, sum)
          WHERE journal.sequence = u.sequence
          """, [.ints(sequences), .ints((0..<rows.count).map { changeSum(rows.bytes($0, 1)) })])
      ])
    }
  }

  /// Reads from the journal what earlier layouts did not keep.
  private func fillInReleased(_ label: Label) throws(Failure) -> Result<Void, StoreError> {
    let answers = try connection.run([.text("SELECT id, name FROM attributes"), .prepared(.head)])
    var commands: [Connection.Command] = []
    do throws(StoreError) {
      let head = try Head(answers[1])
      let session = try session(head, attributes: answers[0], label)
      var state = IdentityState(space: space)
      try PostgresView(connection: connection, session: session, head: head).forEachEntry(after: 0) {
        entry throws(StoreError) in
        state.apply(entry)
        return true
      }
      let released = state.releasedClaims
      for start in stride(from: 0, to: released.count, by: Opening.filledPortion) {
        let portion = released[start..<min(start + Opening.filledPortion, released.count)]
        commands.append(Changes.keepReleased(Array(portion), session.attributes))
      }
    } catch {
      return .failure(error)
    }
    try connection.run(commands)
    return .success(())
  }

  /// Ends a transaction of which nothing is to stay.
  private func endTransaction(_ result: Result<Void, StoreError>) throws(Failure) -> Result<Void, StoreError>
  {
    try connection.run([.text("ROLLBACK")])
    return result
  }

  private func accept(
    _ differences: [String], _ label: Label
  ) throws(Failure) -> Result<Void, StoreError> {
    let known = try connection.run([.text("SELECT id, name FROM attributes")])[0]
    let answers = try connection.run(
      [
        .text("UPDATE store SET rules = $1", [.text(SpaceRecord(space).encoded)]),
        .text("UPDATE head SET revision = revision + 1 WHERE one = 1"),
      ] + newAttributes(known: known) + [.prepared(.head), .text("SELECT id, name FROM attributes")])
    do throws(StoreError) {
      let head = try Head(answers[answers.count - 2])
      var set = WorkingSet(
        head: head, session: try session(head, attributes: answers[answers.count - 1], label))
      try set.append(
        JournalEntry(
          sequence: head.sequence + 1, at: now(), event: .operation(.changeSpace(differences: differences)),
          effects: []))
      let commands = set.commands(token: .random())
      do throws(Failure) { try connection.run(commands) } catch { return .failure(error.storeError) }
      return .success(())
    } catch {
      return .failure(error)
    }
  }

  private func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }
}
#endif
