import Keyfold
import KeyfoldCore
import KeyfoldFileStore
import KeyfoldSQLiteStore
import KeyfoldTesting
import Testing

/// The golden histories, each on every kind of store.
///
/// `KEYFOLD_RECORD=1 swift test --filter ScenarioTests` writes what came into the files and fails, so that a
/// new baseline is always looked at before it counts.
@Suite struct ScenarioTests {
  @Test(arguments: try ScenarioFiles.all())
  func tellsWhatTheFileSays(_ name: String) async throws {
    let scenario = try Scenario(text: try ScenarioFiles.read(name), name: name)
    let memory = try await scenario.run { MemoryStore() }
    if processEnvironment("KEYFOLD_RECORD") == "1" {
      try ScenarioFiles.write(memory.recording, to: name)
      Issue.record("\(name) was recorded: look at it, and run again without KEYFOLD_RECORD")
      return
    }
    check(memory, "memory store", name)
    let folder = try TemporaryFolder()
    let others: [(String, () -> any IdentityStore)] = [
      ("SQLite store", { SQLiteStore(path: folder.fresh(), synchronization: .normal) }),
      ("file store", { FileStore(path: folder.fresh()) }),
    ]
    for (kind, makeStore) in others {
      let report = try await scenario.run(on: makeStore)
      check(report, kind, name)
      #expect(report.digests == memory.digests, "\(name): the \(kind) does not hold the same")
    }
  }

  private func check(_ report: ScenarioReport, _ store: String, _ name: String) {
    for failure in report.failures {
      guard let reason = failure.knownIssue else {
        Issue.record("\(failure)\n  on the \(store)")
        continue
      }
      withKnownIssue("\(reason)") { Issue.record("\(failure)\n  on the \(store)") }
    }
    for title in report.unexpectedlyMet {
      Issue.record("\(name): '\(title)' is marked as a known issue, but all is as expected; unmark it")
    }
  }
}
