import Keyfold
import KeyfoldCore

/// Merges and unmerges in the order they happened, read from the journal: each step, or of each TID the last
/// one, with the primary TID it belongs to now.
func exportMerges(
  _ resolver: IdentityResolver, _ request: ExportRequest, _ sink: inout LineSink
) async throws {
  if request.csv {
    sink.json.raw("secondary_tid,primary_tid,merged_at,sequence,cause,key_attribute")
    try sink.endLine()
  }
  var steps: [MergeStep] = []
  try await resolver.forEachEntry(after: request.since) { entry in steps += MergeStep.all(in: entry) }
  if !request.steps { steps = try await closed(steps, resolver) }
  for step in steps {
    write(step, request, &sink.json)
    try sink.endLine()
  }
}

/// TIDs whose primary ones are looked up together.
private let mergePortion = 2000

private struct MergeStep: Sendable {
  let secondary: TID
  var primary: TID
  let at: Timestamp
  let sequence: Int64
  let cause: String
  let attribute: String?

  var isUnmerge: Bool { cause == MergeStep.unmerge }
  private static let unmerge = "unmerge"

  /// The steps of an entry; merges happened at the time of the capture that made them.
  static func all(in entry: JournalEntry) -> [MergeStep] {
    let at = if case .capture(let record) = entry.event { record.at } else { entry.at }
    return entry.effects.compactMap { effect in
      switch effect {
      case .merged(let tid, let into, let cause):
        MergeStep(
          secondary: tid, primary: into, at: at, sequence: entry.sequence, cause: cause.name,
          attribute: cause.attribute)
      case .unmerged(let tid, let from):
        MergeStep(
          secondary: tid, primary: from, at: at, sequence: entry.sequence, cause: unmerge, attribute: nil)
      default: nil
      }
    }
  }

  /// The same of another TID.
  func of(_ tid: TID) -> MergeStep {
    MergeStep(
      secondary: tid, primary: primary, at: at, sequence: sequence, cause: cause, attribute: attribute)
  }
}

/// The last step of each TID with its primary TID of now. A TID that was taken out of its profile took along
/// what is below it: that has another primary TID too, and a step of its own unless there is one.
private func closed(_ steps: [MergeStep], _ resolver: IdentityResolver) async throws -> [MergeStep] {
  var last: [TID: Int64] = [:]
  for step in steps { last[step.secondary] = step.sequence }
  var rows: [MergeStep] = []
  for step in steps where last[step.secondary] == step.sequence {
    rows.append(step)
    guard step.isUnmerge, let profile = try await resolver.lookup(step.secondary) else { continue }
    for tid in profile.tids.subtree(of: step.secondary).sorted() where last[tid] == nil {
      rows.append(step.of(tid))
      last[tid] = step.sequence
    }
  }
  for start in stride(from: 0, to: rows.count, by: mergePortion) {
    let portion = start..<min(start + mergePortion, rows.count)
    let primaries = try await resolver.primaries(of: rows[portion].map(\.secondary))
    for (index, primary) in zip(portion, primaries) { rows[index].primary = primary ?? rows[index].primary }
  }
  return rows
}

private func write(_ step: MergeStep, _ request: ExportRequest, _ json: inout JSONWriter) {
  if request.csv {
    json.raw(
      "\(step.secondary),\(step.primary),\(step.at),\(step.sequence),\(step.cause),\(step.attribute ?? "")")
    return
  }
  json.object { json in
    json.member("secondary_tid", step.secondary)
    json.member("primary_tid", step.primary)
    json.member("merged_at", step.at)
    json.member("sequence", step.sequence)
    json.member("cause", step.cause)
    json.member("key_attribute", step.attribute)
  }
}
