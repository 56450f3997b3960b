public import KeyfoldCore
import Synchronization

/// Identities in one SQLite database.
///
/// Several processes of one machine may share the file. Concurrent transactions of a process are grouped
/// into one commit.
/// With `full` synchronisation, the default, an outcome is on the disk before it is returned. With `normal`
/// a power cut may
/// lose the last commits (never their order, never the database); the end of the process alone loses nothing.
public final class SQLiteStore: IdentityStore {
  /// When SQLite waits for the disk.
  public enum Synchronization: String, Sendable, CaseIterable {
    /// At every commit.
    case full
    /// At checkpoints only.
    case normal
  }

  /// Steps that share one commit at most, so that a long stream cannot keep others waiting for ever.
  static let groupStepsMax = 4096
  /// Read connections kept for later.
  static let idleReadersMax = 4

  /// Path of the database file.
  public let path: String
  private let synchronization: Synchronization
  private let mayCreate: Bool
  private let secret: Secret?
  private let shared = Mutex(Shared())

  /// What tasks share. Connections are used by one task at a time: the writer by the leader of a group, a
  /// reader by
  /// whoever took it from the list.
  private struct Shared: @unchecked Sendable {
    var session: Session?
    var idleReaders: [Connection] = []
    var waiting: [Job] = []
    var isLed = false
    /// Set by a failure after which nothing may be acknowledged until the store is opened again.
    var latch: StoreError?
  }

  /// - Parameters:
  ///   - path: of the database file.
  ///   - mayCreate: whether a missing file is created, readable by its owner only.
  ///   - secret: what a new store takes over as its secret, to become a copy of another; nil to draw one.
  public init(
    path: String, synchronization: Synchronization = .full, mayCreate: Bool = true, secret: Secret? = nil
  ) {
    self.path = path
    self.synchronization = synchronization
    self.mayCreate = mayCreate
    self.secret = secret
  }

  /// Opens the database, creating or upgrading it where needed.
  public func open(for space: Space, acceptingChange: Bool) async throws(StoreError) -> StoreIdentity {
    let opening = Opening(
      path: path, synchronization: synchronization, mayCreate: mayCreate, space: space, newSecret: secret)
    let (session, identity) = try opening.run(acceptingChange: acceptingChange)
    shared.withLock { $0 = Shared(session: session) }
    return identity
  }

  /// Ends the session; the database file is complete without its log then, unless another process uses it.
  public func close() async throws(StoreError) {
    shared.withLock { shared in
      // The last connection to go writes the log back, which a reader may not.
      shared.idleReaders = []
      shared = Shared()
    }
  }
}

/// What an open store works with.
struct Session: @unchecked Sendable {
  /// Used by the leader of a group only.
  let writer: Connection
  let space: Space
  let attributes: AttributeNumbers
  /// Revision of the rules this session was opened with.
  let revision: Int64

  func reader(_ connection: Connection) -> Reader {
    Reader(connection: connection, space: space, attributes: attributes)
  }
}

// MARK: Writing

extension SQLiteStore {
  /// Steps that one task waits for.
  private struct Job {
    let steps: [TransactionStep]
    let waiter: CheckedContinuation<Turn, Never>
  }

  private enum Turn: Sendable {
    /// The steps were carried out, so many of them.
    case done(Result<Int, StoreError>)
    /// The task must lead the next group itself; its steps are not carried out yet.
    case lead
  }

  /// Decides and commits the steps. The first task to come leads: it carries out what has gathered in one
  /// transaction,
  /// and hands the lead on to a task that came meanwhile. So a lone client pays for no switch of threads.
  public func transact(_ steps: [TransactionStep]) async throws(StoreError) -> Int {
    let turn = await withCheckedContinuation { waiter in
      let leads = shared.withLock { shared in
        if shared.isLed {
          shared.waiting.append(Job(steps: steps, waiter: waiter))
          return false
        }
        shared.isLed = true
        return true
      }
      if leads { waiter.resume(returning: Turn.lead) }
    }
    switch turn {
    case .done(let result): return try result.get()
    case .lead: return try lead(own: steps)
    }
  }

  private func lead(own steps: [TransactionStep]) throws(StoreError) -> Int {
    let (others, session, latch) = shared.withLock { shared in
      var count = steps.count
      let taken = shared.waiting.prefix { job in
        count += job.steps.count
        return count <= SQLiteStore.groupStepsMax
      }
      shared.waiting.removeFirst(taken.count)
      return (Array(taken), shared.session, shared.latch)
    }
    let results = carryOut([steps] + others.map(\.steps), session, latch)
    let next = shared.withLock { shared -> Job? in
      if case .failure(let error) = results[0], error.code == .inputOutput || error.code == .damaged {
        shared.latch = shared.latch ?? error
      }
      guard shared.waiting.isEmpty else { return shared.waiting.removeFirst() }
      shared.isLed = false
      return nil
    }
    for (job, result) in zip(others, results.dropFirst()) { job.waiter.resume(returning: .done(result)) }
    next.map { $0.waiter.resume(returning: .lead) }
    return try results[0].get()
  }

  /// Carries out several tasks' steps in one transaction; all of them are durable or none is.
  private func carryOut(
    _ jobs: [[TransactionStep]], _ session: Session?, _ latch: StoreError?
  ) -> [Result<Int, StoreError>] {
    do throws(StoreError) {
      if let latch {
        throw StoreError(
          latch.code, "an earlier write failed; open the store again", underlying: latch.description)
      }
      guard let session else { throw StoreError(.closed, "the store is not open") }
      return try transaction(jobs, session).map { count in .success(count) }
    } catch {
      return jobs.map { _ in .failure(error) }
    }
  }

  private func transaction(_ jobs: [[TransactionStep]], _ session: Session) throws(StoreError) -> [Int] {
    let connection = session.writer
    try connection.execute("BEGIN IMMEDIATE")
    do throws(StoreError) {
      var writer = try Writer(reader: session.reader(connection))
      guard writer.head.revision == session.revision else {
        throw StoreError(
          .spaceChanged, "another process changed the rules of this store; start again with the new ones")
      }
      var counts: [Int] = []
      for steps in jobs {
        var done = 0
        while done < steps.count, try writer.carryOut(steps[done]) { done += 1 }
        counts.append(done)
      }
      try writer.finish()
      try connection.execute("COMMIT")
      return counts
    } catch {
      // Some errors end the transaction by themselves; the cause is what matters, not a second failure.
      if connection.isInTransaction { try connection.execute("ROLLBACK") }
      throw error
    }
  }
}

// MARK: Reading

extension SQLiteStore {
  /// Lends a view in a read transaction of its own; writers go on meanwhile.
  public func read<Result: Sendable>(
    _ body: @escaping @Sendable (any StoreView) throws(StoreError) -> Result
  ) async throws(StoreError) -> Result {
    let (session, idle) = shared.withLock { ($0.session, $0.idleReaders.popLast()) }
    guard let session else { throw StoreError(.closed, "the store is not open") }
    let connection: Connection
    if let idle { connection = idle } else { connection = try Connection(path: path, readOnly: true) }
    let reader = session.reader(connection)
    try connection.execute("BEGIN")
    let result: Result
    do throws(StoreError) {
      result = try body(SQLiteView(reader: reader, head: try reader.head()))
      try connection.execute("COMMIT")
    } catch {
      if connection.isInTransaction { try connection.execute("ROLLBACK") }
      throw error
    }
    shared.withLock { shared in
      if shared.idleReaders.count < SQLiteStore.idleReadersMax { shared.idleReaders.append(connection) }
    }
    return result
  }
}
