import Keyfold

let separateCommand = CommandRule(
  name: "separate", operands: "A B",
  summary: "say that two TIDs are different customers, or take that back",
  details: """
    No key, handoff or operator makes one customer of the profiles of two TIDs that are separated, whatever profiles they
    come into, until --remove takes it back. Two TIDs of one profile cannot be separated: 'keyfold unmerge' takes one of
    them out of it, and separates them.

    --remove takes back the separation of these very TIDs. An unmerge records up to two; what else keeps the two profiles
    apart is named where there is no such separation (exit code 1).
    """,
  options: operationOptions + [OptionRule("remove", "take a separation back")],
  examples: [
    """
    keyfold separate 0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a90 0199b2c5-1c04-7a8e-9b03-5f1d2c3e4a5b \
    --reason 'father and son'
    """,
    """
    keyfold separate --remove 0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a90 0199b2c5-1c04-7a8e-9b03-5f1d2c3e4a5b \
    --reason 'one person after all'
    """,
  ],
  operandCount: 2...2,
  run: { invocation in
    let (a, b) = (try requireTID(invocation.operands[0]), try requireTID(invocation.operands[1]))
    if invocation.has("remove") {
      return try await invocation.operate(
        "removeSeparation", done: "\(a) and \(b) are no longer kept apart", already: ""
      ) { resolver, reason, dryRun in
        try await resolver.removeSeparation(a, b, reason: reason, dryRun: dryRun)
      }
    }
    return try await invocation.operate(
      "separate", done: "\(a) and \(b) are kept apart", already: "\(a) and \(b) are kept apart already"
    ) { resolver, reason, dryRun in
      try await resolver.separate(a, b, reason: reason, dryRun: dryRun)
    }
  })
