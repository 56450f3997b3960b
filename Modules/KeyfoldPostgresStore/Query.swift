#if PostgreSQL
/// Every statement that runs more than once, by name.
enum Query: Int {
  case head, writeHead
  case members, claimsOfProfiles, pendingOfProfiles, separationsOfProfiles, activityOfProfiles, dataOfProfiles
  case releasedOfProfiles, ownersOfReleased
  case captures, handoffs, tombstones
  case insertTids, updateTid, deleteClaim, insertClaims, recordActivity, recordData
  case keepReleased, forgetReleased
  case insertSeparations, deleteSeparation
  case insertCaptures, pruneHandoffs, insertHandoffs, insertPending, deletePending, countConflicts
  case insertTombstones, forgetCaptures
  case insertEntries, ownEntry, entriesAbout, entries, redactEntry
  case originsOfKey, primariesAfter, separations, entriesAfter, entry, pending

  /// What the server calls it.
  var name: String { "keyfold_\(rawValue)" }

  /// Rows of one portion of a long iteration.
  static let portionRows = 256

  /// The holder of a verified claim.
  static let nobody = "'00000000-0000-0000-0000-000000000000'"

  // Lists are looked up row by row through an index: by `ANY` of an array the server makes first, or by a
  // subquery for each element. Joins are left out, because the plan of a prepared statement is made once, and
  // what the server thinks of a young table's size would choose it.

  /// The profiles that TIDs and owners of keys lead to.
  private static let roots = """
    ANY (ARRAY(SELECT t.root FROM tids t WHERE t.tid = ANY ($1::uuid[])
      UNION SELECT (SELECT t.root FROM tids t WHERE t.tid = (SELECT c.origin FROM claims c
          WHERE c.attribute = k.attribute AND c.value = k.value AND c.holder = \(nobody)))
        FROM unnest($2::int4[], $3::text[]) AS k (attribute, value)))
    """

  /// All TIDs of those profiles.
  private static let theirTIDs = "ANY (ARRAY(SELECT m.tid FROM tids m WHERE m.root = \(roots)))"

  var sql: String {
    switch self {
    case .head, .captures, .handoffs, .tombstones, .ownEntry, .entry, .entries, .entriesAfter, .entriesAbout,
      .primariesAfter:
      looking
    case .members, .claimsOfProfiles, .pendingOfProfiles, .separationsOfProfiles, .activityOfProfiles,
      .dataOfProfiles, .releasedOfProfiles, .ownersOfReleased:
      ofProfiles
    case .originsOfKey, .separations, .pending: listing
    case .insertTids, .updateTid, .deleteClaim, .insertClaims, .recordActivity, .recordData: changing
    default: recording
    }
  }

  private var looking: String {
    switch self {
    case .head: "SELECT sequence, pending, separations, revision, erased FROM head WHERE one = 1"
    case .captures: "SELECT id, content, sequence FROM captures WHERE id = ANY ($1::uuid[])"
    case .handoffs: "SELECT number, expires FROM handoffs WHERE number = ANY ($1::uuid[])"
    case .tombstones:
      """
      SELECT tid FROM erased
      WHERE (SELECT h.erased FROM head h WHERE h.one = 1) AND tid = ANY ($1::uuid[])
      """
    case .ownEntry: "SELECT 1 FROM journal WHERE sequence = $1::int8 AND token = $2::uuid"
    case .entry: "SELECT entry FROM journal WHERE sequence = $1::int8"
    case .entries: "SELECT sequence, entry FROM journal WHERE sequence = ANY ($1::int8[]) ORDER BY sequence"
    case .entriesAfter:
      """
      SELECT sequence, entry, sum FROM journal WHERE sequence > $1::int8 ORDER BY sequence
      LIMIT \(Query.portionRows)
      """
    case .entriesAbout:
      """
      SELECT sequence, entry FROM journal WHERE sequence > $1::int8 AND sequence <= $2::int8
        AND (NOT EXISTS (SELECT 1 FROM unnest($3::text[]) AS q (quoting)
            WHERE position(q.quoting IN left(entry, $4::int4)) > 0)
          OR EXISTS (SELECT 1 FROM unnest($5::text[]) AS n (needle) WHERE position(n.needle IN entry) > 0))
      ORDER BY sequence
      """
    case .primariesAfter:
      """
      SELECT tid FROM tids WHERE parent IS NULL AND tid > $1::uuid ORDER BY tid LIMIT \(Query.portionRows)
      """
    default: ""
    }
  }

  private var ofProfiles: String {
    switch self {
    case .members:
      "SELECT m.tid, m.born, m.parent, m.revoked, m.root, m.merged FROM tids m WHERE m.root = \(Query.roots)"
    case .claimsOfProfiles:
      """
      SELECT attribute, value, holder = \(Query.nobody), origin, at, sequence, ordinal FROM claims
      WHERE origin = \(Query.theirTIDs)
      """
    case .pendingOfProfiles:
      """
      SELECT sequence, ordinal, origin, attribute, value, touchpoint, at, queued FROM pending
      WHERE (SELECT h.pending FROM head h WHERE h.one = 1) > 0 AND origin = \(Query.theirTIDs)
      """
    case .separationsOfProfiles:
      """
      SELECT first, second FROM separations
      WHERE (SELECT h.separations FROM head h WHERE h.one = 1) > 0 AND first = \(Query.theirTIDs)
      """
    case .activityOfProfiles:
      "SELECT origin, touchpoint, count, first, last FROM activity WHERE origin = \(Query.theirTIDs)"
    case .dataOfProfiles:
      "SELECT origin, name, value, at, sequence FROM data WHERE origin = \(Query.theirTIDs)"
    case .releasedOfProfiles:
      """
      SELECT attribute, value, verified, origin, at, sequence, ordinal, released, why FROM released
      WHERE origin = \(Query.theirTIDs)
      """
    case .ownersOfReleased:
      """
      SELECT c.attribute, c.value, true, c.origin, c.at, c.sequence, c.ordinal
      FROM (SELECT DISTINCT r.attribute, r.value FROM released r WHERE r.origin = \(Query.theirTIDs)) k
      CROSS JOIN LATERAL (SELECT o.* FROM claims o WHERE o.attribute = k.attribute AND o.value = k.value
        AND o.holder = \(Query.nobody) LIMIT 1) c
      """
    default: ""
    }
  }

  private var listing: String {
    switch self {
    case .originsOfKey:
      """
      SELECT origin, holder = \(Query.nobody), at, sequence, ordinal FROM claims
      WHERE attribute = $1::int4 AND value = $2::text
      ORDER BY holder <> \(Query.nobody), at, sequence, ordinal
      """
    case .separations: "SELECT first, second FROM separations ORDER BY first, second"
    case .pending:
      """
      SELECT sequence, ordinal, origin, attribute, value, touchpoint, at, queued FROM pending
      ORDER BY sequence, ordinal
      """
    default: ""
    }
  }

  private var changing: String {
    switch self {
    case .insertTids:
      """
      INSERT INTO tids (tid, born, parent, root, revoked, merged)
      SELECT * FROM unnest($1::uuid[], $2::int8[], $3::uuid[], $4::uuid[], $5::bool[], $6::int8[])
      """
    case .updateTid:
      """
      UPDATE tids SET parent = $2::uuid, root = $3::uuid, revoked = $4::bool,
        merged = COALESCE($5::int8, merged) WHERE tid = $1::uuid
      """
    case .deleteClaim:
      "DELETE FROM claims WHERE attribute = $1::int4 AND value = $2::text AND holder = $3::uuid"
    case .insertClaims:
      """
      INSERT INTO claims (attribute, value, holder, origin, at, sequence, ordinal)
      SELECT * FROM unnest($1::int4[], $2::text[], $3::uuid[], $4::uuid[], $5::int8[], $6::int8[], $7::int8[])
      """
    case .recordActivity:
      """
      INSERT INTO activity AS a (origin, touchpoint, count, first, last)
      SELECT * FROM unnest($1::uuid[], $2::text[], $3::int8[], $4::int8[], $5::int8[])
      ON CONFLICT (origin, touchpoint) DO UPDATE SET count = a.count + excluded.count,
        first = LEAST(a.first, excluded.first), last = GREATEST(a.last, excluded.last)
      """
    case .recordData:
      """
      INSERT INTO data AS d (origin, name, value, at, sequence)
      SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int8[], $5::int8[])
      ON CONFLICT (origin, name) DO UPDATE SET value = excluded.value, at = excluded.at,
        sequence = excluded.sequence WHERE d.at <= excluded.at
      """
    default: ""
    }
  }

  private var recording: String {
    switch self {
    case .keepReleased:
      """
      INSERT INTO released (origin, attribute, value, verified, at, sequence, ordinal, released, why)
      SELECT * FROM unnest($1::uuid[], $2::int4[], $3::text[], $4::bool[], $5::int8[], $6::int8[],
        $7::int8[], $8::int8[], $9::text[])
      ON CONFLICT (origin, attribute, value, verified) DO UPDATE SET at = excluded.at,
        sequence = excluded.sequence, ordinal = excluded.ordinal, released = excluded.released,
        why = excluded.why
      """
    case .forgetReleased:
      """
      DELETE FROM released WHERE origin = $1::uuid AND attribute = $2::int4 AND value = $3::text
        AND verified = $4::bool
      """
    case .insertSeparations:
      "INSERT INTO separations (first, second) SELECT * FROM unnest($1::uuid[], $2::uuid[])"
    case .deleteSeparation:
      "DELETE FROM separations WHERE first = $1::uuid AND second = $2::uuid"
    case .insertCaptures:
      """
      INSERT INTO captures (id, content, sequence) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int8[])
      """
    case .forgetCaptures:
      """
      INSERT INTO captures (id, content, sequence) SELECT u.id, \(Query.nobody), 0
      FROM unnest($1::uuid[]) AS u (id)
      ON CONFLICT (id) DO UPDATE SET content = excluded.content, sequence = excluded.sequence
      """
    case .insertTombstones:
      "INSERT INTO erased (tid) SELECT * FROM unnest($1::uuid[]) ON CONFLICT (tid) DO NOTHING"
    case .pruneHandoffs: "DELETE FROM handoffs WHERE expires < $1::int8"
    case .insertHandoffs:
      "INSERT INTO handoffs (number, expires) SELECT * FROM unnest($1::uuid[], $2::int8[])"
    case .insertPending:
      """
      INSERT INTO pending (sequence, ordinal, origin, attribute, value, touchpoint, at, queued)
      SELECT * FROM unnest($1::int8[], $2::int8[], $3::uuid[], $4::int4[], $5::text[], $6::text[],
        $7::int8[], $8::int8[])
      """
    case .deletePending:
      "DELETE FROM pending WHERE sequence = $1::int8 AND ordinal = $2::int8"
    case .countConflicts:
      """
      INSERT INTO conflicts AS c (attribute, count) SELECT * FROM unnest($1::int4[], $2::int8[])
      ON CONFLICT (attribute) DO UPDATE SET count = c.count + excluded.count
      """
    case .insertEntries:
      """
      INSERT INTO journal (sequence, token, entry, sum)
      SELECT u.sequence, $1::uuid, u.entry, u.sum
      FROM unnest($2::int8[], $3::text[], $4::int8[]) AS u (sequence, entry, sum)
      """
    case .redactEntry: "UPDATE journal SET entry = $2::text, sum = $3::int8 WHERE sequence = $1::int8"
    case .writeHead:
      """
      UPDATE head SET sequence = $1::int8, pending = $2::int8, separations = $3::int8, erased = $4::boolean
      WHERE one = 1
      """
    default: ""
    }
  }
}
#endif
