import Keyfold
import KeyfoldCore

let handoffCommand = CommandRule(
  name: "handoff", operands: "issue | inspect TOKEN",
  summary: "carry a customer from one touchpoint to another, app to mobile web",
  details: """
    'issue' prints a signed, short-lived token that carries a TID to another touchpoint, where one capture may present it
    with --handoff. It never opens the store. 'inspect' says what a token holds and whether it is genuine and in time;
    whether it was used before is for the capture to find out.
    Both need the keys of 'handoff' in the space file.
    """,
  options: [
    OptionRule("tid", "TID", "issue: the TID to carry"),
    OptionRule("for", "TOUCHPOINT", "issue: where it may be presented"),
    OptionRule("ttl", "SECONDS", "issue: how long it is good for (default: the space's ttlSeconds)"),
  ],
  examples: [
    "keyfold handoff issue --tid 0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a90 --for web",
    #"keyfold handoff inspect "$(keyfold handoff issue --tid 0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a90 --for web)""#,
  ],
  operandCount: 1...2,
  run: { invocation in
    let composition = Composition(invocation)
    switch (invocation.operands[0], invocation.operands.count) {
    case ("issue", 1): return try issue(invocation, composition)
    case ("inspect", 2): return try inspect(invocation.operands[1], composition)
    case ("inspect", _): throw Failure(.usage, "usage: keyfold handoff inspect TOKEN")
    case (let word, _):
      throw Failure(.usage, "'\(visible(word))' is nothing to do with a handoff; 'issue' and 'inspect' are")
    }
  })

/// Ten years; a token is meant to be short-lived, but how short is the operator's business.
private let ttlMax = 315_360_000

private func issue(_ invocation: Invocation, _ composition: Composition) throws -> ExitCode {
  let tid = try requireTID(try invocation.required("tid", "the TID to carry"))
  let touchpoint = try invocation.required("for", "the touchpoint it may be presented at")
  guard touchpoint.utf8.count <= Limits.touchpointBytes else {
    throw Failure(.usage, "--for takes at most \(Limits.touchpointBytes) bytes")
  }
  let ttl = try invocation.number("ttl", in: 1...ttlMax)
  let handoffs = Handoffs(space: try composition.space())
  let issued: (token: String, expires: Timestamp)
  do throws(ResolverError) { issued = try handoffs.issue(tid, for: touchpoint, ttlSeconds: ttl) } catch {
    throw failure(error)
  }
  // The bare token is what a script wants here, wherever it goes.
  guard invocation.has("json") else {
    try composition.output.print(issued.token)
    return .done
  }
  try composition.output.printJSON { json in
    json.object { json in
      json.member("handoff", issued.token)
      json.member("touchpoint", touchpoint)
      json.member("expires", issued.expires)
    }
  }
  return .done
}

private func inspect(_ token: String, _ composition: Composition) throws -> ExitCode {
  let handoffs = Handoffs(space: try composition.space())
  let found: Handoffs.Content?
  do throws(ResolverError) { found = try handoffs.inspect(Secret(token)) } catch { throw failure(error) }
  let status = found.map { $0.isExpired ? "expired" : "genuine" } ?? "invalid"
  if composition.output.json {
    try composition.output.printJSON { json in
      json.object { json in
        json.member("status", status)
        json.member("tid", found?.tid)
        json.member("space", found?.space)
        json.member("touchpoint", found?.touchpoint)
        json.member("expires", found?.expires)
      }
    }
  } else if let found {
    try composition.output.print(
      "\(status): carries \(found.tid) of space '\(visible(found.space))' to '\(visible(found.touchpoint))' until \(found.expires)"
    )
  } else {
    try composition.output.print("invalid: not a token made with one of this space's keys")
  }
  return found == nil ? .notFound : .done
}
