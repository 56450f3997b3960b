/// Every statement that runs more than once, by name.
enum Query: Int, CaseIterable {
  case readHead, writeHead
  case tid, tidByNumber, members, claimsOfProfile, owner, originsOfKey
  case insertTid, setParent, moveRoot, unsetParent, moveSubtree, revoke
  case insertClaim, deleteClaim
  case mergeOf, companion, releasedOfProfile, keepReleased, insertReleased, forgetReleased
  case recordActivity, recordDatum, activityOfProfile, dataOfProfile
  case insertSeparation, deleteSeparation, separationsOf
  case capture, insertCapture, eraseCapture
  case erased, insertErased
  case handoff, insertHandoff, pruneHandoffs
  case pendingOfProfile, insertPending, deletePending
  case countConflict
  case insertEntry, entry, entriesAfter
  case rootsAfter

  var sql: String {
    switch self {
    case .readHead:
      "SELECT sequence, next_number, pending, separations, revision, EXISTS (SELECT 1 FROM erased) FROM head"
    case .writeHead: "UPDATE head SET sequence = ?1, next_number = ?2, pending = ?3, separations = ?4"
    case .tid: "SELECT number, root, revoked FROM tids WHERE tid = ?1"
    case .tidByNumber: "SELECT tid, root FROM tids WHERE number = ?1"
    case .members: "SELECT number, tid, born, parent, revoked FROM tids WHERE root = ?1"
    case .claimsOfProfile:
      """
      SELECT c.attribute, c.value, c.holder, c.origin, c.at, c.sequence, c.ordinal
      FROM tids t JOIN claims c INDEXED BY claims_by_origin ON c.origin = t.number WHERE t.root = ?1
      """
    case .owner:
      """
      SELECT t.root FROM claims c JOIN tids t ON t.number = c.origin
      WHERE c.attribute = ?1 AND c.value = ?2 AND c.holder = 0
      """
    case .originsOfKey:
      """
      SELECT t.tid, c.holder, c.at, c.sequence, c.ordinal FROM claims c JOIN tids t ON t.number = c.origin
      WHERE c.attribute = ?1 AND c.value = ?2 ORDER BY c.holder <> 0, c.at, c.sequence, c.ordinal
      """
    case .insertTid: "INSERT INTO tids (number, tid, born, parent, root) VALUES (?1, ?2, ?3, ?4, ?5)"
    case .setParent: "UPDATE tids SET parent = ?2, merged = ?3 WHERE number = ?1"
    case .moveRoot: "UPDATE tids SET root = ?2 WHERE root = ?1"
    case .unsetParent: "UPDATE tids SET parent = NULL, merged = NULL WHERE number = ?1"
    case .moveSubtree:
      """
      WITH RECURSIVE below (number) AS (VALUES (?1)
        UNION ALL SELECT t.number FROM below b JOIN tids t INDEXED BY tids_by_root ON t.parent = b.number
          WHERE t.root = ?2)
      UPDATE tids SET root = ?1 WHERE number IN (SELECT number FROM below)
      """
    case .revoke: "UPDATE tids SET revoked = 1 WHERE tid = ?1"
    case .insertClaim:
      """
      INSERT INTO claims (attribute, value, holder, origin, at, sequence, ordinal)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
      """
    case .deleteClaim: "DELETE FROM claims WHERE attribute = ?1 AND value = ?2 AND holder = ?3"
    case .mergeOf: "SELECT merged FROM tids WHERE tid = ?1 AND merged IS NOT NULL"
    case .companion:
      "SELECT 1 FROM tids t JOIN tids o ON o.root = t.root AND o.number <> t.number WHERE t.number = ?1"
    case .releasedOfProfile:
      """
      SELECT r.attribute, r.value, r.verified, t.tid, r.at, r.sequence, r.ordinal, r.released, r.why,
        EXISTS (SELECT 1 FROM claims c
          WHERE c.attribute = r.attribute AND c.value = r.value AND c.holder = 0)
      FROM tids t JOIN released r ON r.origin = t.number WHERE t.root = ?1
      """
    case .keepReleased:
      """
      INSERT OR REPLACE INTO released
      SELECT origin, attribute, value, holder = 0, at, sequence, ordinal, ?4, ?5 FROM claims
      WHERE attribute = ?1 AND value = ?2 AND holder = ?3
      """
    case .insertReleased:
      """
      INSERT INTO released (origin, attribute, value, verified, at, sequence, ordinal, released, why)
      SELECT number, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM tids WHERE tid = ?1
      """
    case .forgetReleased:
      "DELETE FROM released WHERE origin = ?1 AND attribute = ?2 AND value = ?3 AND verified = ?4"
    case .recordActivity:
      """
      INSERT INTO activity (origin, touchpoint, count, first, last) VALUES (?1, ?2, 1, ?3, ?3)
      ON CONFLICT DO UPDATE SET count = count + 1, first = min(first, ?3), last = max(last, ?3)
      """
    case .recordDatum:
      """
      INSERT INTO data (origin, name, value, at, sequence) VALUES (?1, ?2, ?3, ?4, ?5)
      ON CONFLICT DO UPDATE SET value = ?3, at = ?4, sequence = ?5 WHERE at <= ?4
      """
    case .activityOfProfile:
      """
      SELECT t.tid, a.touchpoint, a.count, a.first, a.last
      FROM tids t JOIN activity a ON a.origin = t.number WHERE t.root = ?1
      """
    case .dataOfProfile:
      """
      SELECT t.tid, d.name, d.value, d.at, d.sequence FROM tids t JOIN data d ON d.origin = t.number WHERE t.root = ?1
      """
    case .insertSeparation: "INSERT OR IGNORE INTO separations (first, second) VALUES (?1, ?2)"
    case .deleteSeparation: "DELETE FROM separations WHERE first = ?1 AND second = ?2"
    case .separationsOf:
      """
      SELECT a.tid, b.tid, a.root, b.root FROM separations s
      JOIN tids a ON a.number = s.first JOIN tids b ON b.number = s.second ORDER BY a.tid, b.tid
      """
    case .capture: "SELECT content, sequence FROM captures WHERE id = ?1"
    case .insertCapture: "INSERT INTO captures (id, content, sequence) VALUES (?1, ?2, ?3)"
    case .eraseCapture: "INSERT OR REPLACE INTO captures (id, content, sequence) VALUES (?1, x'', 0)"
    case .erased: "SELECT 1 FROM erased WHERE tid = ?1"
    case .insertErased: "INSERT OR IGNORE INTO erased (tid) VALUES (?1)"
    case .handoff: "SELECT 1 FROM handoffs WHERE number = ?1"
    case .insertHandoff: "INSERT INTO handoffs (number, expires) VALUES (?1, ?2)"
    case .pruneHandoffs: "DELETE FROM handoffs WHERE expires < ?1"
    case .pendingOfProfile:
      """
      SELECT p.sequence, p.ordinal, t.tid, p.attribute, p.value, p.touchpoint, p.at, p.queued
      FROM tids t JOIN pending p ON p.origin = t.number WHERE t.root = ?1 ORDER BY p.sequence, p.ordinal
      """
    case .insertPending:
      """
      INSERT INTO pending (sequence, ordinal, origin, attribute, value, touchpoint, at, queued)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
      """
    case .deletePending: "DELETE FROM pending WHERE sequence = ?1 AND ordinal = ?2"
    case .countConflict:
      "INSERT INTO conflicts (attribute, count) VALUES (?1, 1) ON CONFLICT DO UPDATE SET count = count + 1"
    case .insertEntry: "INSERT INTO journal (sequence, entry, sum) VALUES (?1, ?2, ?3)"
    case .entry: "SELECT entry FROM journal WHERE sequence = ?1"
    case .entriesAfter: "SELECT entry FROM journal WHERE sequence > ?1 ORDER BY sequence"
    case .rootsAfter: "SELECT number FROM tids WHERE parent IS NULL AND tid > ?1 ORDER BY tid"
    }
  }
}
