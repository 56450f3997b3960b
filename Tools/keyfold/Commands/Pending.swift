import Keyfold
import KeyfoldCore

let pendingCommand = CommandRule(
  name: "pending", operands: "list | retry",
  summary: "keys that wait for a validator that could not tell",
  details: """
    A key whose validator was down when it was captured is kept unverified and waits, a day at most. 'list' shows what
    waits, oldest first. 'retry' asks the validators again: a key they vouch for now is applied as if it had been then,
    unless its profile changed meanwhile or another customer has it. A program that embeds Keyfold does this by itself
    while it runs.
    """,
  options: [], examples: ["keyfold pending list", "keyfold pending retry"], operandCount: 1...1,
  run: { invocation in
    let composition = Composition(invocation)
    switch invocation.operands[0] {
    case "list": return try await list(composition)
    case "retry": return try await retry(composition)
    case let word:
      throw Failure(.usage, "'\(visible(word))' is nothing to do with waiting keys; 'list' and 'retry' are")
    }
  })

private func list(_ composition: Composition) async throws -> ExitCode {
  let waiting = try await composition.withResolver(try composition.space(), mayCreate: false) {
    try await $0.pendingKeys()
  }
  let output = composition.output
  for entry in waiting {
    if output.json {
      try output.printJSON { json in json.object { json in entry.members(of: &json) } }
    } else {
      let since = Style.dim("since \(entry.queuedAt) at \(visible(entry.touchpoint))", output)
      try output.print("\(entry.key.attribute)=\(visible(entry.key.value))  \(entry.tid)  \(since)")
    }
  }
  if !output.json { try output.print("\(waiting.count) keys wait for a verdict") }
  return .done
}

private func retry(_ composition: Composition) async throws -> ExitCode {
  let output = composition.output
  let (waiting, ends) = try await composition.withResolver(
    try composition.space(), mayCreate: false, captures: true
  ) { resolver in
    let waiting = try await resolver.pendingKeys()
    var progress = Progress("keys", total: waiting.count, output: output)
    let ends = try await resolver.retry(waiting) { progress.show(count: $0, of: $0) }
    progress.end()
    return (waiting, ends)
  }
  for entry in waiting {
    let end = ends[entry.id]
    if output.json {
      try output.printJSON { json in
        json.object { json in
          entry.members(of: &json)
          json.member("end", end?.rawValue)
        }
      }
    } else {
      let words = end?.words.description ?? "waits on: nobody can tell yet"
      try output.print("\(entry.key.attribute)=\(visible(entry.key.value))  \(entry.tid)  \(words)")
    }
  }
  if !output.json { try output.print("\(ends.count) of \(waiting.count) keys are settled") }
  return .done
}

extension PendingKey {
  fileprivate func members(of json: inout JSONWriter) {
    json.member("sequence", id.commit)
    json.member("attribute", key.attribute)
    json.member("value", key.value)
    json.member("tid", tid)
    json.member("touchpoint", touchpoint)
    json.member("at", at)
    json.member("queuedAt", queuedAt)
  }
}
