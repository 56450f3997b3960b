#if PostgreSQL
public import KeyfoldCore
import Synchronization

/// Identities in one schema of a PostgreSQL database.
///
/// Many processes on many machines may share it. Concurrent transactions of a process are grouped into one
/// commit. What an outcome reports is as durable as the server's commits are. TLS, passwords and service
/// files are libpq's own business: whatever it understands may stand in the URL.
public final class PostgresStore: IdentityStore {
  /// What may be set beside the URL.
  public struct Options: Sendable {
    /// The schema; nil for the one the URL names (`?schema=NAME`), or else `keyfold_` and the name of the
    /// space.
    public var schema: String?
    /// Whether a store is created where there is none.
    public var mayCreate = true
    /// What a new store takes over as its secret; nil to draw one.
    public var secret: Secret?
    /// Connections to the server at most, 2 at least: one writes, the others read.
    public var connections = 5
    /// How long work waits for a server that was there and went away, for example during a fail-over.
    public var patience = Duration.seconds(30)
    /// How long a transaction waits for its turn to write; then it fails as busy.
    public var turnTimeout = Duration.seconds(15)

    /// The defaults.
    public init() {}
  }

  private let location: Location
  private let options: Options
  private let engine = Mutex<Engine?>(nil)

  /// - Parameters:
  ///   - url: `postgresql://…`, as libpq has it.
  ///   - options: what the URL does not say.
  /// - Throws: `StoreError.incompatible` for what is no such URL. Errors never show user or password.
  public init(url: String, options: Options = Options()) throws(StoreError) {
    location = try Location(url)
    if let schema = options.schema { _ = try Location.checked(schema: schema) }
    self.options = options
  }

  deinit { engine.withLock { $0?.stop() } }

  /// Connects, and creates or upgrades the schema where needed. Other processes may do so at the same time.
  public func open(for space: Space, acceptingChange: Bool) async throws(StoreError) -> StoreIdentity {
    let engine = Engine(location, options: options, space: space)
    let identity = try await engine.start(acceptingChange: acceptingChange)
    let former = self.engine.withLock { current in
      defer { current = engine }
      return current
    }
    await former?.end()
    return identity
  }

  /// Decides and commits the steps, in one transaction with those of other tasks.
  public func transact(_ steps: [TransactionStep]) async throws(StoreError) -> Int {
    try await running().transact(steps)
  }

  /// Erases a profile in one transaction, while nobody else writes.
  ///
  /// The server looks through the whole journal for it, which takes a few seconds for each million entries.
  /// Others write meanwhile, and wait only while what was found is changed; where the profile grew in between,
  /// they wait for another look, and are told `busy` where that takes longer than their `turnTimeout`.
  ///
  /// No query finds what was erased any more, on a standby either once it has followed. Rows that nobody sees
  /// stay in the server's pages until it cleans them (autovacuum, `VACUUM FULL`), and in its log archives and
  /// backups until those are gone: that is the business of whoever runs the server.
  public func erase(_ order: ErasureOrder) async throws(StoreError) -> Erased? {
    try await running().erase(order)
  }

  /// Does nothing: pages are the server's business (see `erase`).
  public func finishErasing() async throws(StoreError) { _ = try running() }

  /// Lends a view in a read transaction of its own; writers go on meanwhile.
  public func read<Result: Sendable>(
    _ body: @escaping @Sendable (any StoreView) throws(StoreError) -> Result
  ) async throws(StoreError) -> Result {
    try await running().read { view throws(StoreError) in try body(view) }
  }

  /// Waits for what was accepted and closes all connections.
  public func close() async throws(StoreError) {
    let former = engine.withLock { current in
      defer { current = nil }
      return current
    }
    await former?.end()
  }

  private func running() throws(StoreError) -> Engine {
    guard let engine = engine.withLock({ $0 }) else { throw .notOpen }
    return engine
  }
}

extension StoreError {
  static let notOpen = StoreError(.closed, "the store is not open")
}
#endif
