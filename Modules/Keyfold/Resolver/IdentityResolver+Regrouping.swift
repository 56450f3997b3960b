public import KeyfoldCore

/// What an operation made of profiles, or would make of them.
public struct ProfileChange: Sendable, Hashable {
  /// The profiles it is about as they were, oldest first.
  public let before: [ProfileView]
  /// What they are after it, oldest first.
  public let after: [ProfileView]
  /// What it changed, in order; empty where all was so already.
  public let effects: [Effect]
  /// Journal sequence; nil where nothing was stored: a dry run, or nothing to do.
  public let sequence: Int64?
}

/// What an operator does where profiles were taken for one that are not, or the other way round (semantics,
/// section 7).
///
/// Each takes a reason, which the journal keeps, and a dry run, which finds out what would happen and does
/// nothing. Each is decided and stored in one step, as a capture is. All throw `ResolverError.notFound` for
/// TIDs the store does not know.
extension IdentityResolver {
  /// Makes the profiles of two TIDs one; the older primary TID names it.
  ///
  /// Where their keys exceed a limit, the attribute's `onConflict` says which stay.
  ///
  /// - Returns: Both profiles, and the one they are now; without effects where they were one already.
  /// - Throws: `ResolverError.refusedOperation`: `separated`, or `profileLimit`.
  @discardableResult
  public func merge(
    _ a: TID, _ b: TID, reason: String, dryRun: Bool = false
  ) async throws(ResolverError) -> ProfileChange {
    try await carryOut(Merge(a, b, reason: reason), reason: reason, dryRun: dryRun)
  }

  /// Makes a secondary TID, with all that is below it, a profile of its own again.
  ///
  /// Everything captured on those TIDs goes with them, and what they lost by the merge or since comes back
  /// where there is room; so does what the other half lost to them.
  ///
  /// - Parameters:
  ///   - tid: the secondary TID.
  ///   - reason: why; goes into the journal.
  ///   - allowRemerge: record no separations, so that the two may become one again.
  ///   - dryRun: find out what it would do, and do nothing.
  /// - Returns: The profile it was, and the two it is now.
  /// - Throws: `ResolverError.refusedOperation`: `notSecondary`.
  @discardableResult
  public func unmerge(
    _ tid: TID, reason: String, allowRemerge: Bool = false, dryRun: Bool = false
  ) async throws(ResolverError) -> ProfileChange {
    try await carryOut(
      Unmerge(tid, allowRemerge: allowRemerge, reason: reason), reason: reason, dryRun: dryRun)
  }

  /// Keeps two TIDs apart, whatever profiles they are in or come into.
  ///
  /// - Returns: Their profiles; without effects where they were separated already.
  /// - Throws: `ResolverError.refusedOperation`: `oneProfile`.
  @discardableResult
  public func separate(
    _ a: TID, _ b: TID, reason: String, dryRun: Bool = false
  ) async throws(ResolverError) -> ProfileChange {
    try await carryOut(Separation(a, b, reason: reason), reason: reason, dryRun: dryRun)
  }

  /// Takes back that two TIDs are kept apart. Other separations of their profiles stay.
  ///
  /// - Throws: `ResolverError.notFound` also where no such separation is recorded; the message names those
  ///   that keep their profiles apart.
  @discardableResult
  public func removeSeparation(
    _ a: TID, _ b: TID, reason: String, dryRun: Bool = false
  ) async throws(ResolverError) -> ProfileChange {
    try await carryOut(SeparationRemoval(a, b, reason: reason), reason: reason, dryRun: dryRun)
  }
}

extension IdentityResolver {
  /// Decides an operation on fresh state and commits what it comes to.
  func carryOut(
    _ operation: some ProfileOperation, reason: String, dryRun: Bool
  ) async throws(ResolverError) -> ProfileChange {
    try checkReason(reason)
    let step = OperationStep(operation, space: space, now: clock.now())
    if dryRun {
      return try await read { view throws(StoreError) in
        step.decide(on: try view.snapshot(operation.footprint)).map { $0.rehearsed }
      }.orResolverError()
    }
    _ = try await transact([step.transactionStep])
    guard let result = step.result else {
      throw .store(StoreError(.damaged, "the store did not decide an operation"))
    }
    return try result.orResolverError()
  }

  func checkReason(_ reason: String) throws(ResolverError) {
    func refuse(_ code: CaptureError.Code, _ message: String) -> ResolverError {
      .refused(CaptureError(code, field: "reason", message))
    }
    if reason.isEmpty { throw refuse(.malformedField, "an operation needs a reason") }
    if reason.utf8.contains(0) { throw refuse(.malformedField, "NUL is not allowed") }
    if reason.utf8.count > Limits.reasonBytes {
      throw refuse(.tooLong, "\(reason.utf8.count) bytes; at most \(Limits.reasonBytes) are allowed")
    }
  }
}
