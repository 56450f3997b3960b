import Keyfold
import KeyfoldCore

let revokeCommand = CommandRule(
  name: "revoke", operands: "TID",
  summary: "make a TID identify nobody: lost devices, shared machines, log-out",
  details: """
    The TID stays in its profile's history, and look-ups still find the profile by it. A capture that presents it goes
    on as if it had none, and says unknownTid.
    """,
  options: operationOptions,
  examples: ["keyfold revoke 0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a90 --reason 'phone lost'"],
  operandCount: 1...1,
  run: { invocation in
    let reason = try invocation.reason()
    let tid = try requireTID(invocation.operands[0])
    let composition = Composition(invocation)
    let dryRun = invocation.has("dry-run")
    let sequence = try await composition.withResolver(try composition.space(), mayCreate: false) { resolver in
      try await resolver.revoke(tid, reason: reason, dryRun: dryRun)
    }
    if composition.output.json {
      try composition.output.printJSON { json in
        json.object { json in
          json.member("tid", tid)
          json.member("revoked", !dryRun)
          json.member("sequence", sequence)
        }
      }
    } else if dryRun {
      try composition.output.print("\(tid) would be revoked; nothing was stored")
    } else {
      try composition.output.print(
        sequence == nil ? "\(tid) was revoked before" : "\(tid) identifies nobody any more")
    }
    return .done
  })
