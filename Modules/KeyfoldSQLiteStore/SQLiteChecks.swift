import KeyfoldCore

/// What contradicts itself in the tables, found by queries and named.
extension SQLiteView {
  func problems() throws(StoreError) -> [String] {
    var problems: [String] = []
    let row = try reader.connection.prepare("PRAGMA integrity_check(10)")
    defer { row.finalize() }
    while try row.step() {
      if row.text(0) != "ok" { problems.append("SQLite: \(row.text(0))") }
    }
    for (sql, words) in SQLiteView.invariants {
      let names = try names(sql)
      if !names.isEmpty { problems.append("\(words): \(names.joined(separator: ", "))") }
    }
    return problems + (try journalProblems())
  }

  /// What a query finds, the first of it by name.
  private func names(_ sql: String) throws(StoreError) -> [String] {
    var found = ProfileChecks.Findings()
    let row = try reader.connection.prepare(sql)
    defer { row.finalize() }
    while try row.step() { found.add(row.text(0)) }
    return found.lines
  }

  /// Entries that are missing, or are not what was written.
  private func journalProblems() throws(StoreError) -> [String] {
    var (missing, changed) = (ProfileChecks.Findings(), ProfileChecks.Findings())
    let row = try reader.connection.prepare("SELECT sequence, entry, sum FROM journal ORDER BY sequence")
    defer { row.finalize() }
    var expected: Int64 = 1
    while try row.step() {
      let sequence = row.int(0)
      if sequence > expected {
        missing.add(sequence == expected + 1 ? "\(expected)" : "\(expected) to \(sequence - 1)")
      }
      expected = sequence + 1
      if row.isNull(2) || changeSum(row.bytes(1)) != row.int(2) { changed.add("\(sequence)") }
    }
    if expected <= head.sequence { missing.add("\(expected) to \(head.sequence)") }
    var problems: [String] = []
    for (words, found) in [
      ("entries are missing from the journal", missing), ("entries of the journal were changed", changed),
    ] where !found.lines.isEmpty {
      problems.append("\(words): \(found.lines.joined(separator: ", "))")
    }
    if expected > head.sequence + 1 { problems.append("the head row is behind the journal") }
    return problems
  }

  /// Queries that name what must not be, with the words to say what it is.
  ///
  /// A TID is shown by its bytes, and so is what has none: a number that no TID has.
  private static let invariants = [
    (
      "SELECT hex(tid) FROM tids WHERE typeof(tid) <> 'blob' OR length(tid) <> 16",
      "these are no TIDs"
    ),
    (
      "SELECT \(name("tid")) FROM tids WHERE parent IS NULL AND root <> number",
      "primary TIDs are counted to other profiles"
    ),
    (
      """
      SELECT \(name("t.tid")) FROM tids t LEFT JOIN tids p ON p.number = t.parent
      WHERE t.parent IS NOT NULL AND p.number IS NULL
      """, "TIDs belong to TIDs that do not exist"
    ),
    (
      """
      SELECT \(name("t.tid")) FROM tids t JOIN tids p ON p.number = t.parent WHERE p.root <> t.root
      """, "TIDs are in another profile than the TIDs they belong to"
    ),
    (
      """
      SELECT \(name("t.tid")) FROM tids t LEFT JOIN tids r ON r.number = t.root
      WHERE r.number IS NULL OR r.parent IS NOT NULL
      """, "TIDs are in a profile without a primary TID: one is above itself, or it is missing"
    ),
    (
      """
      SELECT a.name || '=' || c.value FROM claims c LEFT JOIN tids t ON t.number = c.origin
      LEFT JOIN attributes a ON a.id = c.attribute WHERE t.number IS NULL
      """, "claims were captured on TIDs that do not exist"
    ),
    (
      """
      SELECT c.attribute || '=' || c.value FROM claims c LEFT JOIN attributes a ON a.id = c.attribute
      WHERE a.id IS NULL
      """, "claims are of attributes that do not exist"
    ),
    (
      """
      SELECT a.name || '=' || c.value FROM claims c JOIN attributes a ON a.id = c.attribute
      WHERE c.holder NOT IN (0, c.origin)
      """, "claims have a wrong holder"
    ),
    (
      """
      SELECT a.name || '=' || CAST(c.value AS TEXT) FROM claims c JOIN attributes a ON a.id = c.attribute
      WHERE typeof(c.value) <> 'text'
      """, "keys are no text, so that they may have two owners"
    ),
    (
      """
      SELECT a.touchpoint FROM activity a LEFT JOIN tids t ON t.number = a.origin WHERE t.number IS NULL
      UNION ALL SELECT d.name FROM data d LEFT JOIN tids t ON t.number = d.origin WHERE t.number IS NULL
      """, "activity or data is of TIDs that do not exist"
    ),
    (
      """
      SELECT p.value FROM pending p LEFT JOIN tids t ON t.number = p.origin WHERE t.number IS NULL
      """, "keys wait for TIDs that do not exist"
    ),
    (
      """
      SELECT r.value FROM released r LEFT JOIN tids t ON t.number = r.origin WHERE t.number IS NULL
      """, "released claims were captured on TIDs that do not exist"
    ),
    (
      """
      SELECT 'waiting keys' FROM head WHERE pending <> (SELECT count(*) FROM pending)
      UNION ALL SELECT 'separations' FROM head WHERE separations <> (SELECT count(*) FROM separations)
      UNION ALL SELECT 'TIDs' FROM head WHERE next_number <= (SELECT max(number) FROM tids)
      """, "wrong counts are in the head row"
    ),
  ]

  /// The canonical text of a TID's bytes.
  private static func name(_ column: String) -> String {
    """
    lower(substr(hex(\(column)), 1, 8) || '-' || substr(hex(\(column)), 9, 4) || '-' || substr(hex(\(column)), 13, 4)
      || '-' || substr(hex(\(column)), 17, 4) || '-' || substr(hex(\(column)), 21))
    """
  }
}
