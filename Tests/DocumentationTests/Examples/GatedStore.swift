import KeyfoldCore
import Synchronization

/// A store that takes no captures while it is closed for maintenance; looking goes on.
final class GatedStore: IdentityStore {
  private let store: any IdentityStore
  private let gate = Mutex(true)

  /// - Parameter store: keeps everything.
  init(_ store: any IdentityStore) { self.store = store }

  /// Whether captures are taken.
  var isOpen: Bool {
    get { gate.withLock { $0 } }
    set { gate.withLock { $0 = newValue } }
  }

  func open(for space: Space, acceptingChange: Bool) async throws(StoreError) -> StoreIdentity {
    try await store.open(for: space, acceptingChange: acceptingChange)
  }

  func transact(_ steps: [TransactionStep]) async throws(StoreError) -> Int {
    guard isOpen else { throw StoreError(.busy, "closed for maintenance; try again") }
    return try await store.transact(steps)
  }

  func read<Result: Sendable>(
    _ body: @escaping @Sendable (any StoreView) throws(StoreError) -> Result
  ) async throws(StoreError) -> Result {
    try await store.read(body)
  }

  func erase(_ order: ErasureOrder) async throws(StoreError) -> Erased? {
    guard isOpen else { throw StoreError(.busy, "closed for maintenance; try again") }
    return try await store.erase(order)
  }

  func finishErasing() async throws(StoreError) { try await store.finishErasing() }

  func close() async throws(StoreError) { try await store.close() }
}
