import CSQLite
import Glibc
import KeyfoldCore

/// One connection to a database, and the only file of this module that calls SQLite.
///
/// Not safe for use by two threads at a time; whoever lends it sees to that.
final class Connection {
  private let handle: OpaquePointer
  private var statements: [Statement?] = Array(repeating: nil, count: Query.allCases.count)

  /// How long another process may hold the lock before we give up, in milliseconds.
  static let busyTimeoutMs: Int32 = 5000

  init(path: String, readOnly: Bool) throws(StoreError) {
    var opened: OpaquePointer?
    let access = readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
    let code = sqlite3_open_v2(path, &opened, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
    guard code == SQLITE_OK, let opened else {
      let error = StoreError(
        sqlite: code, opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory")
      sqlite3_close_v2(opened)
      throw error
    }
    handle = opened
    sqlite3_busy_timeout(handle, Connection.busyTimeoutMs)
  }

  deinit {
    for statement in statements { statement?.finalize() }
    sqlite3_close_v2(handle)
  }

  /// Runs statements that take no values and return no rows.
  func execute(_ sql: String) throws(StoreError) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw error(code) }
  }

  /// Whether a transaction is open; SQLite ends one by itself after some errors.
  var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  /// Undoes the open transaction. Some errors end it by themselves, and what caused the undoing matters more than what
  /// the undoing says: a transaction that stays open fails the next one.
  func rollBack() {
    if isInTransaction { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
  }

  /// The prepared statement of a query, ready for new values.
  func statement(_ query: Query) throws(StoreError) -> Statement {
    if let known = statements[query.rawValue] {
      known.reset()
      return known
    }
    let made = try prepare(query.sql, persistent: true)
    statements[query.rawValue] = made
    return made
  }

  /// A statement for one use; the caller finalizes it.
  func prepare(_ sql: String, persistent: Bool = false) throws(StoreError) -> Statement {
    var prepared: OpaquePointer?
    let flags = persistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
    let code = sqlite3_prepare_v3(handle, sql, -1, flags, &prepared, nil)
    guard code == SQLITE_OK, let prepared else { throw error(code) }
    return Statement(prepared, of: handle)
  }

  /// Runs a statement for one use that returns no rows.
  func run(_ sql: String, _ bind: (Statement) -> Statement) throws(StoreError) {
    let statement = try prepare(sql)
    defer { statement.finalize() }
    try bind(statement).run()
  }

  /// Does all of something in a write transaction, or nothing of it.
  func transaction<Answer>(_ body: () throws(StoreError) -> Answer) throws(StoreError) -> Answer {
    try execute("BEGIN IMMEDIATE")
    do throws(StoreError) {
      let answer = try body()
      try execute("COMMIT")
      return answer
    } catch {
      rollBack()
      throw error
    }
  }

  /// The first column of the first row, as a number.
  func number(_ sql: String) throws(StoreError) -> Int64? {
    let statement = try prepare(sql)
    defer { statement.finalize() }
    return try statement.step() ? statement.int(0) : nil
  }

  /// The first column of the first row, as text.
  func text(_ sql: String) throws(StoreError) -> String? {
    let statement = try prepare(sql)
    defer { statement.finalize() }
    return try statement.step() ? statement.text(0) : nil
  }

  private func error(_ code: Int32) -> StoreError {
    StoreError(sqlite: code, String(cString: sqlite3_errmsg(handle)))
  }
}

/// A prepared statement.
final class Statement {
  private let handle: OpaquePointer
  private let connection: OpaquePointer

  fileprivate init(_ handle: OpaquePointer, of connection: OpaquePointer) {
    self.handle = handle
    self.connection = connection
  }

  func finalize() { sqlite3_finalize(handle) }
  func reset() { sqlite3_reset(handle) }

  /// Goes to the next row; false where there is none.
  func step() throws(StoreError) -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code:
      let error = StoreError(sqlite: code, String(cString: sqlite3_errmsg(connection)))
      sqlite3_reset(handle)
      throw error
    }
  }

  /// Runs a statement that returns no rows.
  func run() throws(StoreError) {
    while try step() {}
    sqlite3_reset(handle)
  }

  /// Runs a statement with a text that SQLite reads in its place: a journal entry is worth no copy.
  func run(lending text: [UInt8], at place: Int32) throws(StoreError) {
    let code = text.withUnsafeBytes { text in
      keyfold_sqlite_lend_text(
        handle, place, text.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(text.count))
      return sqlite3_step(handle)
    }
    defer {
      sqlite3_reset(handle)
      sqlite3_bind_null(handle, place)
    }
    guard code == SQLITE_DONE else {
      throw StoreError(sqlite: code, String(cString: sqlite3_errmsg(connection)))
    }
  }

  // Values are numbered from 1, columns from 0, as SQLite has it.

  @discardableResult
  func bind(_ place: Int32, _ value: Int64) -> Statement {
    sqlite3_bind_int64(handle, place, value)
    return self
  }

  @discardableResult
  func bind(_ place: Int32, _ value: Int64?) -> Statement {
    if let value { return bind(place, value) }
    sqlite3_bind_null(handle, place)
    return self
  }

  @discardableResult
  func bind(_ place: Int32, _ value: Int) -> Statement { bind(place, Int64(value)) }

  @discardableResult
  func bind(_ place: Int32, _ value: Bool) -> Statement { bind(place, value ? 1 : Int64(0)) }

  @discardableResult
  func bind(_ place: Int32, _ value: Timestamp) -> Statement { bind(place, value.microseconds) }

  @discardableResult
  func bind(_ place: Int32, _ value: String) -> Statement {
    var value = value
    value.withUTF8 { text in
      _ = text.withMemoryRebound(to: CChar.self) {
        keyfold_sqlite_bind_text(handle, place, $0.baseAddress, Int32($0.count))
      }
    }
    return self
  }

  @discardableResult
  func bind(_ place: Int32, _ value: TID) -> Statement { bind(place, high: value.high, low: value.low) }

  @discardableResult
  func bind(_ place: Int32, _ value: Digest) -> Statement { bind(place, high: value.high, low: value.low) }

  private func bind(_ place: Int32, high: UInt64, low: UInt64) -> Statement {
    var bytes = (high.bigEndian, low.bigEndian)
    withUnsafeBytes(of: &bytes) { _ = keyfold_sqlite_bind_blob(handle, place, $0.baseAddress, 16) }
    return self
  }

  func int(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
  func bool(_ column: Int32) -> Bool { sqlite3_column_int64(handle, column) != 0 }
  func time(_ column: Int32) -> Timestamp { Timestamp(microseconds: int(column)) }
  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

  func bytes(_ column: Int32) -> [UInt8] {
    guard let start = sqlite3_column_blob(handle, column) else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
  }

  func text(_ column: Int32) -> String {
    guard let start = sqlite3_column_text(handle, column) else { return "" }
    return String(
      decoding: UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))),
      as: UTF8.self)
  }

  func tid(_ column: Int32) throws(StoreError) -> TID {
    let (high, low) = try halves(column)
    return TID(high: high, low: low)
  }

  func digest(_ column: Int32) throws(StoreError) -> Digest {
    let (high, low) = try halves(column)
    return Digest(high: high, low: low)
  }

  private func halves(_ column: Int32) throws(StoreError) -> (UInt64, UInt64) {
    guard let start = sqlite3_column_blob(handle, column), sqlite3_column_bytes(handle, column) == 16 else {
      throw StoreError(.damaged, "an id in the database is not 16 bytes long; run 'keyfold check'")
    }
    return (
      UInt64(bigEndian: start.loadUnaligned(as: UInt64.self)),
      UInt64(bigEndian: start.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    )
  }
}

extension StoreError {
  /// What an extended result code of SQLite means here.
  init(sqlite code: Int32, _ words: String) {
    let cause = "SQLite \(code): \(words)"
    switch code & 0xFF {
    case SQLITE_BUSY, SQLITE_LOCKED:
      self.init(.busy, "another process is writing to this store; try again", underlying: cause)
    case SQLITE_FULL:
      self.init(.inputOutput, "the disk is full; nothing of this was stored", underlying: cause)
    case SQLITE_CANTOPEN: self.init(.cannotCreate, "the database cannot be opened", underlying: cause)
    case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH:
      self.init(.noPermission, "the database may not be written", underlying: cause)
    case SQLITE_NOTADB: self.init(.incompatible, "this file is not a Keyfold store", underlying: cause)
    case SQLITE_CORRUPT: self.init(.damaged, "the database is damaged; restore a backup", underlying: cause)
    default:
      self.init(.inputOutput, "the database failed; nothing of this is known to be stored", underlying: cause)
    }
  }
}
