public import KeyfoldCore

/// The end of a customer (semantics, section 7): the profile, its values and its TIDs leave the store, its journal
/// and, where the store has files, every one of them. Backups made before hold what they hold.
///
/// What the profile owned goes wherever it stands, in entries and claims of other profiles too; what it merely
/// typed stays where it is somebody else's. The journal keeps that something was erased, when and why. Captures
/// with its TIDs go on without them (`unknownTid`), captures with its ids are refused (`erased`).
extension IdentityResolver {
  /// Erases the profile a TID is in, whether the TID is secondary or revoked.
  ///
  /// - Parameters:
  ///   - tid: any of the profile's.
  ///   - reason: why; the journal keeps it, without erased values it may quote.
  ///   - finishing: whether files are cleaned at once, which takes as long as writing all of a SQLite store
  ///     anew; otherwise `finishErasing` does it, for many erasures together.
  /// - Returns: What was erased. It is gone for good even where `remains` says that old pages are still in the
  ///   files.
  /// - Throws: `ResolverError.notFound` where the TID is unknown.
  public func erase(_ tid: TID, reason: String, finishing: Bool = true) async throws(ResolverError) -> Erased
  {
    if let erased = try await erase(.tid(tid), reason: reason, finishing: finishing) { return erased }
    throw try await absence(after: .tid(tid))
  }

  /// Erases the profile that owns a key.
  ///
  /// - Throws: `ResolverError.notFound` where nobody owns it; `.refused` for what can be no key.
  public func erase(
    attribute: String, value: String, reason: String, finishing: Bool = true
  ) async throws(ResolverError) -> Erased {
    let key = try key(attribute: attribute, value: value)
    if let erased = try await erase(.key(key), reason: reason, finishing: finishing) { return erased }
    throw .notFound("nobody owns \(visible(key.description))")
  }

  /// Whether a TID was erased, and not merely never known.
  public func isErased(_ tid: TID) async throws(ResolverError) -> Bool {
    var footprint = Footprint()
    footprint.tids = [tid]
    return try await read { [footprint] view throws(StoreError) in
      try view.snapshot(footprint).tids == [.erased]
    }
  }

  /// Cleans files of what erasures had to leave there.
  ///
  /// - Throws: `ResolverError.store` with `erasePending` while a reader holds old pages.
  public func finishErasing() async throws(ResolverError) {
    do throws(StoreError) { try await store.finishErasing() } catch { throw .store(error) }
  }

  private func erase(
    _ subject: ErasureOrder.Subject, reason: String, finishing: Bool
  ) async throws(ResolverError) -> Erased? {
    try checkReason(reason)
    let order = ErasureOrder(subject, reason: reason, at: clock.now(), finishes: finishing)
    do throws(StoreError) { return try await store.erase(order) } catch { throw .store(error) }
  }
}
