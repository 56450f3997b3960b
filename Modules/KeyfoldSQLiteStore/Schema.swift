import KeyfoldCore

/// The database's layout and how it came about: one step a version, never changed once released.
enum Schema {
  /// Marks the file as ours (`PRAGMA application_id`): "Kfld".
  static let applicationID: Int64 = 0x4B66_6C64

  /// Version a database has after all migrations (`PRAGMA user_version`).
  static var version: Int64 { Int64(migrations.count) }

  static let migrations = [version1, version2, version3, version4]

  /// The first version that keeps released claims.
  static let keepsReleased: Int64 = 2

  /// TIDs are numbered, so that everything that points to one is small. `root` can be derived from `parent`;
  /// `check` does so. A claim's `holder` is 0 where it is verified and its origin otherwise: the primary key
  /// then says that a key has one verified claim at most.
  private static let version1 = """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
    CREATE TABLE head (
      one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL, next_number INTEGER NOT NULL,
      pending INTEGER NOT NULL, separations INTEGER NOT NULL, revision INTEGER NOT NULL);
    INSERT INTO head VALUES (1, 0, 1, 0, 0, 0);
    CREATE TABLE attributes (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE tids (
      number INTEGER PRIMARY KEY, tid BLOB NOT NULL UNIQUE, born INTEGER NOT NULL, parent INTEGER,
      root INTEGER NOT NULL, revoked INTEGER NOT NULL DEFAULT 0, merged INTEGER);
    CREATE INDEX tids_by_root ON tids (root);
    CREATE TABLE claims (
      attribute INTEGER NOT NULL, value TEXT NOT NULL, holder INTEGER NOT NULL, origin INTEGER NOT NULL,
      at INTEGER NOT NULL, sequence INTEGER NOT NULL, ordinal INTEGER NOT NULL,
      PRIMARY KEY (attribute, value, holder)) WITHOUT ROWID;
    CREATE INDEX claims_by_origin ON claims (origin, at, sequence, ordinal);
    CREATE TABLE activity (
      origin INTEGER NOT NULL, touchpoint TEXT NOT NULL, count INTEGER NOT NULL, first INTEGER NOT NULL,
      last INTEGER NOT NULL, PRIMARY KEY (origin, touchpoint)) WITHOUT ROWID;
    CREATE TABLE data (
      origin INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, at INTEGER NOT NULL, sequence INTEGER NOT NULL,
      PRIMARY KEY (origin, name)) WITHOUT ROWID;
    CREATE TABLE separations (
      first INTEGER NOT NULL, second INTEGER NOT NULL, PRIMARY KEY (first, second)) WITHOUT ROWID;
    CREATE TABLE captures (id BLOB PRIMARY KEY, content BLOB NOT NULL, sequence INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE handoffs (number BLOB PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE pending (
      sequence INTEGER NOT NULL, ordinal INTEGER NOT NULL, origin INTEGER NOT NULL, attribute INTEGER NOT NULL,
      value TEXT NOT NULL, touchpoint TEXT NOT NULL, at INTEGER NOT NULL, queued INTEGER NOT NULL,
      PRIMARY KEY (sequence, ordinal)) WITHOUT ROWID;
    CREATE INDEX pending_by_origin ON pending (origin);
    CREATE TABLE conflicts (attribute INTEGER PRIMARY KEY, count INTEGER NOT NULL);
    CREATE TABLE journal (sequence INTEGER PRIMARY KEY, entry TEXT NOT NULL);
    """

  /// Claims that were released and may come back: of each key, origin and standing the last one.
  private static let version2 = """
    CREATE TABLE released (
      origin INTEGER NOT NULL, attribute INTEGER NOT NULL, value TEXT NOT NULL, verified INTEGER NOT NULL,
      at INTEGER NOT NULL, sequence INTEGER NOT NULL, ordinal INTEGER NOT NULL, released INTEGER NOT NULL,
      why TEXT NOT NULL, PRIMARY KEY (origin, attribute, value, verified)) WITHOUT ROWID;
    """

  /// Each entry gets a sum that tells whether it was changed; `Opening` makes those of entries that are
  /// there.
  private static let version3 = "ALTER TABLE journal ADD COLUMN sum INTEGER;"

  /// Keyed digests of erased TIDs. A capture id whose profile was erased stays in `captures`, with no content
  /// and sequence 0.
  private static let version4 = "CREATE TABLE erased (tid BLOB PRIMARY KEY) WITHOUT ROWID;"

  /// Brings a database to the current version, creating everything in a new one. Runs inside a transaction.
  static func migrate(_ connection: Connection, from version: Int64) throws(StoreError) {
    for migration in migrations[Int(version)...] { try connection.execute(migration) }
    try connection.execute("PRAGMA user_version = \(Schema.version)")
  }

  /// The version of a database that is ours; 0 for an empty one.
  static func version(of connection: Connection, path: String) throws(StoreError) -> Int64 {
    let application = try connection.number("PRAGMA application_id") ?? 0
    let version = try connection.number("PRAGMA user_version") ?? 0
    let isEmpty = try connection.number("SELECT count(*) FROM sqlite_schema") == 0
    if application == 0 && version == 0 && isEmpty { return 0 }
    guard application == applicationID else {
      throw StoreError(.incompatible, "'\(path)' is a database, but not a Keyfold store; name another file")
    }
    guard version >= 0 else {
      throw StoreError(.damaged, "'\(path)' has a layout of no version; restore a backup")
    }
    guard version <= Schema.version else {
      throw StoreError(
        .incompatible,
        "'\(path)' was written by a newer Keyfold (layout \(version); this one knows up to \(Schema.version)); upgrade Keyfold"
      )
    }
    return version
  }
}
