#if PostgreSQL
import CPostgres
import Glibc
import KeyfoldCore

/// One connection to a server, always in pipeline mode, and the only file of this module that calls libpq.
///
/// Not safe for use by two threads at a time: each belongs to one thread.
final class Connection {
  private let handle: OpaquePointer
  private var prepared: Set<Query> = []
  private let settings: Settings
  /// Whether there is something between us and the server that may give every transaction to another of its
  /// connections, as PgBouncer does: the server then goes by another number than the one we were told. Settings
  /// are made for each transaction, and nothing is prepared.
  private var isPooled = false
  /// Milliseconds without any answer after which the server counts as gone; -1 for ever.
  private let answerTimeoutMs: Int32
  /// Whether transactions queue up for their turn: not where the server has no `LOCK TABLE`.
  var takesTurns = true
  /// Nothing more comes over this connection.
  private(set) var isLost = false

  /// What a connection is for.
  enum Purpose {
    /// Of transactions that wait so long for their turn.
    case writing(turnTimeout: Duration)
    case reading

    /// Milliseconds; nil where nothing is written.
    var turnTimeoutMs: Int32? {
      guard case .writing(let turnTimeout) = self else { return nil }
      // 0 would be for ever.
      return Int32(min(max(turnTimeout / .milliseconds(1), 1), 1_000_000_000))
    }
  }

  /// Milliseconds between two messages of a writer after which the server ends its transaction, so that a
  /// machine that is gone does not keep others from writing.
  static let writerTimeoutMs = 30_000
  /// Milliseconds beyond those of its turn after which a writer takes the server for gone.
  private static let answerTimeoutMs: Int32 = 45_000

  /// What a URL leaves open. Writes need a primary; a dead peer must be noticed.
  private static let defaults = [
    ("connect_timeout", "10"), ("target_session_attrs", "read-write"), ("keepalives_idle", "30"),
    ("keepalives_interval", "10"), ("keepalives_count", "3"), ("fallback_application_name", "keyfold"),
  ]

  init(_ location: Location, schema: String, for purpose: Purpose) throws(Failure) {
    let options = Connection.defaults + [("dbname", location.url), ("client_encoding", "UTF8")]
    let opened = withCStrings(options.map(\.0)) { keywords in
      withCStrings(options.map(\.1)) { values in PQconnectdbParams(keywords, values, 1) }
    }
    guard let opened else { throw Failure(state: "", words: "out of memory", isLost: true) }
    handle = opened
    settings = Settings(schema, purpose)
    answerTimeoutMs = purpose.turnTimeoutMs.map { $0 + Connection.answerTimeoutMs } ?? -1
    guard PQstatus(handle) == CONNECTION_OK else { throw refusal() }
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else { throw lost() }
    isPooled = try run([settings.setting(forProcess: PQbackendPID(handle))])[0].count == 0
  }

  deinit { PQfinish(handle) }

  /// Whether libpq understands a URL.
  static func canRead(_ url: String) -> Bool {
    let options = PQconninfoParse(url, nil)
    defer { PQconninfoFree(options) }
    return options != nil
  }

  /// The encoding of the database.
  var serverEncoding: String {
    PQparameterStatus(handle, "server_encoding").map { String(cString: $0) } ?? ""
  }

  // MARK: Running

  private enum Expected {
    case preparation(Query)
    case answer
  }

  /// Sends all commands at once and waits for all answers: one round trip.
  ///
  /// The commands after one that fails are not carried out.
  ///
  /// - Returns: The answers, in the places of the commands.
  @discardableResult
  func run(_ commands: [Command]) throws(Failure) -> [Rows] {
    guard isPooled else { return try exchange(commands) }
    var commands = commands.map(\.unprepared)
    guard PQtransactionStatus(handle) == PQTRANS_IDLE else { return try exchange(commands) }
    let place = commands.first?.begins ?? false ? 1 : 0
    let added = settings.forTransaction
    commands.insert(contentsOf: added, at: place)
    var answers = try exchange(commands)
    answers.removeSubrange(place..<(place + added.count))
    return answers
  }

  private func exchange(_ commands: [Command]) throws(Failure) -> [Rows] {
    var expected: [Expected] = []
    var preparing: Set<Query> = []
    for command in commands {
      if case .prepared(let query, _) = command, !prepared.contains(query),
        preparing.insert(query).inserted
      {
        guard PQsendPrepare(handle, query.name, query.sql, 0, nil) == 1 else { throw lost() }
        expected.append(.preparation(query))
      }
      guard send(command) == 1 else { throw lost() }
      expected.append(.answer)
    }
    guard PQpipelineSync(handle) == 1 else { throw lost() }
    try flush()
    return try receive(expected)
  }

  private func send(_ command: Command) -> Int32 {
    let values: [Value]
    switch command {
    case .prepared(_, let list), .text(_, let list): values = list
    }
    let count = Int32(values.count)
    let lengths = values.map { Int32($0.bytes?.count ?? 0) }
    let formats = [Int32](repeating: 1, count: values.count)
    return withPointers(values) { pointers in
      switch command {
      case .prepared(let query, _):
        PQsendQueryPrepared(handle, query.name, count, pointers, lengths, formats, 1)
      case .text(let sql, _):
        PQsendQueryParams(handle, sql, count, nil, pointers, lengths, formats, 1)
      }
    }
  }

  private func flush() throws(Failure) {
    while true {
      switch PQflush(handle) {
      case 0: return
      case 1:
        // A server that cannot get rid of its answers stops reading: take them in meanwhile.
        if try wait(for: POLLIN | POLLOUT) & POLLIN != 0, PQconsumeInput(handle) == 0 { throw lost() }
      default: throw lost()
      }
    }
  }

  private func receive(_ expected: [Expected]) throws(Failure) -> [Rows] {
    var answers: [Rows] = []
    var failure: Failure?
    for expectation in expected {
      guard let result = try nextResult() else { throw lost() }
      let rows = Rows(result)
      switch PQresultStatus(result) {
      case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
        if case .preparation(let query) = expectation { prepared.insert(query) } else { answers.append(rows) }
      case PGRES_PIPELINE_ABORTED: break
      default: failure = failure ?? self.failure(result)
      }
      if let failure, failure.isLost { throw failure }
      guard try nextResult() == nil else { throw lost() }
    }
    guard let end = try nextResult() else { throw lost() }
    defer { PQclear(end) }
    guard PQresultStatus(end) == PGRES_PIPELINE_SYNC else { throw lost() }
    if let failure { throw failure }
    return answers
  }

  private func nextResult() throws(Failure) -> OpaquePointer? {
    while PQisBusy(handle) == 1 {
      _ = try wait(for: POLLIN)
      guard PQconsumeInput(handle) == 1 else { throw lost() }
    }
    return PQgetResult(handle)
  }

  private func wait(for events: Int32) throws(Failure) -> Int32 {
    var descriptor = pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
    while true {
      let ready = poll(&descriptor, 1, answerTimeoutMs)
      if ready > 0 { return Int32(descriptor.revents) }
      if ready < 0 && errno == EINTR { continue }
      isLost = true
      throw Failure(state: "", words: "no answer for \(answerTimeoutMs / 1000) seconds", isLost: true)
    }
  }

  // MARK: Failing

  /// Why no connection was made. libpq tells the server's code only where it is to tell nothing else, so the
  /// server is asked once more.
  private func refusal() -> Failure {
    let (words, needsPassword) = (words, PQconnectionNeedsPassword(handle) == 1)
    PQsetErrorVerbosity(handle, PQERRORS_SQLSTATE)
    PQreset(handle)
    let code = self.words.split(separator: " ").last ?? ""
    let isCode = code.utf8.count == 5 && code.allSatisfy { $0.isNumber || $0.isUppercase }
    let state = isCode ? String(code) : needsPassword ? "28P01" : ""
    return Failure(state: state, words: words, isLost: !["28", "3D"].contains(state.prefix(2)))
  }

  private func lost() -> Failure {
    isLost = true
    return Failure(state: "", words: words, isLost: true)
  }

  private func failure(_ result: OpaquePointer) -> Failure {
    let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
    let severity = PQresultErrorField(result, Int32(UInt8(ascii: "V"))).map { String(cString: $0) } ?? ""
    // The server says why before it ends a connection; without a state, libpq itself noticed that it is gone.
    isLost =
      PQstatus(handle) != CONNECTION_OK || state.isEmpty || severity == "FATAL" || severity == "PANIC"
    let primary = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) }
    return Failure(state: state, words: primary ?? words, isLost: isLost)
  }

  private var words: String {
    let text = String(cString: PQerrorMessage(handle)).split(whereSeparator: \.isWhitespace)
      .joined(separator: " ")
    return text.isEmpty ? "the connection is gone" : text
  }
}

/// The answer to one command. Rows and columns are numbered from 0.
final class Rows {
  private let result: OpaquePointer
  let count: Int

  fileprivate init(_ result: OpaquePointer) {
    self.result = result
    count = Int(PQntuples(result))
  }

  deinit { PQclear(result) }

  /// The command as it was carried out: a `COMMIT` of a transaction that had failed is a `ROLLBACK`.
  var command: String { String(cString: PQcmdStatus(result)) }

  func isNull(_ row: Int, _ column: Int32) -> Bool { PQgetisnull(result, Int32(row), column) == 1 }

  private func field(_ row: Int, _ column: Int32) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      start: PQgetvalue(result, Int32(row), column), count: Int(PQgetlength(result, Int32(row), column)))
  }

  func int(_ row: Int, _ column: Int32) -> Int64 {
    let field = field(row, column)
    let value = field.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    return field.count == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
  }

  func bool(_ row: Int, _ column: Int32) -> Bool { int(row, column) != 0 }
  func time(_ row: Int, _ column: Int32) -> Timestamp { Timestamp(microseconds: int(row, column)) }
  func bytes(_ row: Int, _ column: Int32) -> [UInt8] { Array(field(row, column)) }
  func text(_ row: Int, _ column: Int32) -> String { String(decoding: field(row, column), as: UTF8.self) }

  func tid(_ row: Int, _ column: Int32) throws(StoreError) -> TID {
    guard let tid = TID(bytes: field(row, column)) else { throw Rows.malformedID }
    return tid
  }

  func digest(_ row: Int, _ column: Int32) throws(StoreError) -> Digest {
    guard let digest = Digest(bytes: field(row, column)) else { throw Rows.malformedID }
    return digest
  }

  private static let malformedID = StoreError(.damaged, "an id in the database is not 16 bytes long")
}
#endif
