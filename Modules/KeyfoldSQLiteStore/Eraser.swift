import KeyfoldCore

/// Erases a profile inside a write transaction that its owner opened.
struct Eraser {
  private var writer: Writer

  /// The last erasure whose old pages may still be in the files; no row where they are clean.
  static let pending = "SELECT value FROM meta WHERE name = 'erasing'"

  init(_ session: Session) throws(StoreError) { writer = try session.newWriter() }

  private var reader: Reader { writer.reader }
  private var connection: Connection { writer.reader.connection }

  /// - Returns: nil where nobody is named so.
  mutating func erase(_ order: ErasureOrder) throws(StoreError) -> Erased? {
    let view = SQLiteView(reader: reader, head: writer.head)
    guard let tid = try view.tid(of: order.subject), let root = try reader.root(of: tid) else { return nil }
    var erasure = Erasure(
      of: try reader.profile(root: root), released: try reader.past(of: tid)?.released ?? [],
      pending: try reader.pending(root: root), in: reader.space)
    for (_, text) in try entries(of: erasure) {
      erasure.note(try JournalEntry(decoding: text, space: reader.space))
    }
    try erasure.settle { key throws(StoreError) in try isHeld(key, root) }
    try redactJournal(&erasure)
    try deleteRows(of: erasure, root)
    let sequence = writer.head.sequence + 1
    try writer.append(
      erasure.entry(sequence, for: order, reader.digests), Gathered(snapshot: Snapshot(sequence: sequence)))
    try connection.run("INSERT OR REPLACE INTO meta VALUES ('erasing', ?1)") { $0.bind(1, sequence) }
    try writer.finish()
    return erasure.result(sequence)
  }

  /// The entries that may concern it, as they stand.
  private func entries(of erasure: Erasure) throws(StoreError) -> [(sequence: Int64, text: [UInt8])] {
    var found: [(Int64, [UInt8])] = []
    let row = try connection.prepare("SELECT sequence, entry FROM journal ORDER BY sequence")
    defer { row.finalize() }
    while try row.step() {
      let text = row.bytes(1)
      if erasure.mayConcern(text) { found.append((row.int(0), text)) }
    }
    return found
  }

  /// Whether a TID of another profile claims the key, or owned it and may get it back.
  private func isHeld(_ key: Key, _ root: Int64) throws(StoreError) -> Bool {
    let row = try connection.prepare(
      """
      SELECT 1 FROM claims c JOIN tids t ON t.number = c.origin
      WHERE c.attribute = ?1 AND c.value = ?2 AND t.root <> ?3
      UNION ALL SELECT 1 FROM released r JOIN tids t ON t.number = r.origin
      WHERE r.attribute = ?1 AND r.value = ?2 AND r.verified = 1 AND t.root <> ?3
      """)
    defer { row.finalize() }
    return try row.bind(1, reader.attributes.number(key)).bind(2, key.value).bind(3, root).step()
  }

  // MARK: Journal

  private func redactJournal(_ erasure: inout Erasure) throws(StoreError) {
    let update = try connection.prepare("UPDATE journal SET entry = ?2, sum = ?3 WHERE sequence = ?1")
    let uncount = try connection.prepare("UPDATE conflicts SET count = count - 1 WHERE attribute = ?1")
    defer {
      update.finalize()
      uncount.finalize()
    }
    let row = try connection.prepare("SELECT sequence, entry FROM journal ORDER BY sequence")
    defer { row.finalize() }
    // One after the other: what a wait that ends is about is known from where it began.
    while try row.step() {
      let text = row.bytes(1)
      guard erasure.mayConcern(text) else { continue }
      let entry = try JournalEntry(decoding: text, space: reader.space)
      guard let redacted = erasure.redacted(entry) else { continue }
      let bytes = redacted.encoded
      try update.bind(1, entry.sequence).bind(3, changeSum(bytes)).run(lending: bytes, at: 2)
      guard redacted.conflicts.isEmpty else { continue }
      for attribute in entry.conflicts {
        let key = reader.space.storedKey(attribute: attribute, value: "")
        try uncount.bind(1, reader.attributes.number(key)).run()
      }
    }
    try connection.execute("DELETE FROM conflicts WHERE count = 0")
  }

  // MARK: State

  private mutating func deleteRows(of erasure: Erasure, _ root: Int64) throws(StoreError) {
    let own = "IN (SELECT number FROM tids WHERE root = ?1)"
    for table in ["claims", "released", "activity", "data", "pending"] {
      try connection.run("DELETE FROM \(table) WHERE origin \(own)") { $0.bind(1, root) }
    }
    try connection.run("DELETE FROM separations WHERE first \(own) OR second \(own)") { $0.bind(1, root) }
    try connection.run("DELETE FROM tids WHERE root = ?1") { $0.bind(1, root) }
    for key in erasure.keys {
      let attribute = reader.attributes.number(key)
      for table in ["claims", "released", "pending"] {
        try connection.run("DELETE FROM \(table) WHERE attribute = ?1 AND value = ?2") {
          $0.bind(1, attribute).bind(2, key.value)
        }
      }
    }
    for capture in erasure.captures { try connection.statement(.eraseCapture).bind(1, capture).run() }
    writer.head.pending = Int(try connection.number("SELECT count(*) FROM pending") ?? 0)
    writer.head.separations = Int(try connection.number("SELECT count(*) FROM separations") ?? 0)
  }
}
