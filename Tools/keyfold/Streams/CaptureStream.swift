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

/// What a line of a stream is answered with.
protocol StreamAnswer: Sendable {
  func write(into json: inout JSONWriter)
}

extension Outcome: StreamAnswer {}

/// Answers a stream of captures: one answer or error a line, in the same order.
struct CaptureStream<Answer: StreamAnswer>: Sendable {
  /// Does its work when it is called, and gives one result for each capture.
  typealias Work = @Sendable () async -> [Result<Answer, ResolverError>]

  let label: String
  let output: Output
  let interrupts: Interrupts
  /// Makes captures that were read together ready to be worked on in one go.
  let prepare: @Sendable ([Capture]) -> Work

  /// Lines that were read together, and what becomes of their captures.
  private struct Batch: Sendable {
    let lines: [ReadLine]
    let work: Work
  }

  /// - Parameter file: what to read from.
  func run(_ file: Int32) async throws -> ExitCode { try await run(file) { _ in false }.code }

  /// - Parameter isRemarkable: looked for among the answers.
  /// - Returns: Whether one of the answers was.
  func run(
    _ file: Int32, lookingFor isRemarkable: (Answer) -> Bool
  ) async throws -> (code: ExitCode, found: Bool) {
    var reader = LineReader(InputBytes(file: file, interrupts: interrupts))
    var progress = Progress(label, total: sizeOfFile(file), output: output)
    var count = 0
    var refused = false
    var found = false
    try await inTandem(
      interrupts, next: { wait in try reader.next(wait: wait).map(batch) },
      work: { batch in await batch.work() },
      take: { batch, results in
        for case .success(let answer) in results where isRemarkable(answer) { found = true }
        refused = try print(results, of: batch.lines) || refused
        count += batch.lines.count
        progress.show(count: count, of: reader.bytesRead)
      })
    progress.end()
    if let code = interrupts.exitCode {
      try output.note("interrupted after \(count) lines; all that were accepted are done")
      return (code, found)
    }
    return (refused ? .refusedInput : .done, found)
  }

  /// Makes a batch ready to be captured in one go.
  private func batch(_ lines: [LineReader.Line]) -> Batch {
    let read = lines.map(ReadLine.init)
    let captures = read.compactMap { line in
      if case .success(let capture) = line.capture { capture } else { nil }
    }
    return Batch(lines: read, work: prepare(captures))
  }

  /// Prints what became of the lines of a batch.
  ///
  /// - Returns: Whether one of them was refused.
  private func print(_ results: [Result<Answer, ResolverError>], of lines: [ReadLine]) throws -> Bool {
    var results = results[...]
    var json = JSONWriter(reserving: lines.count * 512)
    var refused = false
    var broken: ResolverError?
    for line in lines {
      let result: Result<Answer, ResolverError> =
        switch line.capture {
        case .failure(let error): .failure(.refused(error))
        case .success: results.removeFirst()
        }
      switch result {
      case .success(let answer): answer.write(into: &json)
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
}

/// Asks each of the questions, several at a time, and gives the answers in their order.
func eachOf<Question: Sendable, Answer: Sendable>(
  _ questions: [Question], _ ask: @escaping @Sendable (Question) async throws(ResolverError) -> Answer
) async -> [Result<Answer, ResolverError>] {
  let atOnce = 64
  return await withTaskGroup(of: (Int, Result<Answer, ResolverError>).self) { group in
    var answers: [Int: Result<Answer, ResolverError>] = [:]
    for (index, question) in questions.enumerated() {
      if index >= atOnce, let (place, answer) = await group.next() { answers[place] = answer }
      group.addTask {
        do throws(ResolverError) { return (index, .success(try await ask(question))) } catch {
          return (index, .failure(error))
        }
      }
    }
    for await (place, answer) in group { answers[place] = answer }
    return questions.indices.compactMap { answers[$0] }
  }
}
