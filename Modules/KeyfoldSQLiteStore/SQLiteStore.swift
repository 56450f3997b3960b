public import KeyfoldCore
import Synchronization

/// Identities in one SQLite database.
///
/// Several processes of one machine may share the file. Concurrent transactions of a process are grouped into
/// one commit. With `full` synchronisation, the default, an outcome is on the disk before it is returned.
/// With `normal` a power cut may lose the last commits (never their order, never the database); the end of
/// the process alone loses nothing.
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
  let queue = CommitQueue(groupStepsMax: SQLiteStore.groupStepsMax)
  private let shared = Mutex(Shared())

  /// What tasks share. Connections are used by one task at a time: the writer by the leader of a group, a
  /// reader by whoever took it from the list.
  private struct Shared: @unchecked Sendable {
    var session: Session?
    var idleReaders: [Connection] = []
    /// Set by a failure after which nothing may be acknowledged until the store is opened again.
    var latch: StoreError?
  }

  /// - Parameters:
  ///   - path: of the database file.
  ///   - synchronization: when a commit counts as durable.
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

  /// Waits for what was accepted and ends the session; the database file is complete without its log then, unless another
  /// process uses it.
  public func close() async throws(StoreError) {
    do throws(StoreError) { _ = try await transact([]) } catch {
      // Only to wait for the others: whoever's steps fail is told so.
    }
    shared.withLock { shared in
      // The last connection to go writes the log back, which a reader may not.
      shared.idleReaders = []
      shared = Shared()
    }
  }
}

/// What an open store works with. Not checked, because a connection is no value: the queue sees to it that one task at a
/// time leads, and only the leader touches the writer.
struct Session: @unchecked Sendable {
  /// Used by the leader of a group only.
  let writer: Connection
  let space: Space
  let attributes: AttributeNumbers
  /// Made with the store's secret.
  let digests: KeyedDigests
  /// Revision of the rules this session was opened with.
  let revision: Int64

  /// A writer for the transaction that is open.
  func newWriter() throws(StoreError) -> Writer {
    let made = try Writer(reader: reader(writer))
    guard made.head.revision == revision else {
      throw StoreError(
        .spaceChanged, "another process changed the rules of this store; start again with the new ones")
    }
    return made
  }

  func reader(_ connection: Connection) -> Reader {
    Reader(connection: connection, space: space, attributes: attributes, digests: digests)
  }
}

// MARK: Writing

extension SQLiteStore {
  /// Decides and commits the steps; tasks that come meanwhile share the next transaction.
  public func transact(_ steps: [TransactionStep]) async throws(StoreError) -> Int {
    try await queue.submit(steps) { jobs in
      do throws(StoreError) {
        return try transaction(jobs, try trusted()).map { count in .success(count) }
      } catch {
        noteFailure(error)
        return jobs.map { _ in .failure(error) }
      }
    }
  }

  /// Carries out several tasks' steps in one transaction; all of them are durable or none is.
  private func transaction(_ jobs: [[TransactionStep]], _ session: Session) throws(StoreError) -> [Int] {
    if jobs.allSatisfy(\.isEmpty) { return jobs.map { _ in 0 } }
    return try session.writer.transaction { () throws(StoreError) in
      var writer = try session.newWriter()
      var counts: [Int] = []
      for steps in jobs {
        var done = 0
        while done < steps.count, try writer.carryOut(steps[done]) { done += 1 }
        counts.append(done)
      }
      try writer.finish()
      return counts
    }
  }

  /// Does something while no steps are carried out; its failure is treated like theirs.
  func exclusively<Answer>(
    _ work: (Session) throws(StoreError) -> Answer
  ) async throws(StoreError) -> Answer {
    try await queue.exclusively { () throws(StoreError) in
      do throws(StoreError) { return try work(try trusted()) } catch {
        noteFailure(error)
        throw error
      }
    }
  }

  private func noteFailure(_ error: StoreError) {
    guard error.code == .inputOutput || error.code == .damaged else { return }
    shared.withLock { $0.latch = $0.latch ?? error }
  }

  /// The session, where nothing has failed in it.
  func trusted() throws(StoreError) -> Session {
    let (session, latch) = shared.withLock { ($0.session, $0.latch) }
    if let latch {
      throw StoreError(
        latch.code, "an earlier write failed; open the store again", underlying: latch.description)
    }
    guard let session else { throw StoreError(.closed, "the store is not open") }
    return session
  }

  /// Closes the connections that wait for somebody to read.
  func forgetIdleReaders() { shared.withLock { $0.idleReaders = [] } }
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
      connection.rollBack()
      throw error
    }
    shared.withLock { shared in
      // A reader of a store that was closed meanwhile goes, so that its log can be written back.
      if shared.session != nil && shared.idleReaders.count < SQLiteStore.idleReadersMax {
        shared.idleReaders.append(connection)
      }
    }
    return result
  }
}
