/// Where identities are kept. One store holds one space.
///
/// There is one door to write through, `transact`, and one to read through, `read`. The numbered contract
/// that every store must keep stands in the conformance suite (`StoreConformance` in KeyfoldTesting), a case
/// for each sentence.
///
/// For implementers: gather exactly what the footprint names, call the closure, make the entry it returns
/// durable together with its effects, and only then return. How that is kept serial is the store's own
/// business; the closure is pure, and may be called again on a fresher snapshot if a commit did not go
/// through.
public protocol IdentityStore: Sendable {
  /// Opens the store for a space, creating it where it may be created. To be called once, before anything
  /// else.
  ///
  /// A store remembers the rules it was written with. Other rules are refused unless the change is accepted,
  /// which is journalled.
  ///
  /// - Throws: `StoreError.spaceChanged` naming every difference; `.missing`, `.busy`, `.damaged` and so on.
  func open(for space: Space, acceptingChange: Bool) async throws(StoreError) -> StoreIdentity

  /// Decides and commits steps in order, as one durable unit or as several.
  ///
  /// Stops before the first step whose closure answers nothing to commit and asks to stop; what came before
  /// it is committed all the same.
  ///
  /// - Returns: The number of steps that were carried out, in order, from the first on. All their entries
  ///   are durable.
  /// - Throws: `StoreError`; then none of the steps is known to be stored.
  func transact(_ steps: [TransactionStep]) async throws(StoreError) -> Int

  /// Lends a consistent view of everything committed.
  func read<Result: Sendable>(
    _ body: @escaping @Sendable (any StoreView) throws(StoreError) -> Result
  ) async throws(StoreError) -> Result

  /// Erases a profile (semantics, section 7): `Erasure` says what goes, from the state, the journal and, in
  /// file and SQLite stores, from every file.
  ///
  /// All of it is durable or nothing is, whenever the process ends. Where old pages cannot be removed yet the
  /// result says so, and `finishErasing` is to be called later.
  ///
  /// - Returns: nil where nobody is named so.
  func erase(_ order: ErasureOrder) async throws(StoreError) -> Erased?

  /// Removes what erasures had to leave in the files.
  ///
  /// - Throws: `StoreError.erasePending` while a reader holds old pages.
  func finishErasing() async throws(StoreError)

  /// Waits for what was accepted and lets go of all resources. Calls after it fail.
  func close() async throws(StoreError)
}

/// One step of a transaction: what it must see, and what it makes of it.
public struct TransactionStep: Sendable {
  /// What the closure makes of a snapshot.
  public enum Answer: Sendable {
    /// Commit this entry; its sequence is the snapshot's.
    case commit(JournalEntry)
    /// There is nothing to commit; go on.
    case nothing
    /// Stop before this step.
    case stop
  }

  /// What must be gathered.
  public let footprint: Footprint
  /// Pure; may be called more than once. Only its last answer counts.
  public let decide: @Sendable (Snapshot) -> Answer

  /// Makes a step.
  public init(footprint: Footprint, decide: @escaping @Sendable (Snapshot) -> Answer) {
    self.footprint = footprint
    self.decide = decide
  }
}

/// A consistent view of a store, lent for the time of a closure.
public protocol StoreView {
  /// Sequence of the last entry; 0 where there is none.
  var sequence: Int64 { get }

  /// What a footprint names, as a transaction would see it.
  func snapshot(_ footprint: Footprint) throws(StoreError) -> Snapshot

  /// The profile a TID is in, revoked ones included; nil where the TID is unknown or erased.
  func profile(of tid: TID) throws(StoreError) -> Profile?

  /// The claims on a key, the verified one first; the others oldest first.
  func claims(on key: Key) throws(StoreError) -> [Claim]

  /// Every profile whose primary TID comes after a TID (nil: every one), by primary TID. Stops when the
  /// closure returns false.
  func forEachProfile(after tid: TID?, _ body: (Profile) throws(StoreError) -> Bool) throws(StoreError)

  /// Every separation, each pair and the pairs in order of TIDs.
  func separations() throws(StoreError) -> [TIDPair]

  /// Journal entries after a sequence number, in order. Stops when the closure returns false.
  func forEachEntry(after sequence: Int64, _ body: (JournalEntry) throws(StoreError) -> Bool)
    throws(StoreError)

  /// The entry of that number.
  func entry(_ sequence: Int64) throws(StoreError) -> JournalEntry?

  /// The keys that wait for a verdict, in order of capture.
  func pendingKeys() throws(StoreError) -> [PendingKey]

  /// Counts of what is stored.
  func counts() throws(StoreError) -> StoreCounts

  /// Everything that contradicts itself in the store's own structures; empty where it is sound.
  func problems() throws(StoreError) -> [String]
}

/// What a store is known by.
public struct StoreIdentity: Sendable {
  /// Drawn at random when the store was created; keys the digests of capture ids and contents.
  public let secret: Secret
  /// Sequence of the last entry.
  public let sequence: Int64

  /// Makes an identity.
  public init(secret: Secret, sequence: Int64) {
    self.secret = secret
    self.sequence = sequence
  }
}

/// An unordered pair of TIDs, the smaller one first.
public struct TIDPair: Sendable, Hashable, Comparable {
  /// The smaller TID.
  public let first: TID
  /// The larger TID.
  public let second: TID

  /// Puts two TIDs in order.
  public init(_ a: TID, _ b: TID) {
    first = min(a, b)
    second = max(a, b)
  }

  /// Order of the TIDs.
  public static func < (a: Self, b: Self) -> Bool { (a.first, a.second) < (b.first, b.second) }
}

/// How much a store holds.
public struct StoreCounts: Sendable, Hashable {
  /// TIDs, secondary and revoked ones included.
  public var tids = 0
  /// Profiles.
  public var profiles = 0
  /// Verified keys.
  public var keys = 0
  /// Unverified claims.
  public var unverified = 0
  /// Keys that wait for a verdict.
  public var pending = 0
  /// Profiles that have nine tenths or more of the TIDs or keys they may have.
  public var nearLimit = 0
  /// Keys that were withheld because of a conflict, by attribute, since the store began; without those of
  /// profiles that were erased.
  public var conflicts: [ExactText: Int] = [:]
  /// Whether old pages of erased profiles are still in the files.
  public var erasePending = false

  /// Nothing.
  public init() {}

  /// From how many on, of at most so many, a profile is near its limit.
  package static func nearLimit(of limit: Int) -> Int { limit - limit / 10 }
}

/// What broke in a store.
public struct StoreError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: String, Sendable, Hashable {
    /// There is no store there.
    case missing
    /// It cannot be created.
    case cannotCreate
    /// Not allowed.
    case noPermission
    /// Somebody else is using it; try again.
    case busy
    /// The disk or the system failed; nothing of the transaction is stored.
    case inputOutput
    /// What is stored contradicts itself or cannot be read.
    case damaged
    /// Not a store of this kind or version.
    case incompatible
    /// The store was written with another space.
    case spaceChanged
    /// A reader holds pages of a profile that was erased; end the erasure when it is gone.
    case erasePending
    /// A server cannot be reached.
    case unavailable
    /// The store was closed.
    case closed
  }

  /// Which kind.
  public let code: Code
  /// What happened and what to do.
  public let message: String
  /// The system's or library's own words.
  public let underlying: String?

  /// Makes an error.
  public init(_ code: Code, _ message: String, underlying: String? = nil) {
    self.code = code
    self.message = message
    self.underlying = underlying
  }

  /// Message, with the underlying cause.
  public var description: String { underlying.map { "\(message) (\($0))" } ?? message }
}
