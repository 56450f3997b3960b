import KeyfoldCore

let compactCommand = CommandRule(
  name: "compact", operands: "",
  summary: "reclaim space the store does not need",
  details: """
    A SQLite store is written anew without its free pages; other writers wait meanwhile. A file store gets a fresh
    checkpoint, so that it opens quickly, and loses what interruptions left behind. The journal stays whole. Safe to
    interrupt at any moment.
    """,
  options: [], examples: ["keyfold compact", "keyfold compact --store file:keyfold.d"], operandCount: 0...0,
  run: { invocation in
    let composition = Composition(invocation)
    let (before, after) = try await withMaintainedStore(composition) { store in try await store.compact() }
    if composition.output.json {
      try composition.output.printJSON { json in
        json.object { json in
          json.member("bytesBefore", before)
          json.member("bytesAfter", after)
        }
      }
    } else {
      try composition.output.print("\(before) bytes before, \(after) after")
    }
    return .done
  })
