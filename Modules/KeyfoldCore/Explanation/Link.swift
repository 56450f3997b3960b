/// How a TID came to belong to the customer of another.
public struct Link: Sendable, Hashable {
  /// The TID that became a secondary.
  public let tid: TID
  /// The TID it came below.
  public let parent: TID
  /// The primary TID of the parent's profile at that time.
  public let root: TID
  /// The journal entry.
  public let sequence: Int64
  /// When the capture happened.
  public let at: Timestamp
  /// Where; nil where no touchpoint had part in it.
  public let touchpoint: String?
  /// What the journal calls the cause; nil where the TID was issued beside its parent.
  public let cause: Effect.MergeCause?
  /// What led to the profile of `tid`.
  public let lead: Lead
  /// What led to the profile of `parent`.
  public let parentLead: Lead
}

/// What brought a profile into a capture or an operation.
public enum Lead: Sendable, Hashable {
  /// The touchpoint presented its TID.
  case presented(TID)
  /// A handoff carried its TID.
  case handoff(TID)
  /// A key that it held was shown.
  case key(Holding)
  /// An operator named a TID of it.
  case `operator`(TID)
  /// It was issued by this very capture.
  case issued
  /// The journal does not tell, because an entry is lost.
  case unknown
}
