import KeyfoldCore
import Synchronization

/// A store in which something happens between the moment a capture looked and the moment it is decided.
final class MeddlingStore: IdentityStore {
  private let store: any IdentityStore
  private let meddling = Mutex<(@Sendable () async -> Void)?>(nil)
  /// How many keys wait for a verdict elsewhere in the store.
  let othersPending: Int

  init(_ store: any IdentityStore, othersPending: Int = 0) {
    self.store = store
    self.othersPending = othersPending
  }

  /// Runs this once, before the next transaction.
  func beforeNextTransaction(_ body: @escaping @Sendable () async -> Void) {
    meddling.withLock { $0 = body }
  }

  func open(for space: Space, acceptingChange: Bool) async throws(StoreError) -> StoreIdentity {
    try await store.open(for: space, acceptingChange: acceptingChange)
  }

  func transact(_ steps: [TransactionStep]) async throws(StoreError) -> Int {
    let body = meddling.withLock { meddling in
      defer { meddling = nil }
      return meddling
    }
    await body?()
    return try await store.transact(
      steps.map { [othersPending] step in
        TransactionStep(footprint: step.footprint) { snapshot in
          var snapshot = snapshot
          snapshot.pendingTotal += othersPending
          return step.decide(snapshot)
        }
      })
  }

  func read<Result: Sendable>(
    _ body: @escaping @Sendable (any StoreView) throws(StoreError) -> Result
  ) async throws(StoreError) -> Result {
    try await store.read(body)
  }

  func erase(_ order: ErasureOrder) async throws(StoreError) -> Erased? { try await store.erase(order) }

  func finishErasing() async throws(StoreError) { try await store.finishErasing() }

  func close() async throws(StoreError) { try await store.close() }
}
