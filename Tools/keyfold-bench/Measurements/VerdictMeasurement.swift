import Keyfold
import KeyfoldCore
import KeyfoldSQLiteStore
import KeyfoldValidation

/// How much longer than its validator a stream of captures takes: ten thousand captures, each with a key that a
/// validator answers for after fifty milliseconds, into SQLite, durably.
func measureVerdicts(_ options: Options) async throws -> Report {
  var report = Report(
    name: "verdicts", note: "captures of keys whose validator takes 50 ms, 64 at a time, into SQLite",
    columns: ["run", "captures", "seconds", "ideal seconds", "ratio"])
  let count = 10_000
  let ideal = Double(count) * 0.05 / 64
  for run in 1...min(options.runs, 3) {
    let folder = try Folder(in: options.folder)
    let resolver = try await resolver(SQLiteStore(path: "\(folder.path)/verdicts.db"))
    let captures = (0..<count).map { Capture(touchpoint: "call-centre", keys: ["crmId": "c\($0)"]) }
    let begun = nanoseconds()
    let outcomes = try await resolver.captures(captures).map { try $0.get() }
    let seconds = Double(nanoseconds() - begun) / 1e9
    guard outcomes.map({ $0.keys[0].value }) == captures.indices.map({ "c\($0)" }) else {
      throw Problem("the outcomes are not in the order of the captures")
    }
    try await resolver.close()
    report.rows.append([
      .count(run), .count(count), .number(seconds, decimals: 2), .number(ideal, decimals: 2),
      .number(seconds / ideal, decimals: 2),
    ])
  }
  return report
}

private func resolver(_ store: SQLiteStore) async throws -> IdentityResolver {
  var attribute = KeyAttribute(name: "crmId")
  attribute.validators = [ValidatorReference(use: "slow")]
  attribute.linksFrom = ["call-centre"]
  var registry = ValidatorRegistry()
  try registry.register(SlowValidator(), for: "crmId")
  return try await IdentityResolver(
    space: try Space(name: "bench", attributes: [attribute]), store: store, validators: registry)
}

private struct SlowValidator: KeyValidator {
  let assurance = Assurance.existence

  func validate(_ key: Key, proof: Proof?, context: ValidationContext) async -> Verdict {
    do { try await Task.sleep(for: .milliseconds(50)) } catch {
      return Verdict(finding: .indeterminate, assurance: assurance, evidence: [])
    }
    return Verdict(finding: .valid, assurance: assurance, evidence: [])
  }
}
