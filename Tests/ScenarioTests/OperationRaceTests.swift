import Keyfold
import KeyfoldCore
import Testing

/// What happens between the moment an operator looks and the moment the operation is decided.
@Suite struct OperationRaceTests {
  /// A customer q whose email was lost when it was merged into p, and a store to meddle with.
  private struct Scene {
    let store = MeddlingStore(MemoryStore())
    let resolver: IdentityResolver
    let p: TID
    let q: TID

    init() async throws {
      resolver = try await IdentityResolver(
        space: try Space(name: "s", attributes: [.trusted("email")]), store: store)
      p = try await resolver.capture(Capture(keys: ["email": "p@x.test"])).tid
      q = try await resolver.capture(Capture(keys: ["email": "q@x.test"])).tid
      try await resolver.merge(p, q, reason: "test")
    }
  }

  @Test func aKeyThatSomebodyTookMeanwhileDoesNotComeBack() async throws {
    let scene = try await Scene()
    let rehearsed = try await scene.resolver.unmerge(scene.q, reason: "test", dryRun: true)
    #expect(rehearsed.after.map { $0.claims.count } == [1, 1])
    scene.store.beforeNextTransaction { [resolver = scene.resolver] in
      do {
        _ = try await resolver.capture(Capture(keys: ["email": "p@x.test"]))
      } catch { Issue.record("\(error)") }
    }
    let change = try await scene.resolver.unmerge(scene.q, reason: "test")
    #expect(change.after.map { $0.claims.count } == [0, 1])
    #expect(change.sequence == 5)
  }

  @Test func anUnmergeThatSomebodyElseMadeMeanwhileIsNotMadeTwice() async throws {
    let scene = try await Scene()
    scene.store.beforeNextTransaction { [resolver = scene.resolver, q = scene.q] in
      do { try await resolver.unmerge(q, reason: "first") } catch { Issue.record("\(error)") }
    }
    await #expect {
      try await scene.resolver.unmerge(scene.q, reason: "second")
    } throws: { error in
      if case ResolverError.refusedOperation(let refusal) = error {
        refusal.code == .notSecondary
      } else {
        false
      }
    }
    #expect(try await scene.resolver.read { view throws(StoreError) in view.sequence } == 4)
  }
}
