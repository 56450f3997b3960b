#if PostgreSQL
import KeyfoldCore

/// Names and numbers of attributes in one schema.
struct AttributeNumbers: Sendable {
  /// Number by place in the space.
  private var byStrength: [Int32] = []
  private var names: [Int32: String] = [:]
  private var numbers: [ExactText: Int32] = [:]

  /// - Parameter rows: number and name of each.
  init(_ rows: Rows, space: Space) throws(StoreError) {
    for row in 0..<rows.count {
      let (number, name) = (Int32(rows.int(row, 0)), rows.text(row, 1))
      names[number] = name
      numbers[ExactText(name)] = number
    }
    for attribute in space.attributes {
      guard let number = numbers[ExactText(attribute.name)] else {
        throw StoreError(.damaged, "the store has no number for the attribute '\(attribute.name)'")
      }
      byStrength.append(number)
    }
  }

  /// The number of a key's attribute; 0, which no attribute has, for one this store never saw.
  func number(_ key: Key) -> Int32 {
    key.strength < byStrength.count ? byStrength[key.strength] : numbers[ExactText(key.attribute)] ?? 0
  }

  /// The name of an attribute, be it one the space no longer has.
  func name(_ number: Int64) throws(StoreError) -> String {
    guard let name = Int32(exactly: number).flatMap({ names[$0] }) else { throw StoreError.rulesChanged }
    return name
  }
}

extension StoreError {
  /// Another process went on with other rules, or with another layout.
  static let rulesChanged = StoreError(
    .spaceChanged,
    "another process changed the rules of this store, or a newer Keyfold upgraded it; start again")
}

/// The counters that change with commits.
struct Head: Sendable {
  var sequence: Int64
  var pending: Int
  var separations: Int
  /// Changes with the rules of the space.
  var revision: Int64
  /// Whether any TID was ever erased.
  var hasErased: Bool

  init(_ rows: Rows) throws(StoreError) {
    guard rows.count == 1 else { throw StoreError(.damaged, "the store has lost its head row") }
    sequence = rows.int(0, 0)
    pending = Int(rows.int(0, 1))
    separations = Int(rows.int(0, 2))
    revision = rows.int(0, 3)
    hasErased = rows.bool(0, 4)
  }
}

/// What is needed to make sense of rows.
struct Session: Sendable {
  let space: Space
  let attributes: AttributeNumbers
  /// Made with the store's secret.
  let digests: KeyedDigests
  /// Revision of the rules this session was opened with.
  let revision: Int64

  func record(_ rows: Rows, _ row: Int) throws(StoreError) -> TIDRecord {
    TIDRecord(
      tid: try rows.tid(row, 0), bornAt: rows.time(row, 1),
      parent: rows.isNull(row, 2) ? nil : try rows.tid(row, 2), revoked: rows.bool(row, 3))
  }

  func claim(_ rows: Rows, _ row: Int) throws(StoreError) -> Claim {
    Claim(
      key: try key(rows, row, attribute: 0), origin: try rows.tid(row, 3), verified: rows.bool(row, 2),
      capturedAt: rows.time(row, 4), commit: rows.int(row, 5), ordinal: Int(rows.int(row, 6)))
  }

  func pendingKey(_ rows: Rows, _ row: Int) throws(StoreError) -> PendingKey {
    PendingKey(
      id: PendingKey.ID(commit: rows.int(row, 0), ordinal: Int(rows.int(row, 1))), tid: try rows.tid(row, 2),
      key: try key(rows, row, attribute: 3), touchpoint: rows.text(row, 5), at: rows.time(row, 6),
      queuedAt: rows.time(row, 7))
  }

  func releasedClaim(_ rows: Rows, _ row: Int) throws(StoreError) -> ReleasedClaim {
    guard let why = Effect.Release(rawValue: rows.text(row, 8)) else {
      throw StoreError(.damaged, "a claim was released for no reason; run 'keyfold check'")
    }
    return ReleasedClaim(claim: try claim(rows, row), sequence: rows.int(row, 7), why: why)
  }

  /// The value stands behind the attribute.
  func key(_ rows: Rows, _ row: Int, attribute: Int32) throws(StoreError) -> Key {
    space.storedKey(
      attribute: try attributes.name(rows.int(row, attribute)), value: rows.text(row, attribute + 1))
  }

  /// Profiles by primary TID, from the answers to `profileCommands`.
  func profiles(_ answers: [Rows]) throws(StoreError) -> [TID: Profile] {
    var parts: [TID: (tids: [TIDRecord], claims: [Claim], activity: [Activity], data: [Datum])] = [:]
    var roots: [TID: TID] = [:]
    let (members, claims, activity, data) = (answers[0], answers[1], answers[2], answers[3])
    for row in 0..<members.count {
      let (record, root) = (try record(members, row), try members.tid(row, 4))
      roots[record.tid] = root
      parts[root, default: ([], [], [], [])].tids.append(record)
    }
    for row in 0..<claims.count {
      let claim = try claim(claims, row)
      if let root = roots[claim.origin] { parts[root]?.claims.append(claim) }
    }
    for row in 0..<activity.count {
      let tid = try activity.tid(row, 0)
      guard let root = roots[tid] else { continue }
      parts[root]?.activity.append(
        Activity(
          tid: tid, touchpoint: activity.text(row, 1), count: Int(activity.int(row, 2)),
          first: activity.time(row, 3), last: activity.time(row, 4)))
    }
    for row in 0..<data.count {
      let tid = try data.tid(row, 0)
      guard let root = roots[tid] else { continue }
      parts[root]?.data.append(
        Datum(
          tid: tid, name: data.text(row, 1), value: data.text(row, 2), at: data.time(row, 3),
          commit: data.int(row, 4)))
    }
    return parts.mapValues { Profile(tids: $0.tids, claims: $0.claims, activity: $0.activity, data: $0.data) }
  }

  /// Reads whole profiles by their primary TIDs.
  static func profileCommands(_ primaries: [TID]) -> [Connection.Command] {
    let names = [Value.uuids(primaries), .smallInts([]), .texts([])]
    return [Query.members, .claimsOfProfiles, .activityOfProfiles, .dataOfProfiles].map {
      .prepared($0, names)
    }
  }
}
#endif
