import Foundation
import Glibc
import Testing
import ToolHarness

@Suite struct `kill -9 of an import` {
  private static let lineCount = 3000

  /// Lines without ids; long ones, so that they do not all fit into one commit.
  private static let lines = (1...lineCount).map { number in
    #"{"touchpoint":"t\#(number % 7)","keys":{"crmId":"c\#(number / 2)","email":"e\#(number)"},"data":{"pad":"\#(padding)"}}"#
      + "\n"
  }

  private static let padding = String(repeating: "x", count: 1000)

  @Test(arguments: `kill -9`.stores)
  func `it is gone on with until all is done, and nothing is done twice`(_ store: String) throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("kill -9 of an import into \(store), seed: \(seed)")
    var numbers = Numbers(seed: seed)
    let keyfold = try Keyfold(space: crowd, store: store)
    try keyfold.write(Self.lines.joined(), to: "in.ndjson")
    #expect(try keyfold.run("init").code == 0)
    var kills = 0
    // Microseconds until a kill, at most: the slowest machine gets through in the end.
    var longest: UInt32 = 200_000
    var isDone = false
    while !isDone {
      // With and without: the option only saves time.
      let options = Bool.random(using: &numbers) ? ["--resume"] : []
      let tool = try keyfold.start(["import", "--input", "in.ndjson", "--quiet"] + options)
      usleep(UInt32.random(in: 10_000...longest, using: &numbers))
      tool.signal(SIGKILL)
      let result = try tool.awaitEnd()
      isDone = result.code == 0
      if !isDone {
        kills += 1
        longest = min(longest * 3 / 2, 60_000_000)
      }
      let check = try keyfold.run("check")
      #expect(check.code == 0, "seed \(seed)")
      #expect(try check.object()["sequence"] != .number(Double(Self.lineCount + 1)), "seed \(seed)")
    }
    print("killed \(kills) times")
    #expect(kills > 0, "seed \(seed)")
    #expect(try keyfold.run("check", "--rebuild").object()["sequence"] == .number(Double(Self.lineCount)))
    let again = try keyfold.run("import", "--input", "in.ndjson", "--resume")
    #expect(try again.object()["repeated"] == .number(Double(Self.lineCount)))

    // In the order of the file, each line once.
    let journal = try keyfold.run("export", "journal").lines
    #expect(journal.count == Self.lineCount)
    for (number, entry) in zip(1..., journal) {
      #expect(entry.contains(#""id":"import:\#(number):"#) && entry.contains(#"["email","e\#(number)"]"#))
    }
  }
}
