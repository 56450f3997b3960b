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
