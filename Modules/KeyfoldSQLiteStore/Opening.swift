import Glibc
import KeyfoldCore

/// Opens a database for a space: creates or upgrades it, and compares the rules it was written with.
struct Opening {
  let path: String
  let synchronization: SQLiteStore.Synchronization
  let mayCreate: Bool
  let space: Space
  /// The secret of a new store; nil to draw one.
  let newSecret: Secret?

  /// Pages of the log after which it is written back into the database; larger than SQLite's own 1000, which
  /// makes random keys twice as fast.
  private static let checkpointPages = 8192
  /// Memory for pages, in KiB.
  private static let cacheKiB = 65_536

  func run(acceptingChange: Bool) throws(StoreError) -> (Session, StoreIdentity) {
    try createFile()
    let connection = try Connection(path: path, readOnly: false)
    try configure(connection)
    // Nothing is locked for writing where nothing is to be written: a look-up does not wait for anybody.
    if try !isUpToDate(connection) { try bringUpToDate(connection, acceptingChange: acceptingChange) }
    let reader = try reader(connection)
    let head = try reader.head()
    return (
      Session(
        writer: connection, space: space, attributes: reader.attributes, digests: reader.digests,
        revision: head.revision),
      StoreIdentity(secret: try secret(connection), sequence: head.sequence)
    )
  }

  private func reader(_ connection: Connection) throws(StoreError) -> Reader {
    Reader(
      connection: connection, space: space, attributes: try AttributeNumbers(connection, space: space),
      digests: KeyedDigests(key: try secret(connection)))
  }

  private func secret(_ connection: Connection) throws(StoreError) -> Secret {
    guard let secret = try connection.text("SELECT hex(value) FROM meta WHERE name = 'secret'"),
      let bytes = bytesFromHex(secret.lowercased()), bytes.count >= 16
    else { throw StoreError(.damaged, "the store has lost its secret; restore a backup") }
    return Secret(bytes: bytes)
  }

  /// Whether the database has this version's layout and was written with these very rules.
  private func isUpToDate(_ connection: Connection) throws(StoreError) -> Bool {
    guard try Schema.version(of: connection, path: path) == Schema.version else { return false }
    return try connection.text("SELECT value FROM meta WHERE name = 'rules'") == SpaceRecord(space).encoded
  }

  private func bringUpToDate(_ connection: Connection, acceptingChange: Bool) throws(StoreError) {
    try connection.execute("BEGIN IMMEDIATE")
    do throws(StoreError) {
      let version = try Schema.version(of: connection, path: path)
      if version == 0 && !mayCreate {
        throw isEmpty
      }
      if version < Schema.version { try Schema.migrate(connection, from: version) }
      if version == 0 { try initialize(connection) }
      if (1..<Schema.version).contains(version) { try fillInSums(connection) }
      let differences = try compareRules(connection, acceptingChange: acceptingChange)
      try numberAttributes(connection)
      if (1..<Schema.keepsReleased).contains(version) { try fillInReleased(connection) }
      if !differences.isEmpty { try accept(differences, connection) }
      try connection.execute("COMMIT")
    } catch {
      connection.rollBack()
      throw error
    }
  }

  /// Gives entries of an older layout their sums.
  private func fillInSums(_ connection: Connection) throws(StoreError) {
    let entries = try connection.prepare("SELECT sequence, entry FROM journal WHERE sum IS NULL")
    let set = try connection.prepare("UPDATE journal SET sum = ?2 WHERE sequence = ?1")
    defer {
      entries.finalize()
      set.finalize()
    }
    while try entries.step() {
      try set.bind(1, entries.int(0)).bind(2, changeSum(entries.bytes(1))).run()
    }
  }

  /// Creates an empty file that only its owner may read; SQLite gives its log the same rights.
  private func createFile() throws(StoreError) {
    guard access(path, F_OK) != 0 else {
      if access(path, R_OK) != 0 { throw failure("the store '\(path)' may not be read", .noPermission) }
      // Even to look at an empty file as a database would write to it.
      var status = stat()
      if !mayCreate && stat(path, &status) == 0 && status.st_size == 0 { throw isEmpty }
      return
    }
    switch errno {
    case ENOENT where !mayCreate:
      throw StoreError(
        .missing, "there is no store '\(path)'; 'keyfold init' or a first 'keyfold capture' creates it")
    case ENOENT: break
    case ENOTDIR: throw failure("the store '\(path)' cannot be created", .cannotCreate)
    default: throw failure("the store '\(path)' cannot be reached", .noPermission)
    }
    let file = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      let denied = errno == EACCES || errno == EPERM
      throw failure("the store '\(path)' cannot be created", denied ? .noPermission : .cannotCreate)
    }
    Glibc.close(file)
  }

  private var isEmpty: StoreError {
    StoreError(
      .missing, "'\(path)' is empty; 'keyfold init' or a first 'keyfold capture' makes a store of it")
  }

  /// An error that tells of `errno`.
  private func failure(_ message: String, _ code: StoreError.Code) -> StoreError {
    StoreError(code, message, underlying: String(cString: strerror(errno)))
  }

  private func configure(_ connection: Connection) throws(StoreError) {
    guard try connection.text("PRAGMA journal_mode = WAL") == "wal" else {
      throw StoreError(.cannotCreate, "the store '\(path)' cannot use a write-ahead log on this file system")
    }
    try connection.execute(
      """
      PRAGMA synchronous = \(synchronization.rawValue);
      PRAGMA cache_size = -\(Opening.cacheKiB);
      PRAGMA wal_autocheckpoint = \(Opening.checkpointPages);
      PRAGMA temp_store = MEMORY;
      """)
  }

  private func initialize(_ connection: Connection) throws(StoreError) {
    try connection.execute("PRAGMA application_id = \(Schema.applicationID)")
    let secret = newSecret?.withExposedBytes { hexadecimal(Array($0)) } ?? hexadecimal(randomBytes(32))
    try connection.execute("INSERT INTO meta VALUES ('secret', x'\(secret)')")
    try setMeta(connection, "rules", SpaceRecord(space).encoded)
    // Another version of the library may normalise other text: whoever wonders later can look here.
    try setMeta(connection, "libunistring", unistringVersion)
  }

  private func setMeta(_ connection: Connection, _ name: String, _ value: String) throws(StoreError) {
    let statement = try connection.prepare("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")
    defer { statement.finalize() }
    try statement.bind(1, name).bind(2, value).run()
  }

  /// What is different from the rules the store was written with.
  private func compareRules(_ connection: Connection, acceptingChange: Bool) throws(StoreError) -> [String] {
    guard let text = try connection.text("SELECT value FROM meta WHERE name = 'rules'"),
      let stored = SpaceRecord(decoding: text)
    else { throw StoreError(.damaged, "the store has lost the rules it was written with; restore a backup") }
    let differences = stored.differences(to: SpaceRecord(space))
    guard differences.isEmpty || acceptingChange else { throw stored.refusal(of: differences) }
    return differences
  }

  private func numberAttributes(_ connection: Connection) throws(StoreError) {
    let statement = try connection.prepare("INSERT OR IGNORE INTO attributes (name) VALUES (?1)")
    defer { statement.finalize() }
    for attribute in space.attributes {
      statement.reset()
      try statement.bind(1, attribute.name).run()
    }
  }

  /// Reads from the journal what earlier layouts did not keep.
  private func fillInReleased(_ connection: Connection) throws(StoreError) {
    let reader = try reader(connection)
    let attributes = reader.attributes
    var state = IdentityState(space: space)
    try SQLiteView(reader: reader, head: try reader.head()).forEachEntry(after: 0) {
      entry throws(StoreError) in
      state.apply(entry)
      return true
    }
    for released in state.releasedClaims {
      let claim = released.claim
      try connection.statement(.insertReleased).bind(1, claim.origin).bind(2, attributes.number(claim.key))
        .bind(3, claim.key.value).bind(4, claim.verified).bind(5, claim.capturedAt).bind(6, claim.commit)
        .bind(7, claim.ordinal).bind(8, released.sequence).bind(9, released.why.rawValue).run()
    }
  }

  private func accept(_ differences: [String], _ connection: Connection) throws(StoreError) {
    try setMeta(connection, "rules", SpaceRecord(space).encoded)
    try connection.execute("UPDATE head SET revision = revision + 1")
    var writer = try Writer(reader: try reader(connection))
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let sequence = writer.head.sequence + 1
    let entry = JournalEntry(
      sequence: sequence,
      at: Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000),
      event: .operation(.changeSpace(differences: differences)), effects: [])
    try writer.append(entry, Gathered(snapshot: Snapshot(sequence: sequence)))
    try writer.finish()
  }
}
