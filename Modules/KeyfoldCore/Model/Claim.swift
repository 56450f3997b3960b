/// The stored fact "this key was captured on this TID".
///
/// A claim never moves: it stays with its origin, and belongs to whatever profile the origin is in.
public struct Claim: Hashable, Sendable {
  /// The key that was captured.
  public let key: Key
  /// The TID it was captured on.
  public let origin: TID
  /// Whether a validator or a trusted source vouched for it. A key has at most one verified claim.
  public var verified: Bool
  /// When it was captured, or became verified.
  public var capturedAt: Timestamp
  /// Journal sequence of the commit that stored it, or made it verified.
  public var commit: Int64
  /// Its place in the request of that commit, 0 = first.
  public var ordinal: Int

  /// Makes a claim.
  public init(
    key: Key, origin: TID, verified: Bool, capturedAt: Timestamp, commit: Int64, ordinal: Int
  ) {
    self.key = key
    self.origin = origin
    self.verified = verified
    self.capturedAt = capturedAt
    self.commit = commit
    self.ordinal = ordinal
  }

  /// Whether this claim is younger than the other: by time, commit, place in the request.
  package func isNewer(than other: Claim) -> Bool {
    (capturedAt, commit, ordinal) > (other.capturedAt, other.commit, other.ordinal)
  }
}

/// A claim that was released and may come back, should the profile be taken apart.
public struct ReleasedClaim: Hashable, Sendable {
  /// As it was when it was released.
  public let claim: Claim
  /// Journal sequence of the commit that released it.
  public let sequence: Int64
  /// Why it was released.
  public let why: Effect.Release

  /// Makes a released claim.
  public init(claim: Claim, sequence: Int64, why: Effect.Release) {
    self.claim = claim
    self.sequence = sequence
    self.why = why
  }
}
