import Glibc
import Keyfold
import KeyfoldCore

/// A line of the stream and what was read from it.
private struct ReadLine: Sendable {
  let number: Int
  let id: String?
  let capture: Result<Capture, CaptureError>

  init(_ line: LineReader.Line) {
    switch line {
    case .tooLong(let number): (self.number, id, capture) = (number, nil, .failure(.lineTooLong))
    case .text(let number, let bytes):
      let line = CaptureLine(bytes)
      (self.number, id, capture) = (number, line.id, line.capture)
    }
  }
}

/// Lines that were read together, and what becomes of their captures.
private struct Batch: Sendable {
  let lines: [ReadLine]
  /// One result for each line that holds a capture.
  let outcomes: @Sendable () async -> [Result<Outcome, ResolverError>]
}

/// Captures a stream of lines: one outcome or error a line, in the same order, each only after its commit is
/// durable.
struct CaptureStream {
  let resolver: IdentityResolver
  let output: Output
  let interrupts: Interrupts
  let dryRun: Bool

  /// - Parameter file: what to read from.
  func run(_ file: Int32) async throws -> ExitCode {
    var reader = LineReader(file: file, interrupts: interrupts)
    var progress = Progress("captures", total: sizeOfFile(file), output: output)
    var count = 0
    var refused = false
    var next = try reader.next().map(batch)
    while !interrupts.arrived, let current = next {
      async let outcomes = current.outcomes()
      // Meanwhile the next batch is read and prepared, if its lines are there: a fifth of the work. Never
      // waits, for a client may send its next line only after this answer.
      let ahead = Result { try reader.next(wait: false).map(batch) }
      refused = try print(await outcomes, of: current.lines) || refused
      count += current.lines.count
      progress.show(count: count, of: reader.bytesRead)
      next = try ahead.get() ?? reader.next().map(batch)
    }
    progress.end()
    if let code = interrupts.exitCode {
      try output.note("interrupted after \(count) lines; all that were accepted are stored")
      return code
    }
    return refused ? .refusedInput : .done
  }

  /// Makes a batch ready to be captured in one go.
  private func batch(_ lines: [LineReader.Line]) -> Batch {
    let read = lines.map(ReadLine.init)
    let captures = read.compactMap { line in
      if case .success(let capture) = line.capture { capture } else { nil }
    }
    if dryRun { return Batch(lines: read) { await rehearse(captures) } }
    let journey = resolver.prepare(captures)
    return Batch(lines: read) { await journey.outcomes() }
  }

  /// Prints what became of the lines of a batch.
  ///
  /// - Returns: Whether one of them was refused.
  private func print(_ results: [Result<Outcome, ResolverError>], of lines: [ReadLine]) throws -> Bool {
    var results = results[...]
    var json = JSONWriter(reserving: lines.count * 512)
    var refused = false
    var broken: ResolverError?
    for line in lines {
      let result: Result<Outcome, ResolverError> =
        switch line.capture {
        case .failure(let error): .failure(.refused(error))
        case .success: results.removeFirst()
        }
      switch result {
      case .success(let outcome): outcome.write(into: &json)
      case .failure(.refused(let error)):
        refused = true
        error.write(into: &json, line: line.number, id: line.id)
      case .failure(let error):
        broken = error
      }
      if broken != nil { break }
      json.newLine()
    }
    try output.write(json.bytes)
    if let broken { throw failure(broken) }
    return refused
  }

  private func rehearse(_ captures: [Capture]) async -> [Result<Outcome, ResolverError>] {
    var results: [Result<Outcome, ResolverError>] = []
    for capture in captures {
      do throws(ResolverError) {
        results.append(.success(try await resolver.decision(on: capture)))
      } catch {
        results.append(.failure(error))
      }
    }
    return results
  }

  private func sizeOfFile(_ file: Int32) -> Int? {
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }
}

extension CaptureError {
  /// Writes the line that stands in a stream in place of an outcome.
  func write(into json: inout JSONWriter, line: Int, id: String?) {
    json.object { json in
      json.member("line", line)
      json.member("id", id)
      json.name("error")
      json.object { json in
        json.member("code", code.rawValue)
        json.member("field", field)
        json.member("message", message)
      }
    }
  }
}
