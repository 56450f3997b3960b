import Foundation
import PageReader
import Testing
import ToolHarness

/// The shell blocks of each page work when they are pasted one after the other, and print what the page
/// says.
///
/// `KEYFOLD_RECORD=1 swift test --filter ShellBlockTests` writes what they print into the pages and fails:
/// look at the difference before you keep it.
@Suite struct ShellBlockTests {
  private static func pages() throws -> [Page] {
    try Page.all().filter { $0.codeBlocks.contains { $0.language == "sh" && $0.reasonNotRun == nil } }
  }

  @Test func somePagesHaveThem() throws { #expect(try Self.pages().count >= 5) }

  @Test(arguments: try pages().map(\.path))
  func workAndPrintWhatThePageSays(_ path: String) throws {
    let page = try Page(path)
    let blocks = page.codeBlocks.filter { $0.reasonNotRun == nil }
    let home = try Keyfold()
    if path == "README.md" { try makePlayground(in: home) }
    let result = try home.run(program: "/bin/bash", ["-c", try script(of: blocks, in: home)])
    #expect(result.code == 0, "\(path)\n\(result.stdout)\(result.stderr)")
    guard result.code == 0 else { return }
    var recorded = page.text
    for (place, block) in blocks.enumerated() where block.isOutput {
      let printed = try home.text(of: ".printed-\(place - 1)")
      if ProcessInfo.processInfo.environment["KEYFOLD_RECORD"] == "1" {
        recorded = recorded.replacing(
          "```text\n\(block.text)```", with: "```text\n\(printed)```", maxReplacements: 1)
      } else {
        #expect(printed == block.text, "\(block)")
      }
    }
    if recorded != page.text {
      try Data(recorded.utf8).write(to: Page.root.appendingPathComponent(path))
      Issue.record("\(path) was recorded: look at it, and run again without KEYFOLD_RECORD")
    }
  }

  /// One shell runs them all, as a person's would; what each prints goes into a file of its own.
  private func script(of blocks: [CodeBlock], in home: Keyfold) throws -> String {
    let bin = (try Keyfold.tool() as NSString).deletingLastPathComponent
    var lines = ["set -euo pipefail", "cd '\(home.folder)'", "PATH='\(bin)':$PATH", "exec 3>&1"]
    for (place, block) in blocks.enumerated() {
      lines.append("trap 'echo \"\(block) failed, at: $BASH_COMMAND\" >&2' ERR")
      if let file = block.file {
        try home.write(block.text, to: ".file-\(place)")
        lines.append("cp .file-\(place) '\(file)'")
      }
      if block.language == "sh" { lines.append("exec >.printed-\(place)\n\(block.text)") }
    }
    return (lines + ["exec >&3"]).joined(separator: "\n")
  }

  /// The README's commands are about the store that the playground makes.
  private func makePlayground(in home: Keyfold) throws {
    let script = Page.root.appendingPathComponent("Tools/playground").path
    let made = try home.run(program: "/bin/bash", [script, try Keyfold.tool(), "playground"])
    try #require(made.code == 0, "\(made)")
    for file in try FileManager.default.contentsOfDirectory(atPath: home.path("playground")) {
      try FileManager.default.moveItem(atPath: home.path("playground/\(file)"), toPath: home.path(file))
    }
  }
}
