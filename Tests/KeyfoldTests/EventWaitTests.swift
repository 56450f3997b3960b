import KeyfoldCore
import Synchronization
import Testing

@testable import Keyfold

/// Whoever follows the journal rests while nothing happens.
@Suite struct EventWaitTests {
  private final class Rests: Sendable {
    let begun = Atomic(0)
  }

  @Test func oneLookForEachCommitAtMost() async throws {
    let rests = Rests()
    var options = IdentityResolver.Options()
    options.waitForEvents = { _ in
      rests.begun.add(1, ordering: .relaxed)
      do { try await Task.sleep(for: .seconds(3600)) } catch { return }  // Nobody waits any more.
    }
    let resolver = try await IdentityResolver(space: .builtIn, store: MemoryStore(), options: options)
    let (came, box) = AsyncStream.makeStream(of: Int64.self)
    let following = Task {
      for try await entry in resolver.events() { box.yield(entry.sequence) }
    }
    var arrivals = came.makeAsyncIterator()
    for sequence in Int64(1)...3 {
      _ = try await resolver.capture(Capture())
      #expect(await arrivals.next() == sequence)
    }
    // Had it any more to do, it would do it now.
    for _ in 0..<1000 { await Task.yield() }
    #expect(rests.begun.load(ordering: .relaxed) <= 5, "one before, one after each commit, one for its ring")
    try await resolver.close()
    try await following.value
  }
}
