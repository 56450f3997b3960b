import Keyfold
import KeyfoldCore

/// Captures what a source gives, batch by batch.
struct ImportRun {
  let resolver: IdentityResolver
  let output: Output
  let interrupts: Interrupts
  let settings: Settings
  /// Takes the refused lines; nil where nobody wants them.
  let errors: ErrorsFile?

  struct Settings: Sendable {
    /// Whether TIDs the store does not know are taken up.
    var adoptsTids = false
    /// Whether most lines were captured by an earlier run.
    var resumes = false
    /// Whether lines are only looked at.
    var isDryRun = false
    /// Seconds between plain lines of progress.
    var progressSeconds: Int?
    /// Bytes of the file.
    var total: Int?
  }

  /// Refusals that are told one by one; the summary counts all.
  private static let toldMax = 10

  private struct Batch: Sendable {
    let lines: [ImportLine]
    let work: @Sendable () async -> [Result<CaptureEnd?, ResolverError>]
  }

  func run(_ source: ImportSource) async throws -> ExitCode {
    var source = source
    var progress = Progress(
      "lines", total: settings.total, output: output, resultsFollow: true,
      linesEvery: settings.progressSeconds)
    var counts = ImportCounts()
    var resumes = settings.resumes
    let ids = settings.isDryRun ? nil : DerivedIDs(resolver, settings: source.settings)
    do {
      try await inTandem(
        interrupts,
        next: { wait in try source.next(wait: wait, ids: ids).map { batch($0, resumes: resumes) } },
        work: { batch in await batch.work() },
        take: { batch, ends in
          let repeated = counts.repeated
          // What is told of lines must not stand behind the picture.
          progress.end()
          try take(ends, of: batch.lines, &counts)
          // Behind the first batch that is all new nothing was captured before.
          resumes = resumes && counts.repeated > repeated
          progress.show(count: counts.lines, of: source.bytesRead)
        })
    } catch {
      progress.end()
      if counts.lines > 0 { try output.note("\(counts.lines) lines were imported before this happened:") }
      throw error
    }
    progress.end()
    if let code = interrupts.exitCode {
      try output.note("interrupted after \(counts.lines) lines; go on with --resume")
      try counts.print(to: output, isDryRun: settings.isDryRun)
      return code
    }
    try counts.print(to: output, isDryRun: settings.isDryRun)
    return counts.refused > 0 ? .refusedInput : .done
  }

  private func batch(_ lines: [ImportLine], resumes: Bool) -> Batch {
    let captures = lines.compactMap { line in
      if case .success(let capture) = line.capture { capture } else { nil }
    }
    if settings.isDryRun {
      return Batch(lines: lines) { [resolver] in
        captures.map { capture in
          resolver.refusal(of: capture).map { .failure(.refused($0)) } ?? .success(nil)
        }
      }
    }
    let journey = resolver.prepare(captures, adoptingTids: settings.adoptsTids)
    return Batch(lines: lines) {
      await (resumes ? journey.endsOfRest() : journey.ends()).map { $0.map { .some($0) } }
    }
  }

  private func take(
    _ ends: [Result<CaptureEnd?, ResolverError>], of lines: [ImportLine], _ counts: inout ImportCounts
  ) throws {
    var ends = ends[...]
    var refused: [(line: ImportLine, error: CaptureError)] = []
    var broken: ResolverError?
    for line in lines {
      var error: CaptureError?
      switch line.capture {
      case .failure(let why): error = why
      case .success:
        switch ends.removeFirst() {
        case .success(let end?): counts.count(end)
        case .success(nil): counts.countAcceptable()
        case .failure(.refused(let why)): error = why
        case .failure(let why): broken = why
        }
      }
      if broken != nil { break }
      if let error {
        counts.count(error)
        refused.append((line, error))
        try tell(error, line, counts)
      }
    }
    try errors?.add(refused)
    if let broken { throw failure(broken) }
  }

  private func tell(_ error: CaptureError, _ line: ImportLine, _ counts: ImportCounts) throws {
    guard counts.refused <= ImportRun.toldMax else {
      if counts.refused == ImportRun.toldMax + 1 {
        let hint = errors == nil ? "; --errors FILE keeps them all" : ""
        try output.note("more lines were refused\(hint)")
      }
      return
    }
    let id = line.id.map { " (\(visible($0)))" } ?? ""
    try output.note("line \(line.number)\(id): \(visible(error.description))")
  }
}
