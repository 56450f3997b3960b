package import KeyfoldCore
import KeyfoldValidation

/// Hears of every check of a key as it ends.
package typealias CheckListener = @Sendable (Key, Evidence) -> Void

extension CaptureJourney {
  /// A capture and its keys (indices) that need a verdict.
  typealias Missing = (capture: Int, keys: [Int])

  /// Captures that are looked at together, and committed together where that many are ready.
  private static let stretch = 256

  /// Asks for the verdicts that the state as it is now calls for, a bounded number of captures at a time, and
  /// commits meanwhile what is ready from the front.
  mutating func verifyAndCommit() async throws(ResolverError) {
    guard prepared.contains(where: needsValidators) else { return try await commit(before: prepared.count) }
    let failure = await withTaskGroup(of: Verified.self) { group -> ResolverError? in
      do throws(ResolverError) {
        var window = Window(count: prepared.count)
        while results.count < prepared.count {
          try await fill(&window, &group)
          let ready = window.ready
          if ready - results.count >= Self.stretch || window.open.isEmpty {
            try await commit(before: ready)
          } else if let verified = await group.next() {
            try take(verified)
            window.open.remove(verified.capture)
          }
        }
        return nil
      } catch {
        group.cancelAll()
        return error
      }
    }
    if let failure { throw failure }
  }

  /// Where the front of the captures stands: committed, ready, asked about, not looked at.
  private struct Window {
    let count: Int
    /// The first capture that was not looked at.
    var looked = 0
    /// Captures that need verdicts and were not asked about, in order.
    var waiting: [Missing] = []
    /// Captures that were asked about.
    var open: Set<Int> = []

    /// The first capture whose verdicts are not there.
    var ready: Int { min(open.min() ?? looked, waiting.first?.capture ?? looked) }
    var isFull: Bool { open.count >= IdentityResolver.verificationsMax }
  }

  /// The verdicts on keys of one capture.
  private struct Verified: Sendable {
    let capture: Int
    let keys: [Int]
    let verdicts: Result<[Verdict], ValidatorError>
  }

  /// Asks about as many captures as may be asked about at a time.
  private func fill(_ window: inout Window, _ group: inout TaskGroup<Verified>) async throws(ResolverError) {
    while !window.isFull {
      if window.waiting.isEmpty {
        guard window.looked < window.count else { return }
        let next = window.looked..<min(window.looked + Self.stretch, window.count)
        window.waiting = try await missingVerdicts(next)
        window.looked = next.upperBound
        if window.ready - results.count >= Self.stretch { return }
        continue
      }
      let missing = window.waiting.removeFirst()
      window.open.insert(missing.capture)
      let ask = question(missing)
      group.addTask { await ask() }
    }
  }

  /// The keys of these captures that need a verdict on the state as it is now.
  func missingVerdicts(_ captures: Range<Int>) async throws(ResolverError) -> [Missing] {
    let asking = captures.filter { needsValidators(prepared[$0]) }
    if asking.isEmpty { return [] }
    let steps = asking.map { step($0, giveUp: false) }
    return try await resolver.read { view throws(StoreError) in
      var missing: [Missing] = []
      for (index, step) in zip(asking, steps) {
        guard
          case .needsVerdicts(let keys) = step.answer(to: try view.snapshot(step.transactionStep.footprint))
        else { continue }
        missing.append((index, keys))
      }
      return missing
    }
  }

  private func needsValidators(_ capture: PreparedCapture) -> Bool {
    capture.refusal == nil
      && capture.question.keys.accepted.contains { resolver.traits[$0.key.strength] != nil }
  }

  /// Asks about keys of one capture.
  mutating func verify(_ capture: Int, _ keys: [Int]) async throws(ResolverError) {
    try take(await question((capture, keys))())
  }

  /// Holds nothing of the journey but the one capture, so that the others can change meanwhile.
  private func question(_ missing: Missing) -> @Sendable () async -> Verified {
    let capture = prepared[missing.capture]
    let keys = missing.keys.map { capture.question.keys.accepted[$0].key }
    let context = ValidationContext(
      space: resolver.space.name, touchpoint: capture.question.touchpoint, now: capture.question.now)
    return { [resolver, onCheck] in
      let verdicts: Result<[Verdict], ValidatorError>
      do throws(ValidatorError) {
        verdicts = .success(
          try await resolver.verdicts(
            on: keys, proofs: capture.proofs, context: context, onCheck: onCheck))
      } catch {
        verdicts = .failure(error)
      }
      return Verified(capture: missing.capture, keys: missing.keys, verdicts: verdicts)
    }
  }

  private mutating func take(_ verified: Verified) throws(ResolverError) {
    // Verdicts that nobody waited for say nothing; a capture must not be decided on them.
    if Task.isCancelled { throw .cancelled }
    switch verified.verdicts {
    case .success(let verdicts):
      for (key, verdict) in zip(verified.keys, verdicts) {
        prepared[verified.capture].verdicts[key] = verdict
      }
    case .failure(let error): throw .configuration(error.message)
    }
  }
}
