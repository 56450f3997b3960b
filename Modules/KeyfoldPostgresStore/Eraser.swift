#if PostgreSQL
import KeyfoldCore

/// Erases a profile in a transaction that it begins and ends.
struct Eraser {
  let transaction: Transaction
  let order: ErasureOrder
  /// What was found before, while others wrote; nil where nobody looked.
  let survey: Survey?

  /// Redacted entries that are written at once.
  private static let redactedMax = 256

  private var session: Session { transaction.session }

  func erase() throws(Transaction.Setback) -> Transaction.Attempt<Erased?> {
    var (head, found) = try gather()
    guard var erasure = found else {
      transaction.rollBack()
      return .done(nil)
    }
    let search = JournalSearch(transaction: transaction, end: head.sequence)
    try search.forEachEntry(&erasure, survey) { erasure, entry throws(Transaction.Setback) in
      erasure.note(entry)
    }
    try settle(&erasure)
    try redactJournal(&erasure, search)
    try deleteRows(of: erasure, &head)
    let set = try transaction.understanding { () throws(StoreError) in
      var set = WorkingSet(head: head, session: session)
      try set.append(erasure.entry(head.sequence + 1, for: order, session.digests))
      return set
    }
    return try transaction.commit(set, erasure.result(set.head.sequence))
  }

  /// The profile as it is; nil where nobody is named so.
  private func gather() throws(Transaction.Setback) -> (Head, Erasure?) {
    let (head, answers) = try transaction.begin(order.commands(session))
    let erasure = try transaction.understanding { () throws(StoreError) in
      try order.erasure(answers, session)
    }
    return (head, erasure)
  }

  // MARK: Journal

  private func redactJournal(
    _ erasure: inout Erasure, _ search: JournalSearch
  ) throws(Transaction.Setback) {
    var commands: [Connection.Command] = []
    var uncounted: [ExactText: Int64] = [:]
    let survey = survey.flatMap { erasure.isWithin($0.widest) ? $0 : nil }
    try search.forEachEntry(&erasure, survey) { erasure, entry throws(Transaction.Setback) in
      guard let redacted = erasure.redacted(entry) else { return }
      let text = redacted.encoded
      commands.append(
        .prepared(.redactEntry, [.int(entry.sequence), .text(utf8: text), .int(changeSum(text))]))
      if redacted.conflicts.isEmpty {
        for attribute in entry.conflicts { uncounted[ExactText(attribute), default: 0] += 1 }
      }
      if commands.count == Eraser.redactedMax {
        try transaction.run(commands)
        commands = []
      }
    }
    commands += uncounted.map { attribute, count in
      let key = session.space.storedKey(attribute: attribute.string, value: "")
      return .text(
        "UPDATE conflicts SET count = count - $2::int8 WHERE attribute = $1::int4",
        [.smallInt(session.attributes.number(key)), .int(count)])
    }
    commands.append(.text("DELETE FROM conflicts WHERE count = 0"))
    try transaction.run(commands)
  }

  // MARK: State

  /// Settles what becomes of keys that may be somebody else's.
  private func settle(_ erasure: inout Erasure) throws(Transaction.Setback) {
    let keys = Array(erasure.questionable)
    let rows = try transaction.run(
      Connection.Command.freely([
        .text(
          """
          SELECT k.attribute, k.value FROM unnest($1::int4[], $2::text[]) AS k (attribute, value)
          JOIN claims c ON c.attribute = k.attribute AND c.value = k.value
          WHERE c.origin <> ALL ($3::uuid[])
          UNION SELECT k.attribute, k.value FROM unnest($1::int4[], $2::text[]) AS k (attribute, value)
          JOIN released r ON r.attribute = k.attribute AND r.value = k.value
          WHERE r.verified AND r.origin <> ALL ($3::uuid[])
          """, values(of: keys) + [.uuids(Array(erasure.tids))])
      ]))[1]
    try transaction.understanding { () throws(StoreError) in
      var held: Set<Key> = []
      for row in 0..<rows.count { held.insert(try session.key(rows, row, attribute: 0)) }
      try erasure.settle { key in held.contains(key) }
    }
  }

  private func values(of keys: [Key]) -> [Value] {
    [.smallInts(keys.map(session.attributes.number)), .texts(keys.map(\.value))]
  }

  /// Deletes what the tables have of the profile, and of its keys whosever they are, and counts what is left.
  private func deleteRows(of erasure: Erasure, _ head: inout Head) throws(Transaction.Setback) {
    let tids = [Value.uuids(erasure.tids.sorted())]
    var commands: [Connection.Command] = []
    for table in ["claims", "released", "activity", "data", "pending"] {
      commands.append(.text("DELETE FROM \(table) WHERE origin = ANY ($1::uuid[])", tids))
    }
    commands.append(
      .text("DELETE FROM separations WHERE first = ANY ($1::uuid[]) OR second = ANY ($1::uuid[])", tids))
    commands.append(.text("DELETE FROM tids WHERE tid = ANY ($1::uuid[])", tids))
    for table in ["claims", "released", "pending"] {
      commands.append(
        .text(
          """
          DELETE FROM \(table) WHERE (attribute, value)
            IN (SELECT k.attribute, k.value FROM unnest($1::int4[], $2::text[]) AS k (attribute, value))
          """, values(of: erasure.keys.sorted())))
    }
    commands.append(.text("SELECT (SELECT count(*) FROM pending), (SELECT count(*) FROM separations)"))
    let answers = try transaction.run(Connection.Command.freely(commands))
    if !erasure.captures.isEmpty { try transaction.run([Changes.forgetCaptures(erasure.captures.sorted())]) }
    let counts = answers[answers.count - 2]
    (head.pending, head.separations) = (Int(counts.int(0, 0)), Int(counts.int(0, 1)))
  }
}
#endif
