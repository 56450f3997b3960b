/// Works on batches one after the other, until there are no more or a signal came; makes the next one ready
/// while one is worked on, which is a fifth of the work of a stream.
///
/// - Parameters:
///   - next: makes the next batch ready; nil at the end. Told not to wait, also nil where its lines are not
///     there: a client may send its next line only after the answer to this one.
///   - work: what takes its time.
///   - take: takes what came of a batch.
func inTandem<Batch: Sendable, Answers: Sendable>(
  _ interrupts: Interrupts, next: (_ wait: Bool) throws -> Batch?,
  work: @escaping @Sendable (Batch) async -> Answers, take: (Batch, Answers) throws -> Void
) async throws {
  var ready = try next(true)
  while !interrupts.arrived, let current = ready {
    async let answers = work(current)
    let ahead = Result { try next(false) }
    try take(current, await answers)
    ready = try ahead.get() ?? next(true)
  }
}
