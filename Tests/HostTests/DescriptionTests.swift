import Foundation
import KeyfoldHTTP
import Testing
import ToolHarness

/// The host does what its own description says.
@Suite struct `Description` {
  /// Bodies, statuses and schemas as described, whatever is sent; streams of events, which do not end, are left
  /// out. That everything which fits the schemas is accepted is not asked for: a schema cannot say that a time
  /// lies ahead of the clock, how many bytes a text has, or what a normaliser takes.
  @Test(.enabled(if: schemathesis != nil, "schemathesis is not there; see Tools/with-servers"))
  func `schemathesis finds nothing`() async throws {
    let program = try #require(schemathesis)
    let host = try Host()
    let run = try await offPool { [keyfold = host.keyfold, port = host.port] in
      try keyfold.run(
        // No proxy stands between this machine and itself.
        program: "/usr/bin/env",
        [
          "-u", "http_proxy", "-u", "https_proxy", "-u", "all_proxy", program, "run",
          "http://127.0.0.1:\(port)/openapi.json", "-H", "Authorization: Bearer all",
          "--exclude-path", "/v1/events", "--exclude-checks", "positive_data_acceptance",
          "--max-examples", "50", "--no-color", "--output-truncate", "true",
        ])
    }
    #expect(run.code == 0, "\(run.stdout.suffix(5000))\(run.stderr.suffix(1000))")
    #expect(run.stdout.contains("Tested: 8"), "\(run.stdout.suffix(2000))")
    #expect(try host.keyfold.run("check", "--rebuild").code == 0)
  }

  @Test func `it names the key attributes of the space`() async throws {
    let host = try Host()
    let answer = try await host.get("/openapi.json", nil)
    #expect(answer.header("content-type") == "application/json")
    let description = try answer.json()
    #expect(description["openapi"] == "3.1.0")
    let capture = description["components"]["schemas"]["Capture"]["properties"]
    #expect(capture["keys"]["propertyNames"]["enum"] == ["crmId", "email", "phone"])
  }
}

private let schemathesis = ProcessInfo.processInfo.environment["KEYFOLD_TEST_SCHEMATHESIS"]
