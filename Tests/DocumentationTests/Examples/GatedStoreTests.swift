import Keyfold
import KeyfoldCore
import KeyfoldTesting
import Testing

// begin
@Suite struct GatedStoreTests {
  @Test(arguments: StoreConformance.cases)
  func keepsTheContract(_ sentence: StoreConformance.Case) async throws {
    let conformance = StoreConformance(reopen: { $0 }, makeStore: { GatedStore(MemoryStore()) })
    try await sentence.run(on: conformance)
  }

  @Test func takesNothingWhileItIsClosed() async throws {
    let store = GatedStore(MemoryStore())
    let resolver = try await IdentityResolver(space: .builtIn, store: store)
    store.isOpen = false
    await #expect(throws: ResolverError.self) { try await resolver.capture(Capture(touchpoint: "web")) }
    #expect(try await resolver.read { view throws(StoreError) in view.sequence } == 0)
    store.isOpen = true
    _ = try await resolver.capture(Capture(touchpoint: "web"))
  }
}
// end
