import KeyfoldCore

/// Runs a history through screening, plan and decide on a plain state: no store, no resolver, no async.
struct PureDriver {
  let space: Space
  private let traits: [ValidatorTraits?]
  private(set) var state: IdentityState
  /// Every entry so far.
  private(set) var journal: [JournalEntry] = []
  /// For each capture's entry, what its keys counted as.
  private(set) var standings: [Int64: [Key: Standing.Kind]] = [:]
  private var answers: [String: (capture: NaiveCapture, outcome: NaiveOutcome)] = [:]

  init(_ space: NaiveSpace) {
    self.space = Space(space)
    traits = space.attributes.map { $0.trustSource ? nil : ValidatorTraits(provesPossession: $0.possession) }
    state = IdentityState(space: self.space)
  }

  mutating func apply(_ step: NaiveStep) -> NaiveOutcome? {
    switch step {
    case .capture(let capture): return self.capture(capture)
    case .revoke(let tid): return operate(Revocation(TID(tid)!, reason: "test"))
    case .separate(let a, let b): return operate(Separation(TID(a)!, TID(b)!, reason: "test"))
    case .removeSeparation(let a, let b): return operate(SeparationRemoval(TID(a)!, TID(b)!, reason: "test"))
    case .merge(let a, let b): return operate(Merge(TID(a)!, TID(b)!, reason: "test"))
    case .unmerge(let tid, let allowRemerge):
      return operate(Unmerge(TID(tid)!, allowRemerge: allowRemerge, reason: "test"))
    }
  }

  /// Carries an operation out; nil, or why it was refused.
  mutating func operate(_ operation: some ProfileOperation) -> NaiveOutcome? {
    let snapshot = state.snapshot(operation.footprint)
    do throws(OperationError) {
      let effects = try operation.effects(on: snapshot, in: space)
      if effects.isEmpty { return nil }
      let announced = snapshot.profiles(after: effects, in: space)
      commit(.operation(operation.record), effects)
      for profile in announced {
        let stored = state.profile(of: profile.primary.tid)
        precondition(
          stored?.tids == profile.tids && stored?.claims == profile.claims, "not what was announced")
      }
      return nil
    } catch {
      return NaiveOutcome(refused: error.code.rawValue)
    }
  }

  private mutating func commit(_ event: JournalEntry.Event, _ effects: [Effect]) {
    let entry = JournalEntry(
      sequence: state.sequence + 1, at: Timestamp(microseconds: 0), event: event, effects: effects)
    // Through its text and back, so that what the journal keeps is what counts.
    do {
      let copy = try JournalEntry(decoding: entry.encoded, space: space)
      precondition(copy == entry, "an entry is not what was written")
      state.apply(copy)
      journal.append(copy)
    } catch {
      preconditionFailure("an entry cannot be read: \(error)")
    }
  }

  private mutating func capture(_ capture: NaiveCapture) -> NaiveOutcome {
    if let id = capture.id, let known = answers[id] {
      var again = capture
      again.freshTid = known.capture.freshTid
      var outcome = known.outcome
      outcome.replayed = true
      return again == known.capture ? outcome : NaiveOutcome(refused: "idReused")
    }
    let screened: ScreenedKeys
    do { screened = try space.screen(Capture(capture).keys) } catch {
      return NaiveOutcome(refused: error.code.rawValue)
    }
    var question = Question(
      touchpoint: capture.touchpoint, tid: capture.tid.map { TID($0)! },
      at: Timestamp(microseconds: Int64(capture.at)),
      keys: screened, fresh: TID(capture.freshTid)!, now: Timestamp(microseconds: Int64(capture.at)))
    question.data = capture.data.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    if let tid = capture.handoffTid {
      // Every token is another one; its fresh TID serves as its number.
      question.handoff = .presented(
        TID(tid)!, number: Digest(bytes: question.fresh.bytes)!, expires: question.at)
    }
    let snapshot = state.snapshot(question.footprint)
    let verdicts = screened.accepted.map { verdict(on: $0.key, capture) }
    guard
      case .ready(let settled) = plan(
        question, verdicts: verdicts, traits: traits, on: snapshot, in: space, giveUp: false)
    else { preconditionFailure("every verdict is there") }
    let decision = decide(question, standings: settled, on: snapshot, in: space)
    let record = CaptureRecord(
      identity: nil, touchpoint: question.touchpoint, tid: question.tid,
      handoffTid: capture.handoffTid.flatMap { TID($0) }, keys: Capture(capture).keys,
      at: question.at, outcome: decision.outcome, obstacles: decision.obstacles)
    // Waiting keys are not part of the model.
    let effects = decision.effects.filter { if case .pendingQueued = $0 { false } else { true } }
    standings[snapshot.sequence] = Dictionary(
      uniqueKeysWithValues: zip(screened.accepted.map(\.key), settled.map(\.kind)))
    commit(.capture(record), effects)
    let outcome = NaiveOutcome(decision.outcome)
    if let id = capture.id { answers[id] = (capture, outcome) }
    return outcome
  }

  private func verdict(on key: Key, _ capture: NaiveCapture) -> Verdict {
    let naive = capture.keys.first { $0.attribute == key.attribute && $0.value == key.value }!
    let assurance: Assurance = traits[key.strength]?.provesPossession ?? false ? .possession : .existence
    let finding = Finding(naive.verdict)
    let evidence = Evidence(
      validator: "scripted", version: "1", check: "script", finding: finding, assurance: assurance,
      code: "scripted", latencyMs: 0, at: Timestamp(microseconds: Int64(capture.at)))
    return Verdict(finding: finding, assurance: assurance, evidence: [evidence])
  }
}

extension Finding {
  init(_ verdict: NaiveVerdict) {
    switch verdict {
    case .valid: self = .valid
    case .invalid: self = .invalid
    case .indeterminate: self = .indeterminate
    }
  }
}

extension Space {
  init(_ naive: NaiveSpace) {
    let attributes = naive.attributes.map { naive in
      var attribute = KeyAttribute(name: naive.name)
      attribute.limit = naive.limit
      attribute.trustsSource = naive.trustSource
      attribute.validators = naive.trustSource ? [] : [ValidatorReference(use: "scripted")]
      attribute.linksFrom = naive.linksFrom.map { TouchpointSet($0) }
      attribute.whenUnverified = naive.whenUnverifiedDrop ? .drop : .claim
      attribute.onConflict = naive.onConflictKeep ? .keep : .replace
      attribute.whenTaken = naive.whenTakenTransfer ? .transfer : .keep
      return attribute
    }
    var rules = Rules()
    rules.maxTidsPerProfile = naive.maxTidsPerProfile
    rules.maxKeysPerProfile = naive.maxKeysPerProfile
    rules.maxUnverifiedPerProfile = naive.maxUnverifiedPerProfile
    rules.sharedTouchpoints = TouchpointSet(naive.sharedTouchpoints)
    rules.rotateTids = naive.rotateTids
    rules.handoff = Handoff(keys: ["property tests"])
    rules.handoff?.joinKnown = naive.joinKnown
    do { try self.init(name: "property", attributes: attributes, rules: rules) } catch {
      preconditionFailure("\(error)")
    }
  }
}

extension Capture {
  init(_ naive: NaiveCapture) {
    self.init(
      id: naive.id, touchpoint: naive.touchpoint, tid: naive.tid.map { TID($0)! },
      at: Timestamp(microseconds: Int64(naive.at)))
    for key in naive.keys { keys.append(attribute: key.attribute, value: key.value) }
    for key in naive.keys where key.hasProof { proofs[ExactText(key.attribute)] = Proof("proof") }
    for (name, value) in naive.data { data[ExactText(name)] = value }
  }
}

extension NaiveOutcome {
  init(_ outcome: Outcome) {
    self.init(
      tid: outcome.tid.description, touchpointTid: outcome.touchpointTid.description,
      decision: outcome.decision.rawValue, created: outcome.created,
      merged: outcome.merged.map(\.description),
      switchedFrom: outcome.switchedFrom?.description, unknownTid: outcome.unknownTid,
      handoff: outcome.handoff?.rawValue,
      keys: outcome.keys.map {
        NaiveKeyResult(
          attribute: $0.attribute, value: $0.value, result: $0.result.rawValue, verified: $0.verified,
          reason: $0.reason?.rawValue)
      }, refused: nil, replayed: outcome.replayed)
  }
}
