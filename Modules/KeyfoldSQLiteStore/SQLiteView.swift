import KeyfoldCore

/// A read transaction as a view.
struct SQLiteView: StoreView {
  let reader: Reader
  let head: Reader.Head

  private var connection: Connection { reader.connection }
  var sequence: Int64 { head.sequence }

  func snapshot(_ footprint: Footprint) throws(StoreError) -> Snapshot {
    try reader.gather(footprint, head: head).snapshot
  }

  func profile(of tid: TID) throws(StoreError) -> Profile? {
    try reader.root(of: tid).map { root throws(StoreError) in try reader.profile(root: root) }
  }

  func claims(on key: Key) throws(StoreError) -> [Claim] {
    let row = try connection.statement(.originsOfKey).bind(1, reader.attributes.number(key)).bind(
      2, key.value)
    defer { row.reset() }
    var claims: [Claim] = []
    while try row.step() {
      claims.append(
        Claim(
          key: key, origin: try row.tid(0), verified: row.int(1) == 0, capturedAt: row.time(2),
          commit: row.int(3),
          ordinal: Int(row.int(4))))
    }
    return claims
  }

  func forEachProfile(after tid: TID?, _ body: (Profile) throws(StoreError) -> Bool) throws(StoreError) {
    let row = try connection.prepare(Query.rootsAfter.sql)
    defer { row.finalize() }
    // Every TID comes after one of zeros.
    row.bind(1, tid ?? TID(high: 0, low: 0))
    while try row.step() {
      guard try body(try reader.profile(root: row.int(0))) else { return }
    }
  }

  func separations() throws(StoreError) -> [TIDPair] {
    let row = try connection.statement(.separationsOf)
    defer { row.reset() }
    var pairs: [TIDPair] = []
    while try row.step() { pairs.append(TIDPair(try row.tid(0), try row.tid(1))) }
    return pairs.sorted()
  }

  func forEachEntry(after sequence: Int64, _ body: (JournalEntry) throws(StoreError) -> Bool)
    throws(StoreError)
  {
    let row = try connection.prepare(Query.entriesAfter.sql)
    defer { row.finalize() }
    row.bind(1, sequence)
    while try row.step() {
      guard try body(try JournalEntry(decoding: row.bytes(0), space: reader.space)) else { return }
    }
  }

  func entry(_ sequence: Int64) throws(StoreError) -> JournalEntry? {
    let row = try connection.statement(.entry).bind(1, sequence)
    defer { row.reset() }
    return try row.step() ? try JournalEntry(decoding: row.bytes(0), space: reader.space) : nil
  }

  func pendingKeys() throws(StoreError) -> [PendingKey] {
    let row = try connection.prepare(
      """
      SELECT p.sequence, p.ordinal, t.tid, p.attribute, p.value, p.touchpoint, p.at, p.queued
      FROM pending p JOIN tids t ON t.number = p.origin ORDER BY p.sequence, p.ordinal
      """)
    defer { row.finalize() }
    return try reader.pendingKeys(row)
  }

  func counts() throws(StoreError) -> StoreCounts {
    var counts = StoreCounts()
    counts.tids = try count("tids")
    counts.profiles = try count("tids WHERE parent IS NULL")
    counts.keys = try count("claims WHERE holder = 0")
    counts.unverified = try count("claims WHERE holder <> 0")
    counts.pending = head.pending
    counts.erasePending = try connection.number(Eraser.pending) != nil
    let rules = reader.space.rules
    counts.nearLimit = try count(
      """
      (SELECT root FROM tids WHERE revoked = 0 GROUP BY root
        HAVING count(*) >= \(StoreCounts.nearLimit(of: rules.maxTidsPerProfile))
      UNION SELECT t.root FROM claims c JOIN tids t ON t.number = c.origin WHERE c.holder = 0 GROUP BY t.root
        HAVING count(*) >= \(StoreCounts.nearLimit(of: rules.maxKeysPerProfile)))
      """)
    let row = try connection.prepare("SELECT attribute, count FROM conflicts")
    defer { row.finalize() }
    while try row.step() {
      counts.conflicts[ExactText(reader.attributes.name(row.int(0)))] = Int(row.int(1))
    }
    return counts
  }

  private func count(_ what: String) throws(StoreError) -> Int {
    Int(try connection.number("SELECT count(*) FROM \(what)") ?? 0)
  }
}
