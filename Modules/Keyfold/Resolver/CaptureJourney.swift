package import KeyfoldCore

/// What a capture of a list came to.
package enum CaptureEnd: Sendable {
  case decided(Outcome)
  /// Captured before; the entry of this sequence has the outcome.
  case repeated(sequence: Int64)
}

/// The way of a list of captures: prepare, ask for verdicts outside any transaction, decide and commit
/// inside one.
package struct CaptureJourney: Sendable {
  let resolver: IdentityResolver
  private var count: Int
  var prepared: [PreparedCapture] = []
  var results: [Result<CaptureEnd, ResolverError>] = []
  /// Hears of every check as it ends.
  let onCheck: CheckListener?
  /// What kept a capture from being prepared.
  private var failure: ResolverError?

  /// Prepares the captures, which needs no store.
  ///
  /// - Parameter adoptingTids: whether TIDs the store does not know are taken up.
  init(
    resolver: IdentityResolver, captures: [Capture], adoptingTids: Bool = false,
    onCheck: CheckListener? = nil
  ) {
    self.resolver = resolver
    self.onCheck = onCheck
    count = captures.count
    prepared.reserveCapacity(count)
    do throws(ResolverError) {
      for capture in captures { prepared.append(try prepare(capture, adoptingTid: adoptingTids)) }
    } catch {
      failure = error
    }
  }

  /// One result for each capture.
  package func outcomes() async -> [Result<Outcome, ResolverError>] {
    let ends = await ends()
    let known = ends.compactMap { if case .success(.repeated(let sequence)) = $0 { sequence } else { nil } }
    var first: [Outcome]?
    var failure = ResolverError.cancelled
    do throws(ResolverError) { first = try await firstAnswers(known) } catch { failure = error }
    var next = 0
    return ends.map { end in
      switch end {
      case .success(.decided(let outcome)): return .success(outcome)
      case .success(.repeated):
        defer { next += 1 }
        return first.map { .success($0[next]) } ?? .failure(failure)
      case .failure(let error): return .failure(error)
      }
    }
  }

  /// One end for each capture; does not look for the first answers to those that came before.
  package func ends() async -> [Result<CaptureEnd, ResolverError>] {
    var journey = self
    return await journey.runTraced()
  }

  /// The same where many are likely to have been captured before: looks for them first, which is quick, and
  /// goes the long way with the others only.
  package func endsOfRest() async -> [Result<CaptureEnd, ResolverError>] {
    var rest = self
    let repeated: [Int64?]
    do throws(ResolverError) { repeated = try await repetitions() } catch {
      return Array(repeating: .failure(error), count: count)
    }
    rest.prepared = zip(prepared, repeated).compactMap { $1 == nil ? $0 : nil }
    rest.count = count - repeated.count { $0 != nil }
    var ends = await rest.runTraced()[...]
    return (0..<count).compactMap { place in
      let sequence = place < repeated.count ? repeated[place] : nil
      return sequence.map { .success(.repeated(sequence: $0)) } ?? ends.popFirst()
    }
  }

  /// For each capture that was prepared, the entry it was captured by before with the same content.
  private func repetitions() async throws(ResolverError) -> [Int64?] {
    let identities = prepared.map(\.identity)
    return try await resolver.read { view throws(StoreError) in
      var sequences: [Int64?] = []
      for identity in identities {
        var footprint = Footprint()
        footprint.captureID = identity?.id
        var found: Int64?
        if let identity, case .captured(identity.content, let sequence) = try view.snapshot(footprint).memory
        {
          found = sequence
        }
        sequences.append(found)
      }
      return sequences
    }
  }

  private mutating func runTraced() async -> [Result<CaptureEnd, ResolverError>] {
    let begun = ContinuousClock.now
    let ends = await resolver.traced(.capture(count)) { await run() }
    resolver.meter.count(ends, since: begun)
    if let log = resolver.log { tell(log, of: ends) }
    return ends
  }

  /// Says what broke; once, because whatever follows fails alike.
  private func tell(_ log: any ResolverLog, of ends: [Result<CaptureEnd, ResolverError>]) {
    for case .failure(let error) in ends {
      switch error {
      case .refused, .cancelled: continue
      case .store, .configuration, .refusedOperation, .notFound: return log.record(.captureFailed(error))
      }
    }
  }

  private mutating func run() async -> [Result<CaptureEnd, ResolverError>] {
    results.reserveCapacity(count)
    let places = resolver.admission.places(for: count)
    do throws(ResolverError) {
      try await resolver.admission.enter(places)
      defer { resolver.admission.leave(places) }
      try await verifyAndCommit()
      if let failure { throw failure }
    } catch {
      while results.count < count { results.append(.failure(error)) }
    }
    return results
  }

  // MARK: Preparing

  private func prepare(_ capture: Capture, adoptingTid: Bool) throws(ResolverError) -> PreparedCapture {
    let now = resolver.clock.now()
    let at = capture.at ?? now
    var keys = ScreenedKeys()
    var refusal: CaptureError?
    do throws(CaptureError) { keys = try resolver.screen(capture, now: now) } catch { refusal = error }
    var question = Question(
      touchpoint: capture.touchpoint, tid: capture.tid, at: at, keys: keys, fresh: resolver.tids.next(),
      now: now)
    question.id = capture.id
    question.adoptsTid = adoptingTid && capture.tid != nil
    question.data = capture.data.sorted { $0.key < $1.key }.map { ($0.key.string, $0.value) }
    if let token = capture.handoff {
      question.handoff = try resolver.handoffs.present(token, at: capture.touchpoint, now: now)
    }
    return PreparedCapture(
      question: question, identity: identity(of: capture), proofs: capture.proofs, refusal: refusal,
      keysAsSent: capture.keys, verdicts: Array(repeating: nil, count: keys.accepted.count))
  }

  private func identity(of capture: Capture) -> CaptureIdentity? {
    guard let id = capture.id, id.utf8.count <= Limits.idBytes else { return nil }
    return CaptureIdentity(
      id: resolver.digests.digest(Array(id.utf8)), content: capture.contentDigest(resolver.digests))
  }

  // MARK: Committing

  /// Commits the captures before `end` in order. Where fresh state asks for a verdict nobody asked for, it is
  /// asked for and the rest goes on from there.
  mutating func commit(before end: Int) async throws(ResolverError) {
    var rounds = 0
    while results.count < end {
      let start = results.count
      let steps = (start..<end).map {
        step($0, giveUp: $0 == start && rounds >= IdentityResolver.roundsMax)
      }
      let done = try await resolver.transact(steps.map(\.transactionStep))
      try append(steps[..<done])
      if done > 0 { rounds = 0 }
      guard done < steps.count else { continue }
      switch steps[done].answer {
      case .needsVerdicts(let keys):
        rounds += 1
        resolver.meter.countRetry()
        try await verify(start + done, keys)
      case .needsFreshTID: try redraw(start + done)
      case .decided, .known, .refused, nil:
        throw .store(StoreError(.damaged, "the store stopped before a capture that was decided"))
      }
    }
  }

  /// Draws another TID for a capture whose TID is there already.
  private mutating func redraw(_ index: Int) throws(ResolverError) {
    prepared[index].redraws += 1
    guard prepared[index].redraws <= IdentityResolver.redrawsMax else {
      throw .configuration("the source of TIDs gives the same ones again; it must never do so")
    }
    prepared[index].question.fresh = resolver.tids.next()
  }

  func step(_ index: Int, giveUp: Bool) -> CaptureStep {
    CaptureStep(prepared[index], space: resolver.space, traits: resolver.traits, giveUp: giveUp)
  }

  /// Appends what the steps came to.
  private mutating func append(_ steps: ArraySlice<CaptureStep>) throws(ResolverError) {
    for step in steps {
      switch step.answer {
      case .decided(let decision):
        results.append(.success(.decided(decision.outcome)))
        if let retries = resolver.retries, decision.effects.contains(where: \.queuesKey) { retries.ring() }
      case .refused(let error): results.append(.failure(.refused(error)))
      case .known(let sequence): results.append(.success(.repeated(sequence: sequence)))
      case .needsVerdicts, .needsFreshTID, nil:
        throw .store(StoreError(.damaged, "the store went past a capture that was not decided"))
      }
    }
  }

  /// The outcomes in these entries, marked as replayed.
  private func firstAnswers(_ sequences: [Int64]) async throws(ResolverError) -> [Outcome] {
    guard !sequences.isEmpty else { return [] }
    return try await resolver.read { view throws(StoreError) in
      var outcomes: [Outcome] = []
      for sequence in sequences {
        guard case .capture(let record) = try view.entry(sequence)?.event else {
          throw StoreError(.damaged, "journal entry \(sequence), the first answer to this id, is missing")
        }
        var outcome = record.outcome
        outcome.replayed = true
        outcomes.append(outcome)
      }
      return outcomes
    }
  }

  // MARK: Rehearsing

  /// Decides the one capture on what is stored, and stores nothing. The outcome has no sequence.
  package func rehearsal() async -> Result<Outcome, ResolverError> {
    var journey = self
    return await journey.rehearse()
  }

  private mutating func rehearse() async -> Result<Outcome, ResolverError> {
    do throws(ResolverError) {
      if let failure { throw failure }
      if let missing = try await missingVerdicts(0..<1).first { try await verify(0, missing.keys) }
      while true {
        let step = step(0, giveUp: true)
        let answer = try await resolver.read { view throws(StoreError) in
          step.answer(to: try view.snapshot(step.transactionStep.footprint))
        }
        switch answer {
        case .needsFreshTID: try redraw(0)
        case .decided(var decision):
          decision.outcome.sequence = nil
          return .success(decision.outcome)
        case .refused(let error): return .failure(.refused(error))
        case .known(let sequence):
          return .success(try await firstAnswers([sequence])[0])
        case .needsVerdicts: return .failure(.configuration("a verdict is missing after it was given up"))
        }
      }
    } catch {
      return .failure(error)
    }
  }
}

extension Effect {
  fileprivate var queuesKey: Bool { if case .pendingQueued = self { true } else { false } }
}
