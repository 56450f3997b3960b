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
    let report: CheckReport
    do {
      report = try await composition.withResolver(space, mayCreate: false) { resolver in
        try await resolver.read { view throws(StoreError) in
          try CheckReport(view, space, rebuilding: rebuild)
        }
      }
    } catch let failure as Failure {
      guard let error = failure.storeError, error.code == .damaged else { throw failure }
      report = CheckReport(of: error)
    }
    try composition.output.print(
      composition.output.json ? report.json : report.text(composition.output, rebuild))
    return report.problems.isEmpty ? .done : .notFound
  })

private struct CheckReport: Sendable {
  private(set) var sequence: Int64 = 0
  private(set) var counts = StoreCounts()
  /// Nil where the state cannot be read.
  private(set) var digest: String?
  private(set) var problems: [String] = []

  /// Of a store that cannot even be opened.
  init(of damage: StoreError) { problems = [damage.description] }

  /// - Parameter rebuilding: whether the state is to be made again from the journal, and compared.
  init(_ view: any StoreView, _ space: Space, rebuilding: Bool) throws(StoreError) {
    sequence = view.sequence
    do throws(StoreError) {
      problems = try view.problems()
      counts = try view.counts()
      try lookAtProfiles(view, space)
      if rebuilding { try compareDigests(view, space) }
    } catch {
      // What makes other commands give up is what this one is there to tell.
      guard error.code == .damaged else { throw error }
      problems.append(error.description)
    }
  }

  private mutating func lookAtProfiles(_ view: any StoreView, _ space: Space) throws(StoreError) {
    var checks = ProfileChecks(space: space)
    digest = try view.stateDigest { checks.take($0) }
    problems += checks.contradictions.lines
    // Profiles keep what they held before the rules were changed.
    if checks.excesses.lines.isEmpty { return }
    if try !view.hasChangedRules() { problems += checks.excesses.lines }
  }

  private mutating func compareDigests(_ view: any StoreView, _ space: Space) throws(StoreError) {
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

extension StoreView {
  /// Whether the store ever went on with other rules than it was written with.
  fileprivate func hasChangedRules() throws(StoreError) -> Bool {
    var found = false
    try forEachEntry(after: 0) { entry throws(StoreError) in
      if case .operation(.changeSpace) = entry.event { found = true }
      return !found
    }
    return found
  }
}
