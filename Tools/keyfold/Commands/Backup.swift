import KeyfoldCore

let backupCommand = CommandRule(
  name: "backup", operands: "FILE",
  summary: "write a consistent copy of a live store",
  details: """
    Copies a SQLite store into one file, or a file store into one folder, as it is at one instant; captures go on
    meanwhile. The copy is a store of its own: open it with --store. Nothing is overwritten.
    """,
  options: [],
  examples: ["keyfold backup keyfold-2026-11-24.db", "keyfold stats --store sqlite:keyfold-2026-11-24.db"],
  operandCount: 1...1,
  run: { invocation in
    let composition = Composition(invocation)
    let path = invocation.operands[0]
    try await withMaintainedStore(composition) { store in try await store.backup(to: path) }
    if composition.output.json {
      try composition.output.printJSON { json in json.object { $0.member("backup", path) } }
    } else {
      try composition.output.print("\(visible(path)) holds a copy of \(shownURL(composition.storeURL))")
    }
    return .done
  })

/// Opens the store the options name and lends it, if it is kept in files of this machine.
func withMaintainedStore<Result>(
  _ composition: Composition, _ body: (any MaintainedStore) async throws -> Result
) async throws -> Result {
  try await composition.withStore(composition.storeURL, try composition.space(), mayCreate: false) {
    store, _ in
    guard let store = store as? any MaintainedStore else {
      throw Failure(.usage, "\(shownURL(composition.storeURL)) is not kept in files of this machine")
    }
    return try await body(store)
  }
}
