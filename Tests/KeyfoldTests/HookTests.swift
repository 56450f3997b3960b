import Keyfold
import KeyfoldCore
import KeyfoldTesting
import KeyfoldValidation
import Synchronization
import Testing

/// A host's own logging and tracing hear of what happens, and of no key.
@Suite struct HookTests {
  private final class Journal: ResolverLog, ResolverTrace {
    @TaskLocal static var depth = 0
    let lines = Mutex<[String]>([])

    func record(_ notice: ResolverNotice) {
      lines.withLock { $0.append("\(notice.level.rawValue) \(notice.name): \(notice)") }
    }

    func withSpan<Value, Failure: Error>(
      _ span: ResolverSpan, _ work: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
      let indent = String(repeating: "  ", count: Self.depth)
      lines.withLock { $0.append("\(indent)\(span.name) \(span.count) \(span.attributes)") }
      return try await inSpan(work)
    }

    /// Typed throws and `withValue` do not go together yet.
    private func inSpan<Value, Failure: Error>(
      _ work: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
      let result = await Self.$depth.withValue(Self.depth + 1) { () async -> Result<Value, Failure> in
        do throws(Failure) { return .success(try await work()) } catch { return .failure(error) }
      }
      return try result.get()
    }

    var all: [String] { lines.withLock { $0 } }
  }

  private func resolver(_ journal: Journal) async throws -> IdentityResolver {
    var crm = KeyAttribute(name: "crmId")
    crm.validators = [ValidatorReference(use: "scripted")]
    var registry = ValidatorRegistry()
    try registry.register(ScriptedValidator(assurance: .possession), for: "crmId")
    var options = IdentityResolver.Options()
    options.log = journal
    options.trace = journal
    options.retriesPendingKeys = false
    return try await IdentityResolver(
      space: try Space(name: "shop", attributes: [crm, .trusted("email")]), store: MemoryStore(),
      validators: registry, options: options)
  }

  @Test func spansStandWithinEachOther() async throws {
    let journal = Journal()
    let resolver = try await resolver(journal)
    let capture = Capture(
      keys: ["crmId": "secret value", "email": "e@x.test"], proofs: ["crmId": Proof("secret token")])
    _ = try await resolver.capture(capture)
    try await resolver.close()
    #expect(
      journal.all == [
        "info opened: opened the store of 'shop' at entry 0", "keyfold.capture 1 []",
        "  keyfold.verify 1 [\"crmId\"]", "  keyfold.commit 1 []", "info closed: closed the store",
      ])
  }

  @Test func whatBreaksIsSaidOnceForAList() async throws {
    let journal = Journal()
    let resolver = try await resolver(journal)
    try await resolver.close()
    _ = await resolver.captures([Capture(), Capture(), Capture()])
    #expect(journal.all.count { $0.hasPrefix("error captureFailed: captures failed: ") } == 1)
    // What is refused is the sender's matter.
    let open = try await self.resolver(journal)
    _ = await open.captures([Capture(keys: ["phone": "1"])])
    #expect(journal.all.count { $0.hasPrefix("error") } == 1)
  }
}
