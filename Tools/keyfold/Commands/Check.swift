import Keyfold
import KeyfoldCore

let checkCommand = CommandRule(
  name: "check", operands: "",
  summary: "check the store's integrity and print its state digest",
  details: """
    The digest depends on the state alone: two stores of any kind that hold the same customers have the same digest.
    With --rebuild, the state is made again from the journal alone and compared. Exit code 1 where something is wrong.
    """,
  options: [OptionRule("rebuild", "replay the journal and compare")],
  examples: ["keyfold check", "keyfold check --rebuild --json"], operandCount: 0...0,
  run: { invocation in
    let composition = Composition(invocation)
    let space = try composition.space()
    let rebuild = invocation.has("rebuild")
    let report = try await composition.withResolver(space, mayCreate: false) { resolver in
      try await resolver.read { view throws(StoreError) in
        try CheckReport(view, rebuildingIn: rebuild ? space : nil)
      }
    }
    try composition.output.print(
      composition.output.json ? report.json : report.text(composition.output, rebuild))
    return report.problems.isEmpty ? .done : .notFound
  })

private struct CheckReport: Sendable {
  let sequence: Int64
  private(set) var counts = StoreCounts()
  /// Nil where the state cannot be read.
  private(set) var digest: String?
  private(set) var problems: [String] = []

  /// - Parameter space: where the state is to be made again from the journal; nil to look at what is stored
  ///   only.
  init(_ view: any StoreView, rebuildingIn space: Space?) throws(StoreError) {
    sequence = view.sequence
    do throws(StoreError) {
      problems = try view.problems()
      counts = try view.counts()
      try compareDigests(view, rebuildingIn: space)
    } catch {
      // What makes other commands give up is what this one is there to tell.
      guard error.code == .damaged else { throw error }
      problems.append(error.description)
    }
  }

  private mutating func compareDigests(
    _ view: any StoreView, rebuildingIn space: Space?
  ) throws(StoreError) {
    digest = try view.stateDigest()
    guard let space else { return }
    let rebuilt = try view.rebuiltDigest(space: space)
    if rebuilt != digest {
      problems.append("the journal gives another state than the one stored: digest \(rebuilt)")
    }
  }

  var json: String {
    var json = JSONWriter()
    json.object { json in
      json.member("ok", problems.isEmpty)
      json.member("sequence", sequence)
      json.member("tids", counts.tids)
      json.member("profiles", counts.profiles)
      json.member("keys", counts.keys)
      json.member("digest", digest)
      json.name("problems")
      json.array(problems) { $0.string($1) }
    }
    return json.text
  }

  func text(_ output: Output, _ rebuilt: Bool) -> String {
    let verdict =
      problems.isEmpty
      ? Style.green("sound", output) + (rebuilt ? "; the journal gives the same state" : "")
      : Style.red("\(problems.count) problems", output)
    return
      ([
        "\(verdict): \(sequence) entries, \(counts.profiles) customers, \(counts.keys) keys",
        "digest \(digest ?? "unknown: the state cannot be read")",
      ]
      + problems.map { "  \(Style.red("✗", output)) \($0)" }).joined(separator: "\n")
  }
}
