#if PostgreSQL
import KeyfoldCore

/// What contradicts itself in the tables, found by queries and named.
extension PostgresView {
  func problems() throws(StoreError) -> [String] {
    let answers = try runFreely(
      PostgresView.invariants.map { invariant in
        .text(
          """
          SELECT x.name, count(*) OVER () FROM (\(invariant.sql)) AS x (name)
          ORDER BY x.name COLLATE "C" LIMIT \(ProfileChecks.Findings.namedMax)
          """)
      })
    var problems: [String] = []
    for (rows, invariant) in zip(answers, PostgresView.invariants) where rows.count > 0 {
      var found = ProfileChecks.Findings()
      for row in 0..<rows.count { found.add(rows.text(row, 0)) }
      found.add(unnamed: Int(rows.int(0, 1)) - rows.count)
      problems.append("\(invariant.words): \(found.lines.joined(separator: ", "))")
    }
    return problems + (try journalProblems())
  }

  /// Entries that are missing, or are not what was written.
  private func journalProblems() throws(StoreError) -> [String] {
    var (missing, changed) = (ProfileChecks.Findings(), ProfileChecks.Findings())
    func note(missing first: Int64, _ last: Int64) {
      if first <= last { missing.add(first == last ? "\(first)" : "\(first) to \(last)") }
    }
    var last: Int64 = 0
    while true {
      let rows = try run([.prepared(.entriesAfter, [.int(last)])])[0]
      guard rows.count > 0 else { break }
      for row in 0..<rows.count {
        let sequence = rows.int(row, 0)
        note(missing: last + 1, sequence - 1)
        last = sequence
        if rows.isNull(row, 2) || changeSum(rows.bytes(row, 1)) != rows.int(row, 2) {
          changed.add("\(sequence)")
        }
      }
    }
    note(missing: last + 1, sequence)
    var problems: [String] = []
    for (words, found) in [
      ("entries are missing from the journal", missing), ("entries of the journal were changed", changed),
    ] where !found.lines.isEmpty {
      problems.append("\(words): \(found.lines.joined(separator: ", "))")
    }
    if last > sequence { problems.append("the head row is behind the journal") }
    return problems
  }

  /// Queries that name what must not be, with the words to say what it is.
  private static let invariants: [(sql: String, words: String)] = [
    (
      "SELECT tid::text FROM tids WHERE parent IS NULL AND root <> tid",
      "primary TIDs are counted to other profiles"
    ),
    (
      """
      SELECT t.tid::text FROM tids t LEFT JOIN tids p ON p.tid = t.parent
      WHERE t.parent IS NOT NULL AND p.tid IS NULL
      """, "TIDs belong to TIDs that do not exist"
    ),
    (
      "SELECT t.tid::text FROM tids t JOIN tids p ON p.tid = t.parent WHERE p.root <> t.root",
      "TIDs are in another profile than the TIDs they belong to"
    ),
    (
      """
      SELECT t.tid::text FROM tids t LEFT JOIN tids r ON r.tid = t.root
      WHERE r.tid IS NULL OR r.parent IS NOT NULL
      """, "TIDs are in a profile without a primary TID: one is above itself, or it is missing"
    ),
    (
      "SELECT \(key) FROM \(claims) LEFT JOIN tids t ON t.tid = c.origin WHERE t.tid IS NULL",
      "claims were captured on TIDs that do not exist"
    ),
    ("SELECT \(key) FROM \(claims) WHERE a.id IS NULL", "claims are of attributes that do not exist"),
    (
      "SELECT \(key) FROM \(claims) WHERE c.holder NOT IN (\(Query.nobody), c.origin)",
      "claims have a wrong holder"
    ),
    (
      """
      SELECT a.touchpoint FROM activity a LEFT JOIN tids t ON t.tid = a.origin WHERE t.tid IS NULL
      UNION ALL SELECT d.name FROM data d LEFT JOIN tids t ON t.tid = d.origin WHERE t.tid IS NULL
      """, "activity or data is of TIDs that do not exist"
    ),
    (
      "SELECT p.value FROM pending p LEFT JOIN tids t ON t.tid = p.origin WHERE t.tid IS NULL",
      "keys wait for TIDs that do not exist"
    ),
    (
      "SELECT r.value FROM released r LEFT JOIN tids t ON t.tid = r.origin WHERE t.tid IS NULL",
      "released claims were captured on TIDs that do not exist"
    ),
    (
      """
      SELECT 'waiting keys' FROM head WHERE pending <> (SELECT count(*) FROM pending)
      UNION ALL SELECT 'separations' FROM head WHERE separations <> (SELECT count(*) FROM separations)
      UNION ALL SELECT 'erased TIDs' FROM head WHERE NOT erased AND EXISTS (SELECT 1 FROM erased)
      """, "wrong counts are in the head row"
    ),
  ]

  private static let claims = "claims c LEFT JOIN attributes a ON a.id = c.attribute"
  /// Its attribute, by number where that has no name, and its value.
  private static let key = "COALESCE(a.name, c.attribute::text) || '=' || c.value"
}
#endif
