package import KeyfoldCore

/// Asks the validators about the keys of one capture: those of one key in order, the keys at the same time,
/// all of them within one deadline. What is not answered by then is indeterminate.
package struct Verification: Sendable {
  private let validators: [[PreparedValidator]?]
  private let deadline: Duration
  private let wait: @Sendable (Duration) async -> Void

  /// How long the verdicts of one capture may take (semantics, section 4).
  package static let deadlineMax = Duration.seconds(3)

  /// - Parameters:
  ///   - validators: for each attribute of the space; nil for one that trusts its source.
  ///   - wait: returns when the deadline is over, or its task is cancelled.
  package init(
    validators: [[PreparedValidator]?], deadline: Duration, wait: @escaping @Sendable (Duration) async -> Void
  ) {
    self.validators = validators
    self.deadline = deadline
    self.wait = wait
  }

  /// What is known of the validators of each attribute without asking them.
  package var traits: [ValidatorTraits?] {
    validators.map { list in
      list.map { ValidatorTraits(provesPossession: $0.contains { $0.assurance == .possession }) }
    }
  }

  /// Verdicts on these keys, one for each.
  ///
  /// - Parameter onCheck: hears of every check as it ends.
  /// - Throws: `ValidatorError` where a validator lacks something that its settings ask of the environment.
  package func verdicts(
    on keys: [Key], proofs: [ExactText: Proof], context: ValidationContext,
    onCheck: (@Sendable (Key, Evidence) -> Void)? = nil
  ) async throws(ValidatorError) -> [Verdict] {
    var ready: [[any KeyValidator]] = []
    for key in keys { ready.append(try validators(of: key)) }
    // What is late is indeterminate; and a question that came with a proof, which is not kept, cannot be asked again.
    var verdicts = keys.map { key in
      Verdict(
        finding: .indeterminate, assurance: .existence, evidence: [],
        retryable: proofs[ExactText(key.attribute)] == nil)
    }
    let (answers, box) = AsyncStream.makeStream(of: Answer.self)
    // Not a task group, which would wait for a validator that does not heed its cancellation.
    var tasks = zip(keys, ready).enumerated().map { index, asked in
      let (key, validators) = asked
      let proof = proofs[ExactText(key.attribute)]
      var context = context
      if let onCheck { context.onCheck = { onCheck(key, $0) } }
      return Task { [context] in
        let verdict = await verdict(of: validators, on: key, proof: proof, context: context)
        _ = box.yield(.verdict(index, verdict))
      }
    }
    tasks.append(
      Task { [wait, deadline] in
        await wait(deadline)
        box.yield(.late)
      })
    await withTaskCancellationHandler {
      var open = keys.count
      var iterator = answers.makeAsyncIterator()
      while open > 0, case .verdict(let index, let verdict)? = await iterator.next() {
        verdicts[index] = verdict
        open -= 1
      }
    } onCancel: {
      box.yield(.late)
    }
    for task in tasks { task.cancel() }
    return verdicts
  }

  private enum Answer: Sendable {
    case verdict(Int, Verdict)
    case late
  }

  private func validators(of key: Key) throws(ValidatorError) -> [any KeyValidator] {
    var ready: [any KeyValidator] = []
    for validator in validators[key.strength] ?? [] {
      switch validator {
      case .ready(let validator): ready.append(validator)
      case .lacking(let error, _): throw error
      }
    }
    return ready
  }

  private func verdict(
    of validators: [any KeyValidator], on key: Key, proof: Proof?, context: ValidationContext
  ) async -> Verdict {
    var verdict = await AllOf(validators).validate(key, proof: proof, context: context)
    // Proofs are never stored, so that a question that came with one cannot be asked again.
    verdict.retryable = verdict.retryable && proof == nil
    return verdict
  }
}
