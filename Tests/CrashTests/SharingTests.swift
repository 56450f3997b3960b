import Testing
import ToolHarness

@Suite struct `Two processes on one SQLite file` {
  /// Neither gets its next captures before both have answered some of the last ones, so that both are at work
  /// at the same time, however the machine shares its time.
  @Test func `they lose nothing`() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("sharing seed: \(seed)")
    var numbers = Numbers(seed: seed)
    let keyfold = try Keyfold(space: crowd)
    let tools = [
      try keyfold.start(["capture", "--input", "-"]), try keyfold.start(["capture", "--input", "-"]),
    ]
    var sent: [[Substring]] = [[], []]
    for burst in 1...60 {
      for (index, tool) in tools.enumerated() {
        let count = Int.random(in: 1...40, using: &numbers)
        let lines = (1...count).map { captureLine(id: "\(index).\(burst).\($0)", &numbers) }
        sent[index] += ids(lines.map { $0[...] })
        try tool.send(lines.map { $0 + "\n" }.joined())
      }
      for tool in tools { _ = try tool.readLine() }
    }
    let results = try tools.map { try $0.finish() }
    for (index, result) in results.enumerated() {
      #expect(result.code == 0, "seed \(seed): \(result.stderr)")
      #expect(ids(result.stdout.completeLines) == sent[index], "each answered in its own order, seed \(seed)")
    }
    let journal = ids(try keyfold.run("export", "journal").stdout.completeLines)
    #expect(journal.count == sent[0].count + sent[1].count, "seed \(seed)")
    #expect(Set(journal) == Set(sent[0] + sent[1]), "seed \(seed)")
    for (index, own) in sent.enumerated() {
      #expect(journal.filter { $0.hasPrefix("\(index).") } == own, "in each client's order, seed \(seed)")
    }
    let switches = zip(journal, journal.dropFirst()).count { $0.prefix(2) != $1.prefix(2) }
    #expect(switches > 1, "they were at work one after the other, which shows nothing, seed \(seed)")
    #expect(try keyfold.run("check", "--rebuild").code == 0, "seed \(seed)")
    #expect(try keyfold.run("export", "merges").lines.count > 1, "seed \(seed)")
  }

  @Test func `the same ids sent to both are captured once`() throws {
    var numbers = Numbers(seed: 1)
    let keyfold = try Keyfold(space: crowd)
    let lines = (1...400).map { captureLine(id: "\($0)", &numbers) }
    let stream = lines.map { $0 + "\n" }.joined()
    let tools = [
      try keyfold.start(["capture", "--input", "-"]), try keyfold.start(["capture", "--input", "-"]),
    ]
    for tool in tools { try tool.send(stream) }
    let results = try tools.map { try $0.finish() }
    var originals = 0
    for result in results {
      #expect(result.code == 0, "\(result.stderr)")
      originals += result.lines.count { $0.contains("\"replayed\":false") }
    }
    #expect(originals == 400)
    func answers(_ result: Keyfold.Result) throws -> [JSON] {
      try result.json().map { $0.without("replayed") }
    }
    #expect(try answers(results[0]) == answers(results[1]))
    #expect(try keyfold.run("check", "--rebuild").object()["sequence"] == 400)
  }
}
