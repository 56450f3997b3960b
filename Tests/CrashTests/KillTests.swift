import Foundation
import Glibc
import Testing
import ToolHarness

@Suite struct `kill -9` {
  private static let rounds = 100
  /// The stores that are kept on a disk.
  static let stores = ["sqlite:keyfold.db", "file:keyfold.d"]

  /// One store, killed over and over while it grows.
  private struct Ordeal {
    let keyfold: Keyfold
    var numbers: Numbers
    /// Every line that was sent, by the order it was sent first.
    var sent: [String] = []
    var sentIDs: Set<Substring> = []
    var acknowledged: Set<Substring> = []
    /// What the journal held after the round before.
    var recovered: Set<Substring> = []
    var sequence = 0

    init(seed: UInt64, store: String) throws {
      keyfold = try Keyfold(space: crowd, store: store)
      numbers = Numbers(seed: seed)
    }

    /// Sends captures in bursts and kills the tool somewhere among them.
    mutating func round(_ number: Int) throws {
      let tool = try keyfold.start(["capture", "--input", "-"])
      let bursts = Int.random(in: 1...8, using: &numbers)
      for burst in 1...bursts {
        let size = Int.random(in: 1...40, using: &numbers)
        let lines = (1...size).map { captureLine(id: "\(number).\(burst).\($0)", &numbers) }
        sent += lines
        sentIDs.formUnion(ids(lines.map { $0[...] }))
        try tool.send(lines.map { $0 + "\n" }.joined())
        if Bool.random(using: &numbers) { _ = try tool.readLine() }
      }
      usleep(UInt32.random(in: 0...12_000, using: &numbers))
      tool.signal(SIGKILL)
      let result = try tool.awaitEnd()
      #expect(result.ending == .killed(SIGKILL))
      acknowledged.formUnion(ids(result.stdout.completeLines))
    }

    /// Looks at what is there after a round.
    mutating func inspect(_ comment: Comment) throws {
      let journal = try keyfold.run("export", "journal", "--since", "\(sequence)")
      guard journal.code == 0 else { throw HarnessError(journal.stderr) }
      let lines = journal.stdout.completeLines
      let found = ids(lines)
      #expect(found.count == lines.count, comment)
      #expect(recovered.isDisjoint(with: found) && Set(found).count == found.count, comment)
      recovered.formUnion(found)
      sequence += lines.count
      #expect(acknowledged.isSubset(of: recovered), comment)
      #expect(recovered.isSubset(of: sentIDs), comment)
      let check = try keyfold.run("check")
      #expect(check.code == 0, comment)
      #expect(try check.object()["sequence"] == .number(Double(sequence)), comment)
    }
  }

  @Test(arguments: stores)
  func `a hundred times: acknowledged ⊆ recovered ⊆ sent, and the store is sound each time`(
    _ store: String
  ) throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("kill -9 of \(store), seed: \(seed)")
    var ordeal = try Ordeal(seed: seed, store: store)
    // There must be a store to look at, however early the first kill comes.
    #expect(try ordeal.keyfold.run("init").code == 0)
    for number in 1...Self.rounds {
      try ordeal.round(number)
      try ordeal.inspect("seed \(seed), round \(number)")
    }
    #expect(!ordeal.acknowledged.isEmpty, "seed \(seed)")
    #expect(try ordeal.keyfold.run("check", "--rebuild").code == 0, "seed \(seed)")
    let merges = try ordeal.keyfold.run("export", "merges").lines.count - 1
    #expect(merges > 0, "seed \(seed)")
    print(
      "sent \(ordeal.sent.count), recovered \(ordeal.recovered.count),",
      "acknowledged \(ordeal.acknowledged.count), merges \(merges)")
    try Self.expectReplay(ordeal, "seed \(seed)")
  }

  /// Sends everything again with the same ids: what was recovered is answered as it was, the rest is captured.
  private static func expectReplay(_ ordeal: Ordeal, _ comment: Comment) throws {
    let again = try ordeal.keyfold.run(
      ["capture", "--input", "-"], stdin: Array(ordeal.sent.map { $0 + "\n" }.joined().utf8))
    #expect(again.code == 0, comment)
    let answers = again.stdout.completeLines
    #expect(ids(answers) == ids(ordeal.sent.map { $0[...] }), comment)
    for (id, answer) in zip(ids(answers), answers) {
      let isReplay = answer.contains("\"replayed\":true")
      #expect(isReplay == ordeal.recovered.contains(id), comment)
    }
    let check = try ordeal.keyfold.run("check", "--rebuild")
    #expect(check.code == 0, comment)
    #expect(try check.object()["sequence"] == .number(Double(ordeal.sentIDs.count)), comment)
  }
}
