/// Whose profile is to be erased, why, and when.
public struct ErasureOrder: Sendable, Hashable {
  /// What names the profile.
  public enum Subject: Sendable, Hashable {
    /// One of its TIDs.
    case tid(TID)
    /// A key it owns.
    case key(Key)
  }

  /// Whose.
  public let subject: Subject
  /// Why; kept in the journal, without the erased values it may quote.
  public let reason: String
  /// When, by the host's clock.
  public let at: Timestamp
  /// Whether files are cleaned at once; otherwise that is left to `finishErasing`, for many erasures together.
  public let finishes: Bool

  /// Makes an order.
  public init(_ subject: Subject, reason: String, at: Timestamp, finishes: Bool = true) {
    self.subject = subject
    self.reason = reason
    self.at = at
    self.finishes = finishes
  }
}

/// What was erased.
public struct Erased: Sendable, Hashable {
  /// The TIDs of the profile, oldest first; from now on the store knows none of them.
  public let tids: [TID]
  /// How many keys it owned or claimed.
  public let keys: Int
  /// Journal sequence of the erasure.
  public let sequence: Int64
  /// Why old pages are still in the store's files, for `finishErasing` to remove: `erasePending` where a
  /// reader holds them. Nil where the files are clean.
  public var remains: StoreError?

  /// Makes a result.
  public init(tids: [TID], keys: Int, sequence: Int64, remains: StoreError? = nil) {
    self.tids = tids
    self.keys = keys
    self.sequence = sequence
    self.remains = remains
  }
}

extension StoreView {
  /// A TID of the profile an order is about; nil where there is none.
  package func tid(of subject: ErasureOrder.Subject) throws(StoreError) -> TID? {
    switch subject {
    case .tid(let tid): return tid
    case .key(let key): return try claims(on: key).first { $0.verified }?.origin
    }
  }
}

extension KeyedDigests {
  /// What a store keeps of an erased TID, so that nobody takes it up again.
  package func tombstone(of tid: TID) -> Digest { digest(Array("erased TID ".utf8) + tid.bytes) }
}

/// The TIDs a store has erased, as far as they can be told: whether one that is presented is among them.
package struct Tombstones: Sendable {
  private var digests: Set<Digest> = []
  private let key: KeyedDigests

  /// - Parameter key: made with the store's secret.
  package init(key: KeyedDigests) { self.key = key }

  package mutating func insert(_ tombstone: Digest) { digests.insert(tombstone) }

  /// Those that are there, in order.
  package var sorted: [Digest] { digests.sorted() }

  package func contains(_ tid: TID) -> Bool { !digests.isEmpty && digests.contains(key.tombstone(of: tid)) }
}
