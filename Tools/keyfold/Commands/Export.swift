import Keyfold
import KeyfoldCore

let exportCommand = CommandRule(
  name: "export", operands: "profiles|keys|merges|journal",
  summary: "print customers, keys, merges or the journal",
  details: """
    profiles  one JSON object a line, by primary TID: what 'lookup' prints
    keys      one JSON object a line: each key with its customer, origin and time
    merges    which secondary TID belongs to which primary one, as CSV or NDJSON: the final primary, so that loading it
              twice changes nothing; with --steps each merge as it happened
    journal   one JSON object a line: every capture with verdicts, decision and effects
    """,
  options: [
    OptionRule("format", "FORMAT", "merges: csv (default) or ndjson"),
    OptionRule("steps", "merges: each step instead of the final primary"),
    OptionRule("since", "SEQUENCE", "merges, journal: only what came after this number"),
  ],
  examples: [
    "keyfold export profiles", "keyfold export merges --since 1200",
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
    let format = invocation.value("format") ?? "csv"
    guard ["csv", "ndjson"].contains(format) else {
      throw Failure(.usage, "--format takes csv or ndjson, not '\(format)'")
    }
    let request = ExportRequest(
      since: try sequence(invocation.value("since")), steps: invocation.has("steps"), csv: format == "csv",
      output: composition.output)
    let failed = try await composition.withResolver(try composition.space(), mayCreate: false) { resolver in
      try await resolver.read { view throws(StoreError) in try export(view, request) }
    }
    if let failed { throw failed }
    return .done
  })

private struct ExportRequest: Sendable {
  let since: Int64
  let steps: Bool
  let csv: Bool
  let output: Output
}

/// Exports return what went wrong with the output; what goes wrong with the store is thrown.
private typealias Export = @Sendable (any StoreView, ExportRequest) throws(StoreError) -> Failure?

private let exports: [String: Export] = [
  "profiles": exportProfiles, "keys": exportKeys, "merges": exportMerges, "journal": exportJournal,
]

private func sequence(_ text: String?) throws -> Int64 {
  guard let text else { return 0 }
  let digits = text.hasPrefix("#") ? String(text.dropFirst()) : text
  guard let number = Int64(digits), number >= 0 else {
    throw Failure(.usage, "--since takes the sequence number of a journal entry, not '\(visible(text))'")
  }
  return number
}

/// Collects lines and writes them in large pieces.
private struct LineSink {
  let output: Output
  var json = JSONWriter(reserving: 1 << 17)
  private(set) var failure: Failure?

  init(_ output: Output) { self.output = output }

  /// - Returns: Whether to go on.
  mutating func endLine() -> Bool {
    json.newLine()
    return json.bytes.count < 1 << 16 || flush()
  }

  mutating func flush() -> Bool {
    do { try output.write(json.bytes) } catch { failure = error as? Failure }
    json.removeAll()
    return failure == nil
  }

  mutating func finish() -> Failure? {
    if failure == nil { _ = flush() }
    return failure
  }
}

private func exportProfiles(_ view: any StoreView, _ request: ExportRequest) throws(StoreError) -> Failure? {
  var sink = LineSink(request.output)
  try view.forEachProfile { profile throws(StoreError) in
    profile.write(into: &sink.json)
    return sink.endLine()
  }
  return sink.finish()
}

private func exportKeys(_ view: any StoreView, _ request: ExportRequest) throws(StoreError) -> Failure? {
  var sink = LineSink(request.output)
  try view.forEachProfile { profile throws(StoreError) in
    for claim in profile.claims {
      sink.json.object { json in
        json.member("attribute", claim.key.attribute)
        json.member("value", claim.key.value)
        json.member("verified", claim.verified)
        json.member("tid", profile.primary.tid)
        json.member("origin", claim.origin)
        json.member("capturedAt", claim.capturedAt)
      }
      guard sink.endLine() else { return false }
    }
    return true
  }
  return sink.finish()
}

private func exportJournal(_ view: any StoreView, _ request: ExportRequest) throws(StoreError) -> Failure? {
  var sink = LineSink(request.output)
  try view.forEachEntry(after: request.since) { entry throws(StoreError) in
    entry.write(into: &sink.json)
    return sink.endLine()
  }
  return sink.finish()
}

/// Merges in the order they happened, read from the journal.
private func exportMerges(_ view: any StoreView, _ request: ExportRequest) throws(StoreError) -> Failure? {
  var sink = LineSink(request.output)
  if request.csv {
    sink.json.raw("secondary_tid,primary_tid,merged_at,sequence,cause,key_attribute")
    guard sink.endLine() else { return sink.finish() }
  }
  try view.forEachEntry(after: request.since) { entry throws(StoreError) in
    for effect in entry.effects {
      guard case .merged(let tid, let into, let cause) = effect else { continue }
      let primary = request.steps ? into : try view.profile(of: tid)?.primary.tid ?? into
      write(Merge(secondary: tid, primary: primary, entry: entry, cause: cause), request, &sink.json)
      guard sink.endLine() else { return false }
    }
    return true
  }
  return sink.finish()
}

private struct Merge {
  let secondary: TID
  let primary: TID
  let entry: JournalEntry
  let cause: Effect.MergeCause

  /// When it happened: the time of the capture that made it.
  var at: Timestamp {
    if case .capture(let record) = entry.event { record.at } else { entry.at }
  }
}

private func write(_ merge: Merge, _ request: ExportRequest, _ json: inout JSONWriter) {
  if request.csv {
    json.raw(
      "\(merge.secondary),\(merge.primary),\(merge.at),\(merge.entry.sequence),\(merge.cause.name),\(merge.cause.attribute ?? "")"
    )
    return
  }
  json.object { json in
    json.member("secondary_tid", merge.secondary)
    json.member("primary_tid", merge.primary)
    json.member("merged_at", merge.at)
    json.member("sequence", merge.entry.sequence)
    json.member("cause", merge.cause.name)
    json.member("key_attribute", merge.cause.attribute)
  }
}
