#if PostgreSQL
import Keyfold
import KeyfoldCore
import KeyfoldPostgresStore
import KeyfoldTesting
import Synchronization
import Testing

extension PostgresTests {
  /// The whole store contract against a PostgreSQL server, each sentence in schemas of its own.
  @Test(arguments: StoreConformance.cases)
  func contract(_ sentence: StoreConformance.Case) async throws {
    let stores = MadeStores()
    do { try await sentence.run(on: stores.conformance(over: TestServer.url)) } catch { Issue.record(error) }
    try await stores.end()
  }
}

/// Stores that are made for the contract, to be closed and dropped.
final class MadeStores: Sendable {
  private let made = Mutex<[(store: PostgresStore, schema: String)]>([])

  func conformance(over url: String?) -> StoreConformance {
    StoreConformance(
      reopen: { store in
        let schema = self.made.withLock { made in made.first { $0.store === store as AnyObject }?.schema }
        return try self.make(try #require(schema), over: url)
      },
      makeStore: { try self.make(TestServer.freshSchema(), over: url) })
  }

  private func make(_ schema: String, over url: String?) throws -> PostgresStore {
    let store = try TestServer.store(schema, over: url)
    made.withLock { $0.append((store, schema)) }
    return store
  }

  func end() async throws {
    let made = made.withLock { $0 }
    for (store, _) in made { try await store.close() }
    for schema in Set(made.map(\.schema)) { try TestServer.drop(schema) }
  }
}
#endif
