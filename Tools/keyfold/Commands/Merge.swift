import Keyfold

let mergeCommand = CommandRule(
  name: "merge", operands: "A B",
  summary: "say that the profiles of two TIDs are one customer",
  details: """
    The older primary TID names the customer; any TID of a profile stands for it. Where the keys of both exceed the limit
    of an attribute, its 'onConflict' says which stay. A separation stops a merge, and so do maxTidsPerProfile and
    maxKeysPerProfile (exit code 65). 'keyfold unmerge' undoes it, whatever was captured in between.
    """,
  options: operationOptions,
  examples: [
    """
    keyfold merge 0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a90 0199b2c5-1c04-7a8e-9b03-5f1d2c3e4a5b \
    --reason 'same person, ticket 4711' --dry-run
    """
  ],
  operandCount: 2...2,
  run: { invocation in
    let (a, b) = (try requireTID(invocation.operands[0]), try requireTID(invocation.operands[1]))
    return try await invocation.operate(
      "merge", done: "two profiles are one customer", already: "\(a) and \(b) are one customer already"
    ) { resolver, reason, dryRun in
      try await resolver.merge(a, b, reason: reason, dryRun: dryRun)
    }
  })
