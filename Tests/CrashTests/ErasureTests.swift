import Foundation
import Testing
import ToolHarness

/// Once an erasure has begun to happen it happens wholly, whenever the process ends.
@Suite struct `Killed while it erases` {
  static let stores = ["sqlite:keyfold.db", "file:keyfold.d"]

  @Test(arguments: stores)
  func `a customer is there as before, or in no file any more`(
    _ store: String
  ) throws {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/strace") else {
      return print("SKIPPED: strace is not installed, so that nobody can be killed at a system call")
    }
    let calls = try PlantedWorld(store: store).eraseLoggingCalls()
    try #require(calls.count > 5)
    let all = ProcessInfo.processInfo.environment["KEYFOLD_LONG_TESTS"] != nil
    var (killed, before, after) = (0, 0, 0)
    for call in Swift.stride(from: 0, to: calls.count, by: all ? 1 : max(1, calls.count / 12)) {
      let world = try PlantedWorld(store: store)
      let time = calls[...call].count { $0 == calls[call] }
      if try world.erase(killedAt: calls[call], time: time).code != 0 { killed += 1 }
      // Whoever comes next ends it, or finds that nothing has happened.
      #expect(try world.keyfold.run("erase", "--finish").code == 0)
      if try world.keyfold.run("lookup", world.tids[0]).code == 0 {
        before += 1
        #expect(try world.keyfold.run("check", "--rebuild").code == 0, "killed at call \(call)")
        #expect(try world.erase().code == 0, "killed at call \(call)")
      } else {
        after += 1
      }
      #expect(try world.remains() == [], "killed at call \(call) of \(calls.count)")
      #expect(try world.keyfold.run("check", "--rebuild").code == 0, "killed at call \(call)")
      #expect(try world.keyfold.run("lookup", "crmId=C2").code == 0, "killed at call \(call)")
    }
    // Threads take turns, so that a call may come once less than before.
    #expect(killed > (before + after) / 2, "only \(killed) were killed")
    #expect(before > 0 && after > 0, "\(before) were killed before it was decided, \(after) after")
  }
}
