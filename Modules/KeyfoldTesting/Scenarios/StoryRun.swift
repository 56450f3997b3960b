import Keyfold
import KeyfoldCore
import KeyfoldValidation

/// A story on its way: a resolver of its own, and the names the story gave.
final class StoryRun {
  let resolver: IdentityResolver
  let store: any IdentityStore
  let clock = ManualClock(StoryRun.start)
  let validators = ScriptedValidators()
  private var names = TIDNames()
  private var handoffs: [String: String] = [:]

  /// When every story begins.
  private static let start = Timestamp(microseconds: 1_795_510_800_000_000)
  /// How long a story waits for a validator that it told to say nothing.
  private static let shortDeadline = Duration.milliseconds(300)

  init(_ story: Story, store: any IdentityStore) async throws {
    self.store = store
    let space = try SpaceFile.read(text: Array(story.space.utf8), name: story.title).space
    var registry = ValidatorRegistry()
    try registry.register(kind: "scripted") { [validators] in try validators.make($0) }
    var options = IdentityResolver.Options()
    options.clock = clock
    options.tids = SeededTIDs(seed: 1)
    let isSilent = story.steps.contains {
      if case .answer(_, .silence, _) = $0.action { true } else { false }
    }
    if isSilent { options.verificationDeadline = StoryRun.shortDeadline }
    resolver = try await IdentityResolver(
      space: space, store: store, validators: registry, options: options)
  }

  /// What comes of an action, in the notation of the file.
  func lines(of action: Action, expected: [String]) async -> [String] {
    let facts: [Fact]
    do {
      facts = try await self.facts(of: action)
    } catch let error as ResolverError {
      facts = [StoryRun.fact(error)]
    } catch {
      facts = ["cannot be done: \(String(describing: error))"]
    }
    names.adopt(from: expected, for: facts)
    return facts.map { names.text($0, hint: hint(action)) }
  }

  private static func fact(_ error: ResolverError) -> Fact {
    switch error {
    case .refused(let error): "refused: \(error.code.rawValue)\(error.field.map { " (\($0))" } ?? "")"
    case .notFound: "not found"
    case .store, .configuration: "failed: \(error)"
    }
  }

  /// What to call a TID the file has no name for.
  private func hint(_ action: Action) -> String {
    guard case .capture(let line) = action else { return "t" }
    return String(line.touchpoint.filter { $0.isLetter })
  }

  private func facts(of action: Action) async throws -> [Fact] {
    switch action {
    case .capture(let line): return try await capture(line)
    case .profile(let name): return try await profile(name)?.lines ?? ["nobody"]
    case .activity(let name): return try await profile(name)?.activity ?? ["nobody"]
    case .owner(let attribute, let value): return try await owner(attribute, value)
    case .claimants(let attribute, let value): return try await claimants(attribute, value)
    case .handoff(let line): return try issue(line)
    case .revoke(let name): return try await revoke(name)
    case .separation(let a, let b, let removed): return try await separation(a, b, removed: removed)
    case .advance(let seconds):
      clock.advance(bySeconds: seconds)
      return []
    case .answer(let name, let answer, let value):
      try validators.named(name).answer(answer, to: value)
      return []
    case .retry: return try await retry()
    case .pending: return try await pending().map(StoryRun.place)
    }
  }

  func tid(_ name: String) throws -> TID {
    guard let tid = names[name] else { throw NotationError(message: "no TID is called '\(name)'") }
    return tid
  }

  /// Ends the story: the digest of its state, and what is wrong with the store.
  func finish() async throws -> (digest: String, problems: [String]) {
    let space = resolver.space
    let (digest, rebuilt, problems) = try await resolver.read { view throws(StoreError) in
      (try view.stateDigest(), try view.rebuiltDigest(space: space), try view.problems())
    }
    try await resolver.close()
    let differs = digest == rebuilt ? [] : ["the state rebuilt from the journal is another one"]
    return (digest, problems + differs)
  }
}

// MARK: Captures

extension StoryRun {
  private func capture(_ line: CaptureLine) async throws -> [Fact] {
    var capture = Capture(id: line.id, touchpoint: line.touchpoint)
    capture.tid = try line.tid.map(tid)
    capture.handoff = try line.handoff.map(token)
    capture.at = line.offsetSeconds.map { clock.now().advanced(bySeconds: $0) }
    for (name, value) in line.keys { capture.keys.append(attribute: name, value: value) }
    for (name, value) in line.proofs { capture.proofs[ExactText(name)] = Proof(value) }
    for (name, value) in line.data { capture.data[ExactText(name)] = value }
    validators.forget()
    let outcome = try await resolver.capture(capture)
    let entry = try await entry(outcome.sequence)
    var obstacles: [Obstacle] = []
    if case .capture(let record) = entry?.event { obstacles = record.obstacles }
    let facts = OutcomeFacts(
      outcome: outcome, presented: capture.tid, obstacles: obstacles,
      effects: outcome.replayed ? [] : entry?.effects ?? [], unanswered: unanswered(outcome))
    return facts.lines + (outcome.id == capture.id ? [] : ["with the id of another capture"])
  }

  private func entry(_ sequence: Int64?) async throws -> JournalEntry? {
    guard let sequence else { return nil }
    return try await resolver.read { view throws(StoreError) in try view.entry(sequence) }
  }

  /// Keys for which a validator was asked that left no evidence.
  private func unanswered(_ outcome: Outcome) -> Set<Key> {
    validators.asked.filter { key in
      outcome.keys.contains {
        $0.attribute == key.attribute && $0.value == key.value && $0.evidence.isEmpty
      }
    }
  }

  private func token(_ name: String) throws -> Secret {
    if name == "forged" { return Secret("Zm9yZ2Vk") }
    guard let token = handoffs[name] else {
      throw NotationError(message: "no handoff is called '\(name)'")
    }
    return Secret(token)
  }

  private func issue(_ line: HandoffLine) throws -> [Fact] {
    var space = resolver.space
    if line.signedWith != nil || line.space != nil {
      var rules = space.rules
      if let key = line.signedWith { rules.handoff?.keys = [key] }
      space = try Space(name: line.space ?? space.name, attributes: space.attributes, rules: rules)
    }
    let issuer = Handoffs(space: space, clock: clock)
    handoffs[line.name] = try issuer.issue(
      try tid(line.tid), for: line.touchpoint, ttlSeconds: line.ttlSeconds
    ).token
    return []
  }
}

// MARK: Looking

extension StoryRun {
  private func profile(_ name: String) async throws -> ProfileFacts? {
    try await resolver.lookup(try tid(name)).map { ProfileFacts(profile: $0, now: clock.now()) }
  }

  private func owner(_ attribute: String, _ value: String) async throws -> [Fact] {
    let owners = try await resolver.lookup(attribute: attribute, value: value)
    return owners.isEmpty ? ["nobody"] : owners.map { "\($0.primary.tid)" }
  }

  private func claimants(_ attribute: String, _ value: String) async throws -> [Fact] {
    let owner = try await resolver.lookup(attribute: attribute, value: value).first
    let all = try await resolver.lookup(attribute: attribute, value: value, includingUnverified: true)
    if all.isEmpty { return ["nobody"] }
    return all.map { profile in
      let verified = profile.primary.tid == owner?.primary.tid
      return "\(profile.primary.tid) \(verified ? "verified" : "unverified")"
    }
  }
}

// MARK: Waiting keys

extension StoryRun {
  private func pending() async throws -> [PendingKey] {
    try await resolver.read { view throws(StoreError) in try view.pendingKeys() }
  }

  private func retry() async throws -> [Fact] {
    let waiting = try await pending()
    let ends = try await resolver.retryPendingKeys()
    return waiting.map { entry in "\(StoryRun.place(entry)): \(ends[entry.id]?.rawValue ?? "waits")" }
  }

  private static func place(_ entry: PendingKey) -> Fact {
    "\(entry.key.attribute)=\(written(entry.key.value)) of \(entry.tid)"
  }
}
