#if PostgreSQL
import KeyfoldCore

/// A read transaction as a view. Long iterations fetch one portion after the other: all of them are of the
/// same instant, so going on after the last row of a portion misses nothing.
struct PostgresView: StoreView {
  let connection: Connection
  let session: Session
  let head: Head

  var sequence: Int64 { head.sequence }

  func snapshot(_ footprint: Footprint) throws(StoreError) -> Snapshot {
    let gathering = Gathering(CollectionOfOne(footprint))
    let commands = gathering.commands(session)
    let answers = commands.isEmpty ? [] : try run(commands)
    return try gathering.workingSet(answers, head: head, session: session).snapshot(footprint)
  }

  func profile(of tid: TID) throws(StoreError) -> Profile? {
    let rows = try run([.text("SELECT root FROM tids WHERE tid = $1::uuid", [.uuid(tid)])])[0]
    guard rows.count > 0 else { return nil }
    let root = try rows.tid(0, 0)
    return try session.profiles(try run(Session.profileCommands([root])))[root]
  }

  func claims(on key: Key) throws(StoreError) -> [Claim] {
    let rows = try run([
      .prepared(.originsOfKey, [.smallInt(session.attributes.number(key)), .text(key.value)])
    ])[0]
    var claims: [Claim] = []
    for row in 0..<rows.count {
      claims.append(
        Claim(
          key: key, origin: try rows.tid(row, 0), verified: rows.bool(row, 1), capturedAt: rows.time(row, 2),
          commit: rows.int(row, 3), ordinal: Int(rows.int(row, 4))))
    }
    return claims
  }

  func forEachProfile(after tid: TID?, _ body: (Profile) throws(StoreError) -> Bool) throws(StoreError) {
    // Every TID comes after one of zeros.
    var last = tid.map { Value.uuid($0) } ?? .uuid(high: 0, low: 0)
    while true {
      let rows = try run([.prepared(.primariesAfter, [last])])[0]
      guard rows.count > 0 else { return }
      var primaries: [TID] = []
      for row in 0..<rows.count { primaries.append(try rows.tid(row, 0)) }
      let profiles = try session.profiles(try run(Session.profileCommands(primaries)))
      for primary in primaries {
        guard let profile = profiles[primary] else {
          throw StoreError(.damaged, "a profile has no TIDs; run 'keyfold check'")
        }
        guard try body(profile) else { return }
      }
      last = .uuid(primaries[primaries.count - 1])
    }
  }

  func separations() throws(StoreError) -> [TIDPair] {
    let rows = try run([.prepared(.separations)])[0]
    var pairs: [TIDPair] = []
    for row in 0..<rows.count { pairs.append(TIDPair(try rows.tid(row, 0), try rows.tid(row, 1))) }
    return pairs
  }

  func forEachEntry(after sequence: Int64, _ body: (JournalEntry) throws(StoreError) -> Bool)
    throws(StoreError)
  {
    var last = sequence
    while true {
      let rows = try run([.prepared(.entriesAfter, [.int(last)])])[0]
      guard rows.count > 0 else { return }
      for row in 0..<rows.count {
        last = rows.int(row, 0)
        guard try body(try JournalEntry(decoding: rows.bytes(row, 1), space: session.space)) else { return }
      }
    }
  }

  func entry(_ sequence: Int64) throws(StoreError) -> JournalEntry? {
    let rows = try run([.prepared(.entry, [.int(sequence)])])[0]
    return rows.count == 0 ? nil : try JournalEntry(decoding: rows.bytes(0, 0), space: session.space)
  }

  func pendingKeys() throws(StoreError) -> [PendingKey] {
    let rows = try run([.prepared(.pending)])[0]
    var keys: [PendingKey] = []
    for row in 0..<rows.count { keys.append(try session.pendingKey(rows, row)) }
    return keys
  }

  func run(_ commands: [Connection.Command]) throws(StoreError) -> [Rows] {
    do throws(Failure) { return try connection.run(commands) } catch { throw error.storeError }
  }
}

// MARK: Counting

extension PostgresView {
  func counts() throws(StoreError) -> StoreCounts {
    let rules = session.space.rules
    let answers = try runFreely([
      .text("SELECT count(*), count(*) FILTER (WHERE parent IS NULL) FROM tids"),
      .text(
        """
        SELECT count(*) FILTER (WHERE holder = \(Query.nobody)),
          count(*) FILTER (WHERE holder <> \(Query.nobody)) FROM claims
        """
      ),
      .text(
        """
        SELECT count(*) FROM (SELECT root FROM tids WHERE NOT revoked GROUP BY root
          HAVING count(*) >= \(StoreCounts.nearLimit(of: rules.maxTidsPerProfile))
        UNION SELECT t.root FROM claims c JOIN tids t ON t.tid = c.origin WHERE c.holder = \(Query.nobody)
          GROUP BY t.root HAVING count(*) >= \(StoreCounts.nearLimit(of: rules.maxKeysPerProfile))) near
        """),
      .text("SELECT attribute, count FROM conflicts"),
    ])
    var counts = StoreCounts()
    counts.tids = Int(answers[0].int(0, 0))
    counts.profiles = Int(answers[0].int(0, 1))
    counts.keys = Int(answers[1].int(0, 0))
    counts.unverified = Int(answers[1].int(0, 1))
    counts.pending = head.pending
    counts.nearLimit = Int(answers[2].int(0, 0))
    for row in 0..<answers[3].count {
      let name = try session.attributes.name(answers[3].int(row, 0))
      counts.conflicts[ExactText(name)] = Int(answers[3].int(row, 1))
    }
    return counts
  }

  /// Runs statements that read whole tables.
  func runFreely(_ commands: [Connection.Command]) throws(StoreError) -> [Rows] {
    Array(try run(Connection.Command.freely(commands)).dropFirst().dropLast())
  }
}
#endif
