import Foundation
import Testing
import ToolHarness

/// The help of each command has examples, and they work when they are pasted.
@Suite struct `Examples of the help` {
  private static func commands() throws -> [String] {
    let overview = try Keyfold().run("--help").stdout
    let table = try #require(overview.split(separator: "\n\n").first { $0.hasPrefix("Commands:") })
    return table.split(separator: "\n").dropFirst().compactMap {
      $0.split(separator: " ").first.map(String.init)
    }
  }

  private static func examples(of command: String) throws -> [String] {
    let help = try Keyfold().run(command, "--help").stdout
    guard let place = help.range(of: "\nExamples:\n") else { return [] }
    return help[place.upperBound...].split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
  }

  @Test func `every one of them`() throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Tools/playground").path
    let tool = try Keyfold.tool()
    let bin = (tool as NSString).deletingLastPathComponent
    var run = 0
    var skipped = 0
    for command in try Self.commands() {
      let examples = try Self.examples(of: command)
      #expect(!examples.isEmpty, "keyfold \(command) --help has no example")
      let home = try Keyfold()
      let made = try home.run(program: "/bin/bash", [script, tool, "playground"])
      try #require(made.code == 0, "\(made)")
      for example in examples {
        if example.contains("://") {
          print("SKIPPED: needs a server: \(example)")
          skipped += 1
          continue
        }
        let result = try home.run(
          program: "/bin/bash", ["-c", "cd playground && PATH=\"\(bin):$PATH\" && \(example)"])
        #expect(result.code == 0, "\(example)\n\(result)")
        run += 1
      }
    }
    print("examples: \(run) run, \(skipped) skipped")
    #expect(run > 40)
  }
}
