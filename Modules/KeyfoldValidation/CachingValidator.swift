import KeyfoldCore
import Synchronization

/// Asks a validator once for identical questions: gives a recent verdict again, and lets those who ask while the
/// answer is on its way wait for it.
///
/// Questions are identical where space, attribute, value and proof are the same.
final class CachingValidator: KeyValidator {
  var assurance: Assurance { base.assurance }

  private let base: any KeyValidator
  private let settings: CacheSettings
  private let digests = KeyedDigests(key: Secret(bytes: randomBytes(32)))
  private let state: Mutex<State>

  private struct State {
    var cache: VerdictCache
    var flights: [Digest: Flight] = [:]
    var launched = 0
  }

  /// A question that was asked and is not answered yet.
  private struct Flight {
    let number: Int
    let answer: Task<Verdict, Never>
    var waiting: Int
  }

  init(_ base: any KeyValidator, settings: CacheSettings) {
    self.base = base
    self.settings = settings
    state = Mutex(State(cache: VerdictCache(entries: settings.entries)))
  }

  func validate(_ key: Key, proof: Proof?, context: ValidationContext) async -> Verdict {
    let question = question(key, proof, context)
    let flight: Flight
    let isOurs: Bool
    switch join(question, key, proof, context) {
    case .known(let verdict): return again(verdict, context)
    case .flight(let joined, let ours): (flight, isOurs) = (joined, ours)
    }
    let verdict = await withTaskCancellationHandler {
      await flight.answer.value
    } onCancel: {
      leave(question, flight.number)
    }
    if !isOurs {
      // What was good for one time was good for whoever asked first.
      if verdict.reuse == .never { return await base.validate(key, proof: proof, context: context) }
      for evidence in verdict.evidence { context.onCheck?(evidence) }
    }
    return verdict
  }

  private func question(_ key: Key, _ proof: Proof?, _ context: ValidationContext) -> Digest {
    var bytes: [UInt8] = []
    func add(_ part: some Collection<UInt8>) {
      withUnsafeBytes(of: UInt32(truncatingIfNeeded: part.count).bigEndian) { bytes.append(contentsOf: $0) }
      bytes.append(contentsOf: part)
    }
    add(context.space.utf8)
    add(key.attribute.utf8)
    add(key.value.utf8)
    proof?.withExposedBytes { add($0) }
    return digests.digest(bytes)
  }

  /// What is known of a question.
  private enum Answer {
    case known(Verdict)
    case flight(Flight, isOurs: Bool)
  }

  /// Finds the verdict, takes part in the question that is on its way, or asks it: in one step, so that nobody
  /// asks between the end of a call and what it leaves in the cache.
  private func join(
    _ question: Digest, _ key: Key, _ proof: Proof?, _ context: ValidationContext
  ) -> Answer {
    state.withLock { state in
      if let known = state.cache.verdict(for: question, now: context.now) { return .known(known) }
      if let flight = state.flights[question] {
        state.flights[question]?.waiting += 1
        return .flight(flight, isOurs: false)
      }
      state.launched += 1
      let number = state.launched
      let answer = Task {
        let verdict = await base.validate(key, proof: proof, context: context)
        land(question, number, verdict, now: context.now)
        return verdict
      }
      let flight = Flight(number: number, answer: answer, waiting: 1)
      state.flights[question] = flight
      return .flight(flight, isOurs: true)
    }
  }

  private func land(_ question: Digest, _ number: Int, _ verdict: Verdict, now: Timestamp) {
    state.withLock { state in
      if state.flights[question]?.number == number { state.flights[question] = nil }
      // A call that was given up says nothing, but an answer that came in spite of it is one.
      guard let expires = settings.expiry(of: verdict, now: now), now < expires else { return }
      state.cache.keep(verdict, for: question, until: expires)
    }
  }

  /// Whoever leaves last ends the call.
  private func leave(_ question: Digest, _ number: Int) {
    let last = state.withLock { state -> Task<Verdict, Never>? in
      guard var flight = state.flights[question], flight.number == number else { return nil }
      flight.waiting -= 1
      // Nobody may join a call that is being ended.
      state.flights[question] = flight.waiting > 0 ? flight : nil
      return flight.waiting > 0 ? nil : flight.answer
    }
    last?.cancel()
  }

  /// The verdict with its evidence marked as given again.
  private func again(_ known: Verdict, _ context: ValidationContext) -> Verdict {
    var verdict = known
    for index in verdict.evidence.indices {
      verdict.evidence[index].cached = true
      verdict.evidence[index].latencyMs = 0
      context.onCheck?(verdict.evidence[index])
    }
    return verdict
  }
}
