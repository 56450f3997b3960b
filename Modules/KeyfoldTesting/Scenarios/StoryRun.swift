import Keyfold
import KeyfoldCore
import KeyfoldValidation

/// A story on its way: a resolver of its own, and the names the story gave.
final class StoryRun {
  let resolver: IdentityResolver
  let store: any IdentityStore
  let clock = ManualClock(StoryRun.start)
  let validators = ScriptedValidators()
  private(set) var names = TIDNames()
  private var handoffs: [String: String] = [:]

  /// When every story begins.
  private static let start = Timestamp(microseconds: 1_795_510_800_000_000)
  init(_ story: Story, store: any IdentityStore) async throws {
    self.store = store
    let space = try SpaceFile.read(text: Array(story.space.utf8), name: story.title).space
    var registry = ValidatorRegistry()
    registry.add(
      ValidatorKind("scripted", cachesVerdicts: false) { [validators] in
        try validators.make($0.settings.settings)
      })
    var options = IdentityResolver.Options()
    options.clock = clock
    options.tids = SeededTIDs(seed: 1)
    options.use(validators.deadline)
    // A story says itself when keys are asked about again.
    options.retriesPendingKeys = false
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
    case .refusedOperation(let error): "refused: \(error.code.rawValue)"
    case .notFound: "not found"
    case .store, .configuration, .cancelled: "failed: \(error)"
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
    case .merge(let a, let b): return try await merge(a, b)
    case .unmerge(let name, let allowRemerge): return try await unmerge(name, allowRemerge: allowRemerge)
    case .separation(let a, let b, let removed): return try await separation(a, b, removed: removed)
    case .advance(let seconds):
      clock.advance(bySeconds: seconds)
      return []
    case .answer(let name, let answer, let value):
      try validators.named(name).answer(answer, to: value)
      return []
    case .explain(let subjects): return try await explain(subjects)
    case .retry: return try await retry()
    case .pending: return orNothing(try await pending().map(StoryRun.place))
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
      let problems = try view.problems()
      var checks = ProfileChecks(space: space)
      return (
        try view.stateDigest { checks.take($0) }, try view.rebuiltDigest(space: space),
        problems + checks.contradictions.lines + checks.excesses.lines
          + (try SameRules.differences(in: view, space, kinds: ["scripted"]))
      )
    }
    try await resolver.close()
    let differs = digest == rebuilt ? [] : ["the state rebuilt from the journal is another one"]
    return (digest, problems + differs)
  }
}

// MARK: Handoffs

extension StoryRun {
  func token(_ name: String) throws -> Secret {
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
  func pending() async throws -> [PendingKey] {
    try await resolver.read { view throws(StoreError) in try view.pendingKeys() }
  }

  private func retry() async throws -> [Fact] {
    let waiting = try await pending()
    let before = try await resolver.read { view throws(StoreError) in view.sequence }
    try await resolver.retryPendingKeys()
    let ends = try await ends(after: before)
    return orNothing(
      waiting.map { entry in "\(StoryRun.place(entry)): \(ends[entry.id]?.rawValue ?? "waits")" })
  }

  /// From the journal, because a key that is applied may end the wait of another.
  private func ends(after sequence: Int64) async throws -> [PendingKey.ID: PendingEnd] {
    try await resolver.read { view throws(StoreError) in
      var ends: [PendingKey.ID: PendingEnd] = [:]
      try view.forEachEntry(after: sequence) { entry throws(StoreError) in
        for case .pendingSettled(let id, let end) in entry.effects { ends[id] = end }
        return true
      }
      return ends
    }
  }

  private func orNothing(_ facts: [Fact]) -> [Fact] { facts.isEmpty ? ["nothing"] : facts }

  /// Keys that wait no longer because of what a capture did.
  static func settled(_ waiting: [PendingKey], _ effects: [Effect]) -> [Fact] {
    waiting.compactMap { entry in
      for case .pendingSettled(entry.id, let end) in effects { return "\(place(entry)): \(end.rawValue)" }
      return nil
    }
  }

  private static func place(_ entry: PendingKey) -> Fact {
    "\(entry.key.attribute)=\(written(entry.key.value)) of \(entry.tid)"
  }
}
