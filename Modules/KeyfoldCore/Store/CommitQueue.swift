import Synchronization

/// Lets tasks that come at the same time share one commit.
///
/// The first task to come leads: it carries out what has gathered, and hands the lead on to a task that came
/// meanwhile. So a lone client pays for no switch of threads, and there is never more than one leader.
package final class CommitQueue: Sendable {
  /// Steps that one task waits for.
  private struct Job {
    /// Nil for work that shares nothing: it is carried out by its own task.
    let steps: [TransactionStep]?
    let waiter: CheckedContinuation<Turn, Never>
  }

  private enum Turn: Sendable {
    /// The steps were carried out, so many of them.
    case done(Result<Int, StoreError>)
    /// The task must lead the next group itself; its steps are not carried out yet.
    case lead
  }

  private struct State {
    var waiting: [Job] = []
    var isLed = false
  }

  private let state = Mutex(State())
  private let groupStepsMax: Int

  /// - Parameter groupStepsMax: steps that share a commit at most, so that a long stream cannot keep others
  ///   waiting for ever.
  package init(groupStepsMax: Int) { self.groupStepsMax = groupStepsMax }

  /// Waits for the lead or for another leader.
  ///
  /// - Parameter carryOut: carries out several tasks' steps in one commit; one result for each task.
  package func submit(
    _ steps: [TransactionStep], carryOut: ([[TransactionStep]]) -> [Result<Int, StoreError>]
  ) async throws(StoreError) -> Int {
    switch await turn(steps) {
    case .done(let result): return try result.get()
    case .lead: return try lead(own: steps, carryOut)
    }
  }

  /// Does something while nobody carries out steps.
  package func exclusively<Answer>(
    _ work: () throws(StoreError) -> Answer
  ) async throws(StoreError) -> Answer {
    _ = await turn(nil)
    defer { handOn() }
    return try work()
  }

  /// Waits for the lead, or until another leader has carried out the steps.
  private func turn(_ steps: [TransactionStep]?) async -> Turn {
    await withCheckedContinuation { waiter in
      let leads = state.withLock { state in
        if state.isLed {
          state.waiting.append(Job(steps: steps, waiter: waiter))
          return false
        }
        state.isLed = true
        return true
      }
      if leads { waiter.resume(returning: Turn.lead) }
    }
  }

  private func lead(
    own steps: [TransactionStep], _ carryOut: ([[TransactionStep]]) -> [Result<Int, StoreError>]
  ) throws(StoreError) -> Int {
    let others = state.withLock { state in
      var count = steps.count
      var taken: [(waiter: CheckedContinuation<Turn, Never>, steps: [TransactionStep])] = []
      for job in state.waiting {
        guard let steps = job.steps, count + steps.count <= groupStepsMax else { break }
        count += steps.count
        taken.append((job.waiter, steps))
      }
      state.waiting.removeFirst(taken.count)
      return taken
    }
    let results = carryOut([steps] + others.map(\.steps))
    let next = next()
    for (job, result) in zip(others, results.dropFirst()) { job.waiter.resume(returning: .done(result)) }
    next.map { $0.waiter.resume(returning: .lead) }
    return try results[0].get()
  }

  private func handOn() { next().map { $0.waiter.resume(returning: .lead) } }

  /// Whoever leads next; nil where nobody waits.
  private func next() -> Job? {
    state.withLock { state in
      guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
      state.isLed = false
      return nil
    }
  }
}
