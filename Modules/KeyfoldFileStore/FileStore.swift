public import KeyfoldCore
import Synchronization

/// Identities in a folder: an append-only journal is the truth, the state an index in memory. The fastest
/// store.
///
/// One process at a time may use it. Concurrent transactions share one write and one `fdatasync`; an outcome
/// is returned only after it. After a failed write the store takes nothing more until it is opened again, and
/// opening recovers exactly what was acknowledged, and at most one group more.
public final class FileStore: IdentityStore {
  /// Steps that share one `fdatasync` at most.
  static let groupStepsMax = 8192

  /// Path of the folder.
  public let path: String
  private let mayCreate: Bool
  private let secret: Secret?
  private let segmentBytesMax: Int
  private let makeDisk: @Sendable (String, Bool) throws(StoreError) -> any Disk
  let queue = CommitQueue(groupStepsMax: FileStore.groupStepsMax)
  let session = Mutex<Session?>(nil)

  /// - Parameters:
  ///   - path: of the folder.
  ///   - mayCreate: whether a missing folder is created, readable by its owner only.
  ///   - secret: what a new store takes over as its secret, to become a copy of another; nil to draw one.
  public init(path: String, mayCreate: Bool = true, secret: Secret? = nil) {
    self.path = path
    self.mayCreate = mayCreate
    self.secret = secret
    segmentBytesMax = Journal.segmentBytesMax
    makeDisk = { path, creating throws(StoreError) in try SystemDisk(path: path, creating: creating) }
  }

  /// A store on another kind of disk, for tests. Takes no lock.
  init(on disk: some Disk, segmentBytesMax: Int = Journal.segmentBytesMax) {
    self.segmentBytesMax = segmentBytesMax
    path = ""
    mayCreate = true
    secret = nil
    makeDisk = { _, _ throws(StoreError) in disk }
  }

  /// What was cut off when the store was opened: a write that a crash left unfinished; nil where it was
  /// closed in peace.
  public var notice: String? { session.withLock { $0?.journal.notice } }

  /// Opens the folder, creating it where needed.
  public func open(for space: Space, acceptingChange: Bool) async throws(StoreError) -> StoreIdentity {
    let disk = try makeDisk(path, mayCreate)
    let lock = path.isEmpty ? nil : try FolderLock(folder: path)
    let opened = try Session(
      disk: disk, lock: lock, space: space, acceptingChange: acceptingChange, mayCreate: mayCreate,
      newSecret: secret, segmentBytesMax: segmentBytesMax)
    let identity = opened.identity
    session.withLock { $0 = opened }
    return identity
  }

  /// Decides and commits the steps; tasks that come meanwhile are carried out together.
  public func transact(_ steps: [TransactionStep]) async throws(StoreError) -> Int {
    try await queue.submit(steps) { jobs in
      session.withLock { session in
        guard session != nil else {
          let closed = StoreError(.closed, "the store is not open")
          return jobs.map { _ in .failure(closed) }
        }
        return session!.carryOut(jobs)
      }
    }
  }

  /// Lends a view of this instant; writers go on meanwhile.
  public func read<Result: Sendable>(
    _ body: @escaping @Sendable (any StoreView) throws(StoreError) -> Result
  ) async throws(StoreError) -> Result {
    let session = try current()
    return try body(FileView(index: session.index, journal: session.journal))
  }

  /// The session as it is now: a value of its own that later captures do not change.
  func current() throws(StoreError) -> Session {
    guard let session = session.withLock({ $0 }) else { throw StoreError(.closed, "the store is not open") }
    try session.requireTrust()
    return session
  }

  /// Writes a checkpoint if that saves the next opening work, and lets go of the folder.
  public func close() async throws(StoreError) {
    do throws(StoreError) { _ = try await transact([]) } catch {
      // Only to wait for the others: whoever's steps fail is told so.
    }
    guard
      let closing = session.withLock({ session in
        defer { session = nil }
        return session
      })
    else { return }
    try closing.close()
  }
}
