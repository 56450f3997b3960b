import Keyfold
import KeyfoldCore

let statsCommand = CommandRule(
  name: "stats", operands: "",
  summary: "count what the store holds",
  details: """
    TIDs, profiles, verified keys, unverified claims, keys that wait for a verdict; how many keys were withheld because of a
    conflict, by attribute; and how many profiles have nine tenths or more of the TIDs or keys they may have.

    The journal tells how often keys were withheld, by reason, and which values most customers compete for: a value that many
    lay claim to identifies nobody, and belongs into the attribute's 'block'. A journal of more than 100000 entries is read only
    if --contested asks for it; that takes a while, and some 200 bytes of memory a key.
    """,
  options: [
    OptionRule(
      "contested", "N", "the N values most customers compete for (default: 10, if the journal is not long)")
  ],
  examples: ["keyfold stats", "keyfold stats --json", "keyfold stats --contested 20"], operandCount: 0...0,
  run: { invocation in
    let composition = Composition(invocation)
    let wanted = try invocation.number("contested", in: 0...Int.max)
    let output = composition.output
    let stats = try await composition.withResolver(try composition.space(), mayCreate: false) { resolver in
      let (sequence, counts) = try await resolver.read { view throws(StoreError) in
        (view.sequence, try view.counts())
      }
      var stats = Stats(sequence: sequence, counts: counts)
      if wanted != nil || sequence <= Stats.shortJournal {
        try await stats.read(resolver, most: wanted ?? 10, output)
      }
      return stats
    }
    if output.json {
      try output.printJSON { json in json.object { stats.members(of: &$0) } }
    } else {
      for (label, value) in stats.rows {
        try output.print("\(Style.dim(label.padded(to: 11), output)) \(value)")
      }
    }
    return .done
  })

private struct Stats {
  let sequence: Int64
  let counts: StoreCounts
  /// Nil where the journal was not read.
  private var contests: (withheld: [(reason: String, count: Int)], contested: [Contests.Contest])?

  /// Up to so many entries are read without being asked.
  static let shortJournal = 100_000

  init(sequence: Int64, counts: StoreCounts) {
    self.sequence = sequence
    self.counts = counts
  }

  /// Reads what only the journal tells.
  mutating func read(_ resolver: IdentityResolver, most: Int, _ output: Output) async throws {
    var contests = Contests()
    var progress = Progress("entries", total: Int(sequence), output: output, resultsFollow: true)
    try await resolver.forEachEntry { entry in
      contests.take(entry, in: resolver.space)
      if entry.sequence % 1000 == 0 { progress.show(count: Int(entry.sequence), of: Int(entry.sequence)) }
    }
    progress.end()
    var primaries: [TID: TID] = [:]
    let tids = contests.tids
    for (tid, primary) in zip(tids, try await resolver.primaries(of: tids)) { primaries[tid] = primary }
    let withheld = contests.withheld.map { (reason: $0.key.rawValue, count: $0.value) }
    self.contests = (withheld.sorted { $0.reason < $1.reason }, contests.contests(primaries, most: most))
  }

  private var conflicts: [(attribute: String, count: Int)] {
    counts.conflicts.sorted { $0.key < $1.key }.map { ($0.key.string, $0.value) }
  }

  func members(of json: inout JSONWriter) {
    json.member("sequence", sequence)
    json.member("tids", counts.tids)
    json.member("profiles", counts.profiles)
    json.member("keys", counts.keys)
    json.member("unverified", counts.unverified)
    json.member("pending", counts.pending)
    json.name("conflicts")
    json.object { json in
      for (attribute, count) in conflicts {
        json.name(attribute)
        json.integer(Int64(count))
      }
    }
    json.member("nearLimit", counts.nearLimit)
    contests(of: &json)
    json.member("erasePending", counts.erasePending)
  }

  private func contests(of json: inout JSONWriter) {
    json.name("withheld")
    guard let contests else {
      json.null()
      json.name("contested")
      return json.null()
    }
    json.object { json in
      for (reason, count) in contests.withheld {
        json.name(reason)
        json.integer(Int64(count))
      }
    }
    json.name("contested")
    json.array(contests.contested) { json, contest in
      json.object { json in
        json.member("attribute", contest.key.attribute)
        json.member("value", contest.key.value)
        json.member("profiles", contest.profiles.count)
      }
    }
  }

  var rows: [(String, String)] {
    var rows = [
      ("journal", "\(sequence) entries"), ("customers", "\(counts.profiles) with \(counts.tids) TIDs"),
      ("keys", "\(counts.keys) verified, \(counts.unverified) unverified claims"),
      ("pending", "\(counts.pending) keys wait for a verdict"),
      ("near limit", "\(counts.nearLimit) customers"),
    ]
    if counts.erasePending {
      rows.append(("erasing", "old pages are still in the files: run 'keyfold erase --finish'"))
    }
    for (attribute, count) in conflicts {
      rows.append(("conflicts", "\(count) times \(attribute) was withheld"))
    }
    guard let contests else {
      return rows + [("withheld", "the journal is long; --contested 10 reads it")]
    }
    for (reason, count) in contests.withheld {
      rows.append(("withheld", "\(count) times, \(reason)"))
    }
    for contest in contests.contested {
      let key = "\(contest.key.attribute)=\(visible(contest.key.value))"
      rows.append(("contested", "\(key) by \(contest.profiles.count) customers"))
    }
    return rows
  }
}
