public import KeyfoldCore

extension IdentityResolver {
  /// The profile a TID is in, whether the TID is secondary or revoked; nil where it is unknown.
  public func lookup(_ tid: TID) async throws(ResolverError) -> Profile? {
    try await read { view throws(StoreError) in try view.profile(of: tid) }
  }

  /// The profile that owns a key, or, if asked for, also those that merely claim it, oldest claim first.
  ///
  /// - Throws: `ResolverError.refused` for an attribute the space does not have, or a value that can be no
  ///   key.
  public func lookup(
    attribute: String, value: String, includingUnverified: Bool = false
  ) async throws(ResolverError) -> [Profile] {
    let key = try key(attribute: attribute, value: value)
    return try await read { view throws(StoreError) in
      var profiles: [Profile] = []
      for claim in try view.claims(on: key) where claim.verified || includingUnverified {
        guard let profile = try view.profile(of: claim.origin) else { continue }
        if !profiles.contains(where: { $0.primary.tid == profile.primary.tid }) { profiles.append(profile) }
      }
      return profiles
    }
  }

  /// A key as a touchpoint would send it, normalised.
  func key(attribute: String, value: String) throws(ResolverError) -> Key {
    var keys = CapturedKeys()
    keys.append(attribute: attribute, value: value)
    do throws(CaptureError) {
      let screened = try space.screen(keys)
      if let key = screened.accepted.first?.key ?? screened.rejected.first?.key { return key }
    } catch {
      throw .refused(error)
    }
    throw .refused(
      CaptureError(.malformedField, field: "keys.\(attribute)", "this value can be no key of '\(attribute)'"))
  }

  /// Makes a TID identify nobody any more; it stays in its profile's history.
  ///
  /// - Parameters:
  ///   - tid: the TID.
  ///   - reason: why; goes into the journal.
  ///   - dryRun: find out what it would do, and do nothing.
  /// - Returns: The journal sequence; nil where the TID was revoked already, or nothing was done.
  /// - Throws: `ResolverError.notFound` where the TID is unknown.
  @discardableResult
  public func revoke(_ tid: TID, reason: String, dryRun: Bool = false) async throws(ResolverError) -> Int64? {
    try await carryOut(Revocation(tid, reason: reason), reason: reason, dryRun: dryRun).sequence
  }
}
