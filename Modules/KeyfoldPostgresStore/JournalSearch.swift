#if PostgreSQL
import KeyfoldCore

/// Finds the entries that may concern a profile, for an erasure.
///
/// The server looks through the journal, so that only those are sent. It does so in portions, because whoever
/// waits for an answer too long takes the server for gone.
struct JournalSearch {
  let transaction: Transaction
  /// The last entry there is.
  let end: Int64

  /// Entries that are looked through by one statement.
  private static let portionEntries: Int64 = 4096
  /// Entries that are sent by their numbers at once.
  private static let fetchedMax = 256

  /// Every entry that may concern the profile, in order.
  ///
  /// - Parameter survey: which entries do, as far as that was found out before; it does not count where the
  ///   profile has grown since.
  func forEachEntry(
    _ erasure: inout Erasure, _ survey: Survey?,
    _ body: (inout Erasure, JournalEntry) throws(Transaction.Setback) -> Void
  ) throws(Transaction.Setback) {
    var last: Int64 = 0
    if let survey, erasure.tids.isSubset(of: survey.widest.tids) {
      for start in stride(from: 0, to: survey.sequences.count, by: JournalSearch.fetchedMax) {
        let sequences = Array(survey.sequences[start...].prefix(JournalSearch.fetchedMax))
        let rows = try transaction.run([.prepared(.entries, [.ints(sequences)])])[0]
        for row in 0..<rows.count { try body(&erasure, try entry(rows, row)) }
      }
      last = survey.end
    }
    while last < end {
      let next = min(last + JournalSearch.portionEntries, end)
      let needles = erasure.needles.needles
      let rows = try transaction.run([
        .prepared(
          .entriesAbout,
          [
            .int(last), .int(next), .texts(utf8: JournalNeedles.quoting),
            .smallInt(Int32(JournalNeedles.headBytes)), .texts(utf8: needles),
          ])
      ])[0]
      last = next
      for row in 0..<rows.count {
        let entry = try entry(rows, row)
        try body(&erasure, entry)
        // What the end of a wait is about is known from where the wait began: look at the rest anew.
        if erasure.needles.needles.count > needles.count {
          last = entry.sequence
          break
        }
      }
    }
  }

  private func entry(_ rows: Rows, _ row: Int) throws(Transaction.Setback) -> JournalEntry {
    try transaction.understanding { () throws(StoreError) in
      try JournalEntry(decoding: rows.bytes(row, 1), space: transaction.session.space)
    }
  }
}

/// The entries that an erasure will change, found before its turn has come, so that others wait for what is new
/// since and not for a look through the whole journal.
///
/// It is as if nobody else had the profile's keys: by the erasure itself no more of these entries changes, and
/// it looks at each once more.
struct Survey: Sendable {
  /// The most that may go.
  let widest: Erasure
  /// The last entry there was.
  let end: Int64
  let sequences: [Int64]

  /// - Returns: nil where nobody is named so.
  init?(_ order: ErasureOrder, _ view: PostgresView) throws(StoreError) {
    guard var erasure = try order.erasure(try view.run(order.commands(view.session)), view.session) else {
      return nil
    }
    var changed: [Int64] = []
    let search = JournalSearch(
      transaction: Transaction(connection: view.connection, session: view.session), end: view.sequence)
    do throws(Transaction.Setback) {
      try search.forEachEntry(&erasure, nil) { erasure, entry in erasure.note(entry) }
    } catch { throw error.storeError }
    try erasure.settle { _ in false }
    widest = erasure
    do throws(Transaction.Setback) {
      try search.forEachEntry(&erasure, nil) { erasure, entry in
        if erasure.redacted(entry) != nil { changed.append(entry.sequence) }
      }
    } catch { throw error.storeError }
    end = view.sequence
    sequences = changed
  }
}

extension ErasureOrder {
  /// Reads the profile it is about.
  func commands(_ session: Session) -> [Connection.Command] {
    let names: [Value]
    switch subject {
    case .tid(let tid): names = [.uuids([tid]), .smallInts([]), .texts([])]
    case .key(let key):
      names = [.uuids([TID]()), .smallInts([session.attributes.number(key)]), .texts([key.value])]
    }
    let queries: [Query] = [
      .members, .claimsOfProfiles, .activityOfProfiles, .dataOfProfiles, .pendingOfProfiles,
      .releasedOfProfiles,
    ]
    return queries.map { .prepared($0, names) }
  }

  /// - Parameter answers: to `commands`.
  /// - Returns: nil where nobody is named so.
  func erasure(_ answers: [Rows], _ session: Session) throws(StoreError) -> Erasure? {
    guard let profile = try session.profiles(Array(answers[..<4])).values.first else { return nil }
    var (pending, released): ([PendingKey], [ReleasedClaim]) = ([], [])
    for row in 0..<answers[4].count { pending.append(try session.pendingKey(answers[4], row)) }
    for row in 0..<answers[5].count { released.append(try session.releasedClaim(answers[5], row)) }
    return Erasure(of: profile, released: released, pending: pending, in: session.space)
  }
}
#endif
