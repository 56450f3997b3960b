public import KeyfoldCore

extension IdentityResolver {
  /// Everything that is held about one customer, as it may be handed to them (an access request).
  ///
  /// Looks through the whole journal. A key leads to the customer who owns it: one that is merely claimed
  /// identifies nobody, and must not open anybody's data.
  ///
  /// - Parameters:
  ///   - subject: a TID, a key, or a capture.
  ///   - includingUnverified: whether values are shown that nobody vouched for as this customer's.
  ///   - onProgress: hears the last entry that was looked at and the last one there is, from time to time.
  /// - Throws: `ResolverError.notFound` for what leads to nobody, `.refused` for an attribute the space does
  ///   not have, or a value that can be no key.
  public func accessReport(
    on subject: ExplanationSubject, includingUnverified: Bool = false,
    onProgress: JournalProgress = { _, _ in }
  ) async throws(ResolverError) -> AccessReport {
    let inquiry = try inquiry(subject)
    if case .key(let key) = inquiry {
      let claims = try await read { view throws(StoreError) in try view.claims(on: key) }
      guard claims.first?.verified ?? false else { throw .unowned(key, claims: claims.count) }
    }
    let ground = try await read { view throws(StoreError) in
      try ExplanationGround([inquiry], former: [:], on: view)
    }
    // A claimed key leads to several, but the owner comes first.
    guard let profile = ground.profiles.first else { throw try await absence(after: inquiry) }
    let now = clock.now()
    var reporting = AccessReporting(on: profile, in: space, includingUnverified: includingUnverified)
    let own = Set(profile.tids.map(\.tid))
    try await search(for: Concern(tids: own), upTo: ground.sequence, onProgress: onProgress) {
      reporting.read($0)
    }
    return reporting.report(
      pending: ground.pending.filter { own.contains($0.tid) },
      separations: ground.separations.filter { own.contains($0.first) || own.contains($0.second) },
      sequence: ground.sequence, at: now)
  }
}

extension ResolverError {
  fileprivate static func unowned(_ key: Key, claims: Int) -> ResolverError {
    let claimants = claims == 1 ? "one customer claims" : "\(claims) customers claim"
    return .notFound(
      claims == 0
        ? "nobody has \(visible(key.description))"
        : "\(claimants) \(visible(key.description)), but nobody vouched for it; name the TID of the right one"
    )
  }
}
