/// What a capture or an operation must see of a store before it can be decided.
public struct Footprint: Sendable, Hashable {
  /// The TIDs it names: presented, carried by a handoff, given to an operation.
  public var tids: [TID] = []
  /// The keys whose owners matter.
  public var keys: [Key] = []
  /// Keyed digest of the capture's idempotency id.
  public var captureID: Digest?
  /// Number of the handoff.
  public var handoff: Digest?
  /// A TID that will be used if one is needed; must not exist yet.
  public var fresh: TID?
  /// Whether the past of the first TID is needed, to undo its merge.
  public var wantsPast = false

  /// An empty footprint.
  public init() {}
}

/// What a store holds of everything a footprint names, at one instant. Absence is part of the answer.
public struct Snapshot: Sendable {
  /// What a TID of the footprint is.
  public enum Presence: Sendable, Hashable {
    /// Never issued here.
    case unknown
    /// Its profile was erased.
    case erased
    /// Part of `profiles[index]`, but identifies nobody.
    case revoked(Int)
    /// Part of `profiles[index]`.
    case live(Int)

    /// The profile it identifies, if any.
    package var profile: Int? { if case .live(let index) = self { index } else { nil } }
  }

  /// What the store remembers of a capture id.
  public enum Memory: Sendable, Hashable {
    /// Never captured.
    case new
    /// Captured with this content, by the entry of this sequence.
    case captured(content: Digest, sequence: Int64)
    /// Its profile was erased.
    case erased
  }

  /// Two profiles of the snapshot that are kept apart.
  public struct Separation: Sendable, Hashable {
    /// Indices into `profiles`.
    public let profiles: (Int, Int)
    /// The TIDs that were separated.
    public let tids: (TID, TID)

    /// Makes a separation.
    public init(profiles: (Int, Int), tids: (TID, TID)) {
      self.profiles = profiles
      self.tids = tids
    }

    /// Same profiles, same TIDs.
    public static func == (a: Self, b: Self) -> Bool { a.profiles == b.profiles && a.tids == b.tids }

    /// Hashes the TIDs.
    public func hash(into hasher: inout Hasher) {
      hasher.combine(tids.0)
      hasher.combine(tids.1)
    }
  }

  /// How a TID came to be where it is, and what came of that.
  public struct Past: Sendable, Hashable {
    /// Sequence of the commit that merged the TID into the one above it; nil where it is primary, or was
    /// born below it.
    public var merged: Int64?
    /// Claims with an origin in its profile that were released while the origin was not alone in its
    /// profile, save as invalid, and have not come back; the last for each key, origin and standing
    /// (verified or not). In no particular order.
    public var released: [ReleasedClaim]
    /// Those of their keys that somebody owns now.
    public var taken: Set<Key>

    /// Makes a past.
    public init(merged: Int64?, released: [ReleasedClaim], taken: Set<Key>) {
      self.merged = merged
      self.released = released
      self.taken = taken
    }
  }

  /// The sequence number the commit will have.
  public var sequence: Int64
  /// The profiles that footprint's TIDs and keys lead to, each once.
  public var profiles: [ProfileView] = []
  /// One answer for each TID of the footprint.
  public var tids: [Presence] = []
  /// For each key of the footprint its owner, as an index into `profiles`; nil where nobody owns it.
  public var owners: [Int?] = []
  /// Separations between profiles of the snapshot.
  public var separations: [Separation] = []
  /// What is remembered of the capture id.
  public var memory = Memory.new
  /// Whether the handoff was used before.
  public var handoffSpent = false
  /// Whether the fresh TID exists already.
  public var freshExists = false
  /// Number of keys that wait for a verdict in the whole store.
  public var pendingTotal = 0
  /// The past of the footprint's first TID, where it was asked for and the TID is known.
  public var past: Past?

  /// A snapshot of nothing.
  public init(sequence: Int64) { self.sequence = sequence }
}

/// A profile as a decision sees it.
public struct ProfileView: Sendable, Hashable {
  /// Its primary TID.
  public let primary: TIDRecord
  /// All its TIDs.
  public let tids: [TIDRecord]
  /// All its claims.
  public let claims: [Claim]
  /// Keys of its TIDs that wait for a verdict.
  public let pending: [PendingKey]
  /// TIDs that are not revoked.
  package let liveTIDs: Int
  /// Verified keys.
  package let verifiedKeys: Int

  /// Makes a view; exactly one of the TIDs has no parent.
  public init(tids: [TIDRecord], claims: [Claim], pending: [PendingKey]) {
    var root = tids[0]
    var live = 0
    for record in tids {
      if record.parent == nil { root = record }
      if !record.revoked { live += 1 }
    }
    primary = root
    self.tids = tids
    self.claims = claims
    self.pending = pending
    liveTIDs = live
    var verified = 0
    for claim in claims where claim.verified { verified += 1 }
    verifiedKeys = verified
  }

  /// A profile is known when it holds a verified key.
  package var isKnown: Bool { verifiedKeys > 0 }

  /// Index of its verified claim on the key.
  func verifiedClaim(on key: Key) -> Int? {
    for place in claims.indices where claims[place].verified && claims[place].key == key { return place }
    return nil
  }
}
