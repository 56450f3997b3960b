import Testing
import ToolHarness

@Suite struct `Load` {
  /// The measurement fails where something that was acknowledged is not there.
  @Test func `killed and started again under load, the host has everything it acknowledged`() async throws {
    let keyfold = try Keyfold()
    let run = try await offPool {
      try keyfold.run(
        program: try Keyfold.built("keyfold-bench"),
        ["host", "--seconds", "4", "--folder", keyfold.folder, "--json"])
    }
    #expect(run.code == 0, "\(run.stderr)")
    let report = try run.object()
    #expect(report["acknowledged"].number > 0)
    print("load: \(run.stdout)")
  }
}
