import Glibc
import Keyfold
import KeyfoldCore

let importCommand = CommandRule(
  name: "import", operands: "",
  summary: "capture a whole file, CSV or NDJSON, as fast as it goes",
  details: """
    Captures every line of a file in order, as 'keyfold capture' would, and prints counts in place of outcomes. A line that
    is wrong is refused and stops nothing; --errors keeps such lines in a file that can be mended and imported. Files may be
    packed with gzip.

    NDJSON: a capture a line, as 'keyfold capture --input' takes them. CSV (RFC 4180): the header names the columns. A column
    that is called like a key attribute, or touchpoint, tid, id, at or data.NAME, holds just that; --map says what others
    hold (keys.NAME where an attribute is called like one of those words). Several columns may hold values of one
    attribute; empty values say nothing. Proofs and handoffs do not come in CSV.

    Importing a file again changes nothing: a line that has no id gets one made from all that is in the file up to it, and the
    store remembers ids for ever, in some 40 bytes each. So an import that was killed at any moment can be repeated; --resume
    only passes quickly over what is done. A file that grew is gone on with. Where a file was changed, lines without ids are
    new ones from the change on.

    --adopt-tids takes up TIDs the store does not know, as customers known since the capture's time: for moving from another
    system, whose ids must have the form of TIDs. Revoked TIDs and those of erased customers are not taken up again. Such
    captures do not rotate TIDs.
    """,
  options: [
    OptionRule("input", "FILE", "the file, or - for standard input (required)"),
    OptionRule("format", "csv|ndjson", "form of the file (default: ndjson where it begins with '{')"),
    OptionRule("map", "COLUMN=TARGET", repeats: true, "CSV: what a column holds"),
    OptionRule("ignore-unmapped", "CSV: pass over columns that are not called like anything and not mapped"),
    OptionRule("touchpoint", "NAME", "where captures happened that do not say it (default: default)"),
    OptionRule("errors", "FILE", "write refused lines there, without proofs; for its owner's eyes only"),
    OptionRule("resume", "go on with a file that was imported in part; writes the file of --errors anew"),
    OptionRule("adopt-tids", "take up TIDs of another system"),
    OptionRule("dry-run", "find out which lines are refused for their form, and store nothing"),
    OptionRule("progress", "SECONDS", "how often to tell how it goes where no person watches (default: 10)"),
    OptionRule("tid-seed", "N", "reproducible TIDs, for tests and demonstrations only: they can be guessed"),
    OptionRule("accept-space-change", "go on with a store that was written with other rules; journalled"),
  ],
  examples: [
    "keyfold import --input customers.csv --map Number=customerKey --ignore-unmapped",
    "keyfold import --input captures.ndjson.gz --errors refused.ndjson",
  ],
  operandCount: 0...0,
  run: { invocation in
    try checkImportOptions(invocation)
    let interrupts = try Interrupts()
    let composition = Composition(invocation)
    let space = try composition.space()
    let path = try invocation.required("input", "a file or -")
    let file = try openToRead(path)
    // What is wrong with the file as a whole is said before a store is created for it.
    let source = try ImportSource(
      InputBytes(file: file, interrupts: interrupts, unpacks: true), importOptions(invocation), space: space)
    let settings = try importSettings(invocation, total: sizeOfFile(file))
    let errors = try errorsFile(invocation, source)
    if settings.isDryRun {
      let resolver = try await composition.resolverWithoutStore(space)
      return try await ImportRun(
        resolver: resolver, output: composition.output, interrupts: interrupts, settings: settings,
        errors: errors
      ).run(source)
    }
    if invocation.has("tid-seed") { try composition.warnOfSeed() }
    return try await composition.withResolver(space, mayCreate: true, captures: true) { resolver in
      try await ImportRun(
        resolver: resolver, output: composition.output, interrupts: interrupts, settings: settings,
        errors: errors
      ).run(source)
    }
  })

private func checkImportOptions(_ invocation: Invocation) throws {
  if let format = invocation.value("format"), !["csv", "ndjson"].contains(format) {
    throw Failure(.usage, "--format takes csv or ndjson, not '\(visible(format))'")
  }
  for other in ["resume", "adopt-tids", "accept-space-change", "tid-seed"]
  where invocation.has("dry-run") && invocation.has(other) {
    throw Failure(.usage, "--\(other) does not go with --dry-run, which stores nothing")
  }
  if invocation.has("adopt-tids"), invocation.has("tid-seed") {
    // The TIDs in the file may be of a run with this very seed, and stand for others than those drawn now.
    throw Failure(
      .usage, "--tid-seed does not go with --adopt-tids: the same TID could stand for two customers")
  }
}

private func importOptions(_ invocation: Invocation) -> ImportSource.Options {
  var options = ImportSource.Options()
  options.format = invocation.value("format")
  options.mappings = invocation.all("map")
  options.ignoresUnmapped = invocation.has("ignore-unmapped")
  options.template = Capture(touchpoint: invocation.value("touchpoint") ?? options.template.touchpoint)
  return options
}

/// A year: whoever wants fewer lines wants --quiet.
private let progressSecondsMax = 31_536_000

private func importSettings(_ invocation: Invocation, total: Int?) throws -> ImportRun.Settings {
  var settings = ImportRun.Settings()
  settings.adoptsTids = invocation.has("adopt-tids")
  settings.resumes = invocation.has("resume")
  settings.isDryRun = invocation.has("dry-run")
  settings.progressSeconds = try invocation.number("progress", in: 1...progressSecondsMax) ?? 10
  settings.total = total
  return settings
}

private func errorsFile(_ invocation: Invocation, _ source: ImportSource) throws -> ErrorsFile? {
  guard let path = invocation.value("errors") else { return nil }
  if let input = invocation.value("input"), isSameFile(path, input) {
    throw Failure(.usage, "--errors and --input are the same file")
  }
  return try ErrorsFile.create(path, header: source.header, replacing: invocation.has("resume"))
}

private func isSameFile(_ a: String, _ b: String) -> Bool {
  var (first, second) = (stat(), stat())
  guard stat(a, &first) == 0, stat(b, &second) == 0 else { return false }
  return first.st_dev == second.st_dev && first.st_ino == second.st_ino
}
