public import KeyfoldCore

/// Something that can be explained.
public enum ExplanationSubject: Sendable, Hashable {
  /// A TID.
  case tid(TID)
  /// A key, as a touchpoint would send it.
  case key(attribute: String, value: String)
  /// A capture, by its idempotency id.
  case capture(id: String)
}

extension IdentityResolver {
  /// The story of the customer that a TID, key or capture leads to: how each TID and key came to it.
  ///
  /// Looks through the whole journal. The answer names every customer that is involved: it is for operators.
  ///
  /// - Throws: `ResolverError.notFound` for what the store does not know, `.refused` for an attribute the
  ///   space does not have, or a value that can be no key.
  public func explain(
    _ subject: ExplanationSubject, onProgress: JournalProgress = { _, _ in }
  ) async throws(ResolverError) -> Explanation {
    try await explanation(of: [subject], onProgress)
  }

  /// What made two TIDs, keys or captures one customer, or what keeps them two.
  ///
  /// - Throws: As for one.
  public func explain(
    _ a: ExplanationSubject, _ b: ExplanationSubject, onProgress: JournalProgress = { _, _ in }
  ) async throws(ResolverError) -> Explanation {
    try await explanation(of: [a, b], onProgress)
  }

  private func explanation(
    of subjects: [ExplanationSubject], _ onProgress: JournalProgress
  ) async throws(ResolverError) -> Explanation {
    var inquiries: [Inquiry] = []
    for subject in subjects { inquiries.append(try inquiry(subject)) }
    let ground = try await ground(of: inquiries, onProgress)
    var chronicle = Chronicle(space: space, tids: ground.tids, keys: ground.keys)
    try await search(
      for: Concern(tids: ground.tids, keys: ground.keys), upTo: ground.sequence, onProgress: onProgress
    ) { chronicle.read($0) }
    let telling = Telling(
      chronicle, profiles: ground.profiles, pending: ground.pending, separations: ground.separations)
    return telling.explanation(of: ground.found, sequence: ground.sequence)
  }

  func inquiry(_ subject: ExplanationSubject) throws(ResolverError) -> Inquiry {
    switch subject {
    case .tid(let tid): return .tid(tid)
    case .key(let attribute, let value): return .key(try key(attribute: attribute, value: value))
    case .capture(let id): return .capture(id: id, digest: digests.digest(Array(id.utf8)))
    }
  }

  /// Finds out who the subjects lead to, as everything is at one instant.
  private func ground(
    of inquiries: [Inquiry], _ onProgress: JournalProgress
  ) async throws(ResolverError) -> ExplanationGround {
    var former: [Key: TID] = [:]
    for case .key(let key) in inquiries {
      // What nobody holds any more only the journal can tell of.
      guard try await read({ view throws(StoreError) in try view.claims(on: key) }).isEmpty else { continue }
      guard let tid = try await lastOrigin(of: key, onProgress) else {
        throw try await absence(after: .key(key))
      }
      former[key] = tid
    }
    let ground = try await read { [former] view throws(StoreError) in
      try ExplanationGround(inquiries, former: former, on: view)
    }
    if let missing = ground.missing { throw try await absence(after: missing) }
    return ground
  }

  /// The TID a key was last recorded on, or, if it never was, last shown on; nil where it was never captured.
  private func lastOrigin(
    of key: Key, _ onProgress: JournalProgress
  ) async throws(ResolverError) -> TID? {
    let last = try await read { view throws(StoreError) in view.sequence }
    var chronicle = Chronicle(space: space, tids: [], keys: [key])
    try await search(for: Concern(keys: [key]), upTo: last, onProgress: onProgress) { chronicle.read($0) }
    return chronicle.lastOrigin(of: key)
  }
}

extension IdentityResolver {
  /// Why a subject leads to nobody: it never did, or was erased.
  package func absence(of subject: ExplanationSubject) async throws(ResolverError) -> ResolverError {
    try await absence(after: try inquiry(subject))
  }

  /// Says that something leads to nobody, or not any more.
  func absence(after inquiry: Inquiry) async throws(ResolverError) -> ResolverError {
    var footprint = Footprint()
    if case .tid(let tid) = inquiry { footprint.tids = [tid] }
    if case .capture(_, let digest) = inquiry { footprint.captureID = digest }
    let snapshot = try await read { [footprint] view throws(StoreError) in try view.snapshot(footprint) }
    switch inquiry {
    case .tid(let tid):
      return .notFound(
        snapshot.tids == [.erased] ? "\(tid) was erased" : "no TID \(tid) is known to this store")
    case .key(let key): return .notFound("nobody has or had \(visible(key.description))")
    case .capture(let id, _):
      return .notFound(
        snapshot.memory == .erased
          ? "the customer of the capture '\(visible(id))' was erased"
          : "no capture with the id '\(visible(id))' is known to this store")
    }
  }
}
