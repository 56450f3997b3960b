import Keyfold
import KeyfoldCore

let unmergeCommand = CommandRule(
  name: "unmerge", operands: "S | --where validator=NAME|key=a=v|capture=ID",
  summary: "undo a merge, or every merge that a validator, key or capture made",
  details: """
    S, a secondary TID, becomes a customer of its own again, with everything below it: keys, data and activity that were
    captured on those TIDs, after the merge too. Keys they lost by the merge or since come back where nobody owns them
    and there is room, and so do those that the rest lost to them. The two are separated, so that the next capture does
    not join them again, unless --allow-remerge says otherwise.

    With --where, every merge that still holds is undone which a key made that the validator NAME vouched for, or which
    the key a=v made, or the capture ID; newest first, each as a journal entry of its own. Safe to interrupt: run it again
    for the rest. --since and --until say when the merges were stored: a time, or the number of a journal entry.
    """,
  options: operationOptions + [
    OptionRule("allow-remerge", "record no separation: what joined them may join them again"),
    OptionRule("where", "WHAT=…", "validator=NAME, key=a=v or capture=ID: every merge those made"),
    OptionRule("since", "TIME|#SEQUENCE", "with --where: only merges from that time on, or after that entry"),
    OptionRule("until", "TIME|#SEQUENCE", "with --where: only merges up to that time or entry"),
  ],
  examples: [
    "keyfold unmerge 0199b2c7-2d15-7b9f-8a14-6e2f3d4b5c6d --reason 'brothers, not one person'",
    """
    keyfold unmerge --where validator=crm --since 2026-11-24T09:00:00Z --until 2026-11-24T11:30:00Z \
    --reason 'CRM test data was live' --dry-run
    """,
    "keyfold unmerge --where key=email=info@shop.example --reason 'a shared mailbox' --allow-remerge",
  ],
  operandCount: 0...1,
  run: { invocation in
    guard invocation.has("where") else { return try await unmergeOne(invocation) }
    guard invocation.operands.isEmpty else {
      throw Failure(.usage, "give a TID, or --where for many merges, not both")
    }
    return try await unmergeMany(invocation)
  })

private func unmergeOne(_ invocation: Invocation) async throws -> ExitCode {
  guard let operand = invocation.operands.first else {
    throw Failure(.usage, "name the TID to take out of its profile, or what made the merges with --where")
  }
  for option in ["since", "until"] where invocation.has(option) {
    throw Failure(.usage, "--\(option) goes with --where")
  }
  let tid = try requireTID(operand)
  let allowRemerge = invocation.has("allow-remerge")
  return try await invocation.operate(
    "unmerge", done: "\(tid) is a customer of its own again", already: ""
  ) { resolver, reason, dryRun in
    try await resolver.unmerge(tid, reason: reason, allowRemerge: allowRemerge, dryRun: dryRun)
  }
}

private func unmergeMany(_ invocation: Invocation) async throws -> ExitCode {
  let (reason, dryRun) = (try invocation.reason(), invocation.has("dry-run"))
  let selection = try selection(invocation)
  let composition = Composition(invocation)
  let interrupts = try Interrupts()
  var (searching, undoing): (Progress?, Progress?)
  let report = try await composition.withResolver(try composition.space(), mayCreate: false) { resolver in
    do throws(ResolverError) {
      return try await resolver.unmerge(
        where: selection, reason: reason, allowRemerge: invocation.has("allow-remerge"), dryRun: dryRun
      ) { progress in
        switch progress {
        case .searched(let sequence, let last):
          show(Int(sequence), of: Int(last), "entries searched", &searching, composition.output)
        case .undone(let count, let all): show(count, of: all, "merges undone", &undoing, composition.output)
        }
        return !interrupts.arrived
      }
    } catch {
      if case .refused(let refusal) = error { throw Failure(.usage, refusal.description) }
      throw failure(error)
    }
  }
  searching?.end()
  undoing?.end()
  try print(report, dryRun: dryRun, to: composition.output)
  return report.stopped ? interrupts.exitCode ?? .done : .done
}

private func show(
  _ count: Int, of total: Int, _ label: String, _ progress: inout Progress?, _ output: Output
) {
  var line = progress ?? Progress(label, total: total, output: output)
  line.show(count: count, of: count)
  progress = line
}

private func selection(_ invocation: Invocation) throws -> MergeSelection {
  let (kind, value) = try Invocation.pair(invocation.value("where") ?? "", option: "where")
  let maker: MergeSelection.Maker
  switch kind {
  case "validator": maker = .validator(value)
  case "capture": maker = .capture(id: value)
  case "key":
    let key = try Invocation.pair(value, option: "where key")
    maker = .key(attribute: key.name, value: key.value)
  default:
    let hint = nearest(to: kind, among: ["validator", "key", "capture"]).map { "; did you mean '\($0)'?" }
    throw Failure(
      .usage, "--where takes validator=NAME, key=a=v or capture=ID, not '\(visible(kind))'\(hint ?? "")")
  }
  if value.isEmpty { throw Failure(.usage, "--where \(kind)= needs a value") }
  return MergeSelection(
    maker, span: JournalSpan(since: try point("since", invocation), until: try point("until", invocation)))
}

private func point(_ option: String, _ invocation: Invocation) throws -> JournalPoint? {
  guard let text = invocation.value(option) else { return nil }
  guard let point = JournalPoint(text) else {
    throw Failure(
      .usage, "--\(option) takes a time as in RFC 3339 or #SEQUENCE, not '\(visible(text))'")
  }
  return point
}

private func print(_ report: BulkUnmerge, dryRun: Bool, to output: Output) throws {
  if output.json {
    return try output.printJSON { json in
      json.object { json in
        json.member("operation", "unmerge")
        json.member("dryRun", dryRun)
        json.member("found", report.found)
        json.member("undone", report.undone)
        json.member("stopped", report.stopped)
        json.name("examples")
        json.array(report.examples) { json, merge in
          json.object { json in
            json.member("tid", merge.secondary)
            json.member("from", merge.primary)
            json.member("sequence", merge.sequence)
            json.member("at", merge.at)
          }
        }
      }
    }
  }
  let verb = dryRun ? "would be undone (dry run: nothing was stored)" : "undone"
  let found = "\(report.found) merge\(report.found == 1 ? "" : "s") found"
  var lines = ["\(Style.bold("unmerge", output)): \(found), \(report.undone) \(verb)"]
  for merge in report.examples {
    lines.append(
      "  \(merge.secondary) from \(merge.primary), merged by entry \(merge.sequence) at \(merge.at)")
  }
  if report.undone > report.examples.count {
    lines.append("  and \(report.undone - report.examples.count) more")
  }
  if report.stopped { lines.append("  stopped before the end; run it again for the rest") }
  try output.print(lines.joined(separator: "\n"))
}
