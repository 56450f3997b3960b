import KeyfoldCore
import KeyfoldFileStore

let compactCommand = CommandRule(
  name: "compact", operands: "",
  summary: "reclaim space the store does not need",
  details: """
    A SQLite store is written anew without its free pages; other writers wait meanwhile. A file store gets a fresh
    checkpoint, so that it opens quickly, and loses what interruptions left behind. The journal stays whole. Safe to
    interrupt at any moment.

    With --salvage, a file store whose journal is damaged is written anew from every entry that is intact; what was lost
    is listed, and the damaged store stays beside it under the name DIR.damaged.
    """,
  options: [OptionRule("salvage", "keep what is intact of a damaged file store")],
  examples: ["keyfold compact", "keyfold compact --salvage --store file:keyfold.d"], operandCount: 0...0,
  run: { invocation in
    let composition = Composition(invocation)
    if invocation.has("salvage") { return try salvage(composition) }
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

private func salvage(_ composition: Composition) throws -> ExitCode {
  guard composition.storeURL.hasPrefix("file:") else {
    throw Failure(.usage, "--salvage is for file stores; restore a SQLite store from a backup")
  }
  let path = filePath(composition.storeURL)
  let report: SalvageReport
  let space = try composition.space()
  do throws(StoreError) { report = try FileStore.salvage(path: path, space: space) } catch {
    throw failure(error)
  }
  let output = composition.output
  if output.json {
    try output.printJSON { json in
      json.object { json in
        json.member("kept", report.kept)
        json.name("lost")
        json.array(report.lost) { json, range in
          json.array([range.lowerBound, range.upperBound]) { $0.integer($1) }
        }
        json.name("partly")
        json.array(report.partly) { $0.integer($1) }
        json.member("damaged", report.damagedPath)
      }
    }
    return .done
  }
  try output.print("kept \(report.kept) entries; the damaged store is \(visible(report.damagedPath))")
  for range in report.lost { try output.print("  lost: entries \(range.lowerBound) to \(range.upperBound)") }
  for sequence in report.partly {
    try output.print("  entry \(sequence) was kept without what builds on lost entries")
  }
  return .done
}
