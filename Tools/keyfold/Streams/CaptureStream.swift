import Glibc
import Keyfold
import KeyfoldCore

/// A line of the stream and what was read from it.
private struct ReadLine {
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
    while !interrupts.arrived, let lines = try reader.next() {
      refused = try await capture(lines) || refused
      count += lines.count
      progress.show(count: count, of: reader.bytesRead)
    }
    progress.end()
    if let code = interrupts.exitCode {
      try output.note("interrupted after \(count) lines; all that were accepted are stored")
      return code
    }
    return refused ? .refusedInput : .done
  }

  /// Captures the lines of one batch in one go and prints what became of them.
  ///
  /// - Returns: Whether one of them was refused.
  private func capture(_ lines: [LineReader.Line]) async throws -> Bool {
    let read = lines.map(ReadLine.init)
    let captures = read.compactMap { line in
      if case .success(let capture) = line.capture { capture } else { nil }
    }
    var results = try await outcomes(of: captures)[...]
    var json = JSONWriter(reserving: lines.count * 512)
    var refused = false
    var broken: ResolverError?
    for line in read {
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

  private func outcomes(of captures: [Capture]) async throws -> [Result<Outcome, ResolverError>] {
    guard dryRun else { return await resolver.captures(captures) }
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
