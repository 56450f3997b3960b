#if PostgreSQL
import KeyfoldCore

/// The layout of a schema and how it came about: one step a version, never changed once released.
///
/// Plain SQL: engines that speak PostgreSQL's protocol have no more in common.
enum Schema {
  /// Version a schema has after all migrations (`store.layout`).
  static var version: Int64 { Int64(migrations.count) }

  static let migrations = [version1, version2, version3, version4]

  /// The first version that keeps released claims.
  static let keepsReleased: Int64 = 2
  /// The first version that has sums of entries.
  static let keepsSums: Int64 = 4

  /// TIDs and digests are `uuid`, times microseconds, texts compared by bytes. `root` can be derived from
  /// `parent`; `check` does so. A claim's `holder` is zero where it is verified and its origin otherwise: the
  /// primary key then says that a key has one verified claim at most.
  ///
  /// `turn` has no rows: writers lock it to queue up (see `Transaction`). The journal's `token` says which
  /// transaction wrote an entry, should the answer to a commit get lost.
  private static let version1 = [
    """
    CREATE TABLE store (one int4 PRIMARY KEY CHECK (one = 1), layout int8 NOT NULL, secret bytea NOT NULL,
      rules text COLLATE "C" NOT NULL, libunistring text COLLATE "C" NOT NULL)
    """,
    "CREATE TABLE turn (none int4)",
    """
    CREATE TABLE head (one int4 PRIMARY KEY CHECK (one = 1), sequence int8 NOT NULL, pending int8 NOT NULL,
      separations int8 NOT NULL, revision int8 NOT NULL)
    """,
    "INSERT INTO head VALUES (1, 0, 0, 0, 0)",
    "CREATE TABLE attributes (id int4 PRIMARY KEY, name text COLLATE \"C\" NOT NULL UNIQUE)",
    """
    CREATE TABLE tids (tid uuid PRIMARY KEY, born int8 NOT NULL, parent uuid, root uuid NOT NULL,
      revoked boolean NOT NULL, merged int8)
    """,
    "CREATE INDEX tids_by_root ON tids (root)",
    """
    CREATE TABLE claims (attribute int4 NOT NULL, value text COLLATE "C" NOT NULL, holder uuid NOT NULL,
      origin uuid NOT NULL, at int8 NOT NULL, sequence int8 NOT NULL, ordinal int8 NOT NULL,
      PRIMARY KEY (attribute, value, holder))
    """,
    "CREATE INDEX claims_by_origin ON claims (origin)",
    """
    CREATE TABLE activity (origin uuid NOT NULL, touchpoint text COLLATE "C" NOT NULL, count int8 NOT NULL,
      first int8 NOT NULL, last int8 NOT NULL, PRIMARY KEY (origin, touchpoint))
    """,
    """
    CREATE TABLE data (origin uuid NOT NULL, name text COLLATE "C" NOT NULL, value text COLLATE "C" NOT NULL,
      at int8 NOT NULL, sequence int8 NOT NULL, PRIMARY KEY (origin, name))
    """,
    "CREATE TABLE separations (first uuid NOT NULL, second uuid NOT NULL, PRIMARY KEY (first, second))",
    "CREATE TABLE captures (id uuid PRIMARY KEY, content uuid NOT NULL, sequence int8 NOT NULL)",
    "CREATE TABLE handoffs (number uuid PRIMARY KEY, expires int8 NOT NULL)",
    "CREATE INDEX handoffs_by_expiry ON handoffs (expires)",
    """
    CREATE TABLE pending (sequence int8 NOT NULL, ordinal int8 NOT NULL, origin uuid NOT NULL,
      attribute int4 NOT NULL, value text COLLATE "C" NOT NULL, touchpoint text COLLATE "C" NOT NULL,
      at int8 NOT NULL, queued int8 NOT NULL, PRIMARY KEY (sequence, ordinal))
    """,
    "CREATE INDEX pending_by_origin ON pending (origin)",
    "CREATE TABLE conflicts (attribute int4 PRIMARY KEY, count int8 NOT NULL)",
    """
    CREATE TABLE journal (
      sequence int8 PRIMARY KEY, token uuid NOT NULL, entry text COLLATE "C" NOT NULL)
    """,
  ]

  /// Claims that were released and may come back: of each key, origin and standing the last one.
  private static let version2 = [
    """
    CREATE TABLE released (origin uuid NOT NULL, attribute int4 NOT NULL, value text COLLATE "C" NOT NULL,
      verified boolean NOT NULL, at int8 NOT NULL, sequence int8 NOT NULL, ordinal int8 NOT NULL,
      released int8 NOT NULL, why text COLLATE "C" NOT NULL, PRIMARY KEY (origin, attribute, value, verified))
    """
  ]

  /// Keyed digests of erased TIDs; the head says whether there are any, so that nobody looks for them where
  /// there are none. A capture id whose profile was erased stays in `captures`, with a content of zeros and
  /// sequence 0.
  private static let version3 = [
    "CREATE TABLE erased (tid uuid PRIMARY KEY)",
    "ALTER TABLE head ADD COLUMN erased boolean NOT NULL DEFAULT false",
  ]

  /// Each entry gets a sum that tells whether it was changed; `Opening` makes those of entries that are there.
  private static let version4 = ["ALTER TABLE journal ADD COLUMN sum int8"]
}
#endif
