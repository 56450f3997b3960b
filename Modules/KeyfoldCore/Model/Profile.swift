/// What a store keeps of one TID.
public struct TIDRecord: Hashable, Sendable {
  /// The id.
  public let tid: TID
  /// When the customer was first seen with it.
  public let bornAt: Timestamp
  /// The TID it was merged into, or was issued beside; nil for a primary TID.
  public var parent: TID?
  /// A revoked TID stays in its profile's history but identifies nobody.
  public var revoked: Bool

  /// Makes a record.
  public init(tid: TID, bornAt: Timestamp, parent: TID?, revoked: Bool) {
    self.tid = tid
    self.bornAt = bornAt
    self.parent = parent
    self.revoked = revoked
  }

  /// Whether this TID is older: smaller (bornAt, TID bytes).
  package func isOlder(than other: TIDRecord) -> Bool {
    (bornAt, tid) < (other.bornAt, other.tid)
  }
}

extension [TIDRecord] {
  /// A TID and everything below it, along the parents as they were recorded.
  package func subtree(of tid: TID) -> Set<TID> {
    var found: Set<TID> = [tid]
    var last = 0
    while last < found.count {
      last = found.count
      for record in self where record.parent.map(found.contains) ?? false { found.insert(record.tid) }
    }
    return found
  }
}

/// How often, first and last a TID was seen on a touchpoint.
public struct Activity: Hashable, Sendable {
  /// The TID captures were recorded on.
  public let tid: TID
  /// The touchpoint.
  public let touchpoint: String
  /// Number of captures.
  public var count: Int
  /// Time of the earliest.
  public var first: Timestamp
  /// Time of the latest.
  public var last: Timestamp

  /// Makes an activity count.
  public init(tid: TID, touchpoint: String, count: Int, first: Timestamp, last: Timestamp) {
    self.tid = tid
    self.touchpoint = touchpoint
    self.count = count
    self.first = first
    self.last = last
  }
}

/// The newest value of one name of profile data on one TID.
public struct Datum: Hashable, Sendable {
  /// The TID it was captured on.
  public let tid: TID
  /// Name, compared by bytes.
  public let name: String
  /// Value.
  public var value: String
  /// When it was captured.
  public var at: Timestamp
  /// Journal sequence of the commit that stored it.
  public var commit: Int64

  /// Makes a datum.
  public init(tid: TID, name: String, value: String, at: Timestamp, commit: Int64) {
    self.tid = tid
    self.name = name
    self.value = value
    self.at = at
    self.commit = commit
  }
}

/// All that is known of one customer: what a look-up returns.
public struct Profile: Hashable, Sendable {
  /// Every TID, oldest first.
  public var tids: [TIDRecord]
  /// Every claim, strongest attribute first, then by value.
  public var claims: [Claim]
  /// Activity by TID (oldest first) and touchpoint.
  public var activity: [Activity]
  /// All recorded data, by TID and name; `newestData` says what counts.
  public var data: [Datum]

  /// Makes a profile and puts its parts in their order.
  public init(tids: [TIDRecord], claims: [Claim], activity: [Activity], data: [Datum]) {
    self.tids = tids.sorted { $0.isOlder(than: $1) }
    self.claims = claims.sorted {
      $0.key == $1.key
        ? $0.verified && !$1.verified || $0.verified == $1.verified && $0.origin < $1.origin
        : $0.key < $1.key
    }
    let born = Dictionary(uniqueKeysWithValues: self.tids.enumerated().map { ($1.tid, $0) })
    self.activity = activity.sorted {
      $0.tid == $1.tid
        ? bytesPrecede($0.touchpoint, $1.touchpoint) : born[$0.tid, default: 0] < born[$1.tid, default: 0]
    }
    self.data = data.sorted { $0.tid == $1.tid ? bytesPrecede($0.name, $1.name) : $0.tid < $1.tid }
  }

  /// The TID the profile is named by: the root its other TIDs point to.
  public var primary: TIDRecord {
    // A profile without a root cannot be made by any store; the first TID is then the best name it has.
    tids.first { $0.parent == nil } ?? tids[0]
  }

  /// Newest value of each name over all TIDs, sorted by name.
  public var newestData: [(name: String, value: String)] {
    var newest: [ExactText: Datum] = [:]
    for datum in data {
      let name = ExactText(datum.name)
      if let known = newest[name], (known.at, known.commit) >= (datum.at, datum.commit) { continue }
      newest[name] = datum
    }
    return newest.values.sorted { bytesPrecede($0.name, $1.name) }.map { ($0.name, $0.value) }
  }
}
