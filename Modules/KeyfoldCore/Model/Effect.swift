/// One change of a store's state. A commit is a list of them, and the state is a fold over all commits.
public enum Effect: Sendable, Hashable {
  /// A TID came to be; with a parent, as a secondary of it.
  case born(TID, at: Timestamp, parent: TID?)
  /// A primary TID became a secondary of another.
  case merged(TID, into: TID, by: MergeCause)
  /// A secondary TID became a primary one again, with all that is below it.
  case unmerged(TID, from: TID)
  /// A key was recorded on a TID.
  case claimed(Key, origin: TID, verified: Bool, at: Timestamp, ordinal: Int)
  /// The unverified claim of that origin became verified.
  case verified(Key, origin: TID, at: Timestamp, ordinal: Int)
  /// The claim of that origin is gone.
  case released(Key, origin: TID, verified: Bool, why: Release)
  /// A released claim is back as it was, its time, commit and place included.
  case restored(Claim)
  /// A TID identifies nobody any more.
  case revoked(TID)
  /// A capture was recorded on a TID.
  case active(TID, touchpoint: String, at: Timestamp)
  /// Profile data was recorded on a TID.
  case datum(TID, name: String, value: String, at: Timestamp)
  /// Two TIDs were said to be different customers.
  case separated(TID, TID)
  /// That was taken back.
  case separationRemoved(TID, TID)
  /// A handoff was used; its number is kept until it would have expired.
  case handoffSpent(Digest, expires: Timestamp)
  /// A key waits for a verdict.
  case pendingQueued(PendingKey)
  /// A key waits no longer.
  case pendingSettled(PendingKey.ID, end: PendingEnd)
  /// The TID of this keyed digest is gone for good, and will be unknown whoever presents it.
  case erased(Digest)

  /// What made two profiles one.
  public enum MergeCause: Sendable, Hashable {
    /// A key of this attribute; `place` is its place among the keys of the outcome, nil where an older
    /// Keyfold did not say. `beside` is that of the key that led to the other profile, nil where a TID or a
    /// handoff did.
    case key(attribute: String, place: Int? = nil, beside: Int? = nil)
    /// A handoff.
    case handoff
    /// An operator.
    case `operator`
  }

  /// Why a claim was released.
  public enum Release: String, Sendable, Hashable {
    /// Newer or earlier values of the attribute took its place.
    case superseded
    /// It moved to another customer.
    case transferred
    /// A validator said it is wrong.
    case invalid
    /// An unverified claim on a key its profile owns, or holds twice.
    case redundant
    /// An unverified claim that had no room.
    case crowdedOut
  }
}

/// A key whose validator could not tell, and which may be asked about again.
public struct PendingKey: Sendable, Hashable {
  /// Names an entry of the queue: the capture that queued it and the key's place in it.
  public struct ID: Sendable, Hashable, Comparable {
    /// Journal sequence of the capture.
    public let commit: Int64
    /// Place in its request, 0 = first.
    public let ordinal: Int

    /// Makes an id.
    public init(commit: Int64, ordinal: Int) {
      self.commit = commit
      self.ordinal = ordinal
    }

    /// Order of capture.
    public static func < (a: Self, b: Self) -> Bool { (a.commit, a.ordinal) < (b.commit, b.ordinal) }
  }

  /// Names this entry.
  public let id: ID
  /// The TID the capture was recorded on.
  public let tid: TID
  /// The key.
  public let key: Key
  /// Where it was captured.
  public let touchpoint: String
  /// When it was captured.
  public let at: Timestamp
  /// When it entered the queue.
  public let queuedAt: Timestamp

  /// Makes an entry.
  public init(id: ID, tid: TID, key: Key, touchpoint: String, at: Timestamp, queuedAt: Timestamp) {
    self.id = id
    self.tid = tid
    self.key = key
    self.touchpoint = touchpoint
    self.at = at
    self.queuedAt = queuedAt
  }
}

/// How the wait for a verdict ended.
public enum PendingEnd: String, Sendable, Hashable {
  /// The validator vouched for it and it was applied.
  case applied
  /// The validator vouched for it, but it may not join this profile.
  case conflict
  /// The validator said it is wrong.
  case rejected
  /// The profile changed meanwhile.
  case stale
  /// Nobody could tell in time.
  case expired
}
