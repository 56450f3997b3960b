import Keyfold
import KeyfoldCore

let exportCommand = CommandRule(
  name: "export", operands: "profiles|keys|merges|journal",
  summary: "print customers, keys, merges or the journal",
  details: """
    profiles  one JSON object a line, by primary TID: what 'lookup' prints
    keys      one JSON object a line: each key with its customer, origin and time
    merges    which secondary TID belongs to which primary one, as CSV or NDJSON: the final primary, so that loading it
              twice changes nothing; a TID whose merge was undone (cause 'unmerge') belongs to itself again, and what
              is below it to it; with --steps each merge and unmerge as it happened
    journal   one JSON object a line: every capture with verdicts, decision and effects

    profiles --as-of prints what was known at a time. It makes that state again from the journal, and holds all of it in
    memory.
    """,
  options: [
    OptionRule("format", "csv|ndjson", "merges: csv (default) or ndjson (default with --json)"),
    OptionRule("steps", "merges: each step instead of the final primary"),
    OptionRule(
      "since", "SEQUENCE", "merges, journal: only what came after this journal entry, or this time (RFC 3339)"
    ),
    OptionRule(
      "as-of", "TIME", "profiles: what was known then: RFC 3339, or # and the number of a journal entry"),
  ],
  examples: [
    "keyfold export profiles", "keyfold export profiles --as-of '#5'",
    "keyfold export merges --since 5",
    "keyfold export journal > journal.ndjson",
  ],
  operandCount: 1...1,
  run: { invocation in
    let composition = Composition(invocation)
    guard let export = exports[invocation.operands[0]] else {
      let known = exports.keys.sorted()
      let hint = nearest(to: invocation.operands[0], among: known).map { "did you mean '\($0)'?" }
      throw Failure(
        .usage,
        "'\(visible(invocation.operands[0]))' cannot be exported; \(hint ?? "profiles, keys, merges and journal can")"
      )
    }
    let format = invocation.value("format") ?? (invocation.has("json") ? "ndjson" : "csv")
    guard ["csv", "ndjson"].contains(format) else {
      throw Failure(.usage, "--format takes csv or ndjson, not '\(format)'")
    }
    try checkMoments(invocation)
    let since = try since(invocation)
    let asOf = try invocation.moment("as-of")
    try await composition.withResolver(try composition.space(), mayCreate: false) { resolver in
      let request = ExportRequest(
        since: try await resolver.sequence(of: since), asOf: asOf, steps: invocation.has("steps"),
        csv: format == "csv", output: composition.output)
      var sink = LineSink(request.output)
      try await export(resolver, request, &sink)
      try sink.flush()
    }
    return .done
  })

struct ExportRequest: Sendable {
  let since: Int64
  let asOf: Moment?
  let steps: Bool
  let csv: Bool
  let output: Output
}

private typealias Export = @Sendable (IdentityResolver, ExportRequest, inout LineSink) async throws -> Void

private let exports: [String: Export] = [
  "profiles": exportProfiles, "keys": exportKeys, "merges": exportMerges, "journal": exportJournal,
]

private func checkMoments(_ invocation: Invocation) throws {
  let what = invocation.operands[0]
  if invocation.has("as-of") && what != "profiles" {
    throw Failure(.usage, "--as-of is for profiles, not for \(what)")
  }
  if invocation.has("since") && !["merges", "journal"].contains(what) {
    throw Failure(.usage, "--since is for merges and the journal, not for \(what)")
  }
}

/// Where to begin; a bare number means a journal entry too.
private func since(_ invocation: Invocation) throws -> Moment {
  guard let text = invocation.value("since") else { return .sequence(0) }
  if let number = Int64(text), number >= 0 { return .sequence(number) }
  return try invocation.moment("since") ?? .sequence(0)
}

/// Collects lines and writes them in large pieces.
struct LineSink {
  private let output: Output
  var json = JSONWriter(reserving: 1 << 17)

  private static let pieceBytes = 1 << 16

  init(_ output: Output) { self.output = output }

  mutating func endLine() throws {
    json.newLine()
    if json.bytes.count >= LineSink.pieceBytes { try flush() }
  }

  mutating func flush() throws {
    try output.write(json.bytes)
    json.removeAll()
  }
}

private func exportProfiles(
  _ resolver: IdentityResolver, _ request: ExportRequest, _ sink: inout LineSink
) async throws {
  func write(_ profile: Profile) throws {
    profile.write(into: &sink.json)
    try sink.endLine()
  }
  if let moment = request.asOf {
    try await resolver.forEachProfile(asOf: moment, write)
  } else {
    try await resolver.forEachProfile(write)
  }
}

private func exportKeys(
  _ resolver: IdentityResolver, _ request: ExportRequest, _ sink: inout LineSink
) async throws {
  try await resolver.forEachProfile { profile in
    for claim in profile.claims {
      sink.json.object { json in
        json.member("attribute", claim.key.attribute)
        json.member("value", claim.key.value)
        json.member("verified", claim.verified)
        json.member("tid", profile.primary.tid)
        json.member("origin", claim.origin)
        json.member("capturedAt", claim.capturedAt)
      }
      try sink.endLine()
    }
  }
}

private func exportJournal(
  _ resolver: IdentityResolver, _ request: ExportRequest, _ sink: inout LineSink
) async throws {
  try await resolver.forEachEntry(after: request.since) { entry in
    entry.write(into: &sink.json)
    try sink.endLine()
  }
}
