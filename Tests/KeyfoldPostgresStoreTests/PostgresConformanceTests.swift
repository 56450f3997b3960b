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
    let schemas = Mutex<[ObjectIdentifier: String]>([:])
    let stores = Mutex<[PostgresStore]>([])
    @Sendable func made(_ schema: String) throws -> PostgresStore {
      let store = try TestServer.store(schema)
      schemas.withLock { $0[ObjectIdentifier(store)] = schema }
      stores.withLock { $0.append(store) }
      return store
    }
    let conformance = StoreConformance(
      reopen: { store in
        try made(try #require(schemas.withLock { $0[ObjectIdentifier(store as AnyObject)] }))
      },
      makeStore: { try made(TestServer.freshSchema()) })
    do { try await sentence.run(on: conformance) } catch { Issue.record(error) }
    for store in stores.withLock({ $0 }) { try await store.close() }
    for schema in Set(schemas.withLock { $0 }.values) { try TestServer.drop(schema) }
  }
}
#endif
