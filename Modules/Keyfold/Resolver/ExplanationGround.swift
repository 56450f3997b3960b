import KeyfoldCore

/// What is asked about, in the store's terms.
enum Inquiry: Sendable {
  case tid(TID)
  case key(Key)
  case capture(id: String, digest: Digest)
}

/// Who the subjects of an explanation lead to, on one view of the store.
struct ExplanationGround: Sendable {
  let sequence: Int64
  /// What the subjects were found to be, in their order.
  private(set) var found: [Telling.Found] = []
  /// The customers, each once, in the order of the subjects.
  private(set) var profiles: [Profile] = []
  /// Keys that wait on their TIDs.
  private(set) var pending: [PendingKey] = []
  /// Separations between one of their TIDs and another.
  private(set) var separations: [TIDPair] = []
  /// The first subject that leads to nobody.
  private(set) var missing: Inquiry?
  private let inquiries: [Inquiry]

  /// Customers that are told of where many merely claim a key, and claims that are looked at to choose among
  /// them.
  private static let claimantsMax = 20

  /// - Parameter former: for keys that nobody holds, the TID that held or showed them last.
  init(_ inquiries: [Inquiry], former: [Key: TID], on view: any StoreView) throws(StoreError) {
    self.inquiries = inquiries
    sequence = view.sequence
    for inquiry in inquiries {
      guard let one = try find(inquiry, former, view), try take(one.tid, view) else {
        missing = inquiry
        return
      }
      found.append(one)
    }
    if inquiries.count == 1, let key = keys.first {
      for claim in try view.claims(on: key).prefix(Self.claimantsMax) { _ = try take(claim.origin, view) }
    }
    let own = tids
    pending = try view.pendingKeys().filter { own.contains($0.tid) }
    separations = try view.separations().filter { own.contains($0.first) || own.contains($0.second) }
  }

  /// Every TID of the customers.
  var tids: Set<TID> { Set(profiles.flatMap(\.tids).map(\.tid)) }

  /// The keys that are asked about.
  var keys: Set<Key> {
    Set(inquiries.compactMap { if case .key(let key) = $0 { key } else { nil } })
  }

  private func find(
    _ inquiry: Inquiry, _ former: [Key: TID], _ view: any StoreView
  ) throws(StoreError) -> Telling.Found? {
    switch inquiry {
    case .tid(let tid): return Telling.Found(.tid(tid), leadsTo: tid)
    case .key(let key):
      if let origin = try holder(of: key, view) { return Telling.Found(.key(key), leadsTo: origin) }
      return former[key].map { Telling.Found(.key(key), leadsTo: $0, isHeld: false) }
    case .capture(let id, let digest):
      var footprint = Footprint()
      footprint.captureID = digest
      guard case .captured(_, let sequence) = try view.snapshot(footprint).memory,
        case .capture(let record) = try view.entry(sequence)?.event
      else { return nil }
      return Telling.Found(.capture(id: id, sequence: sequence), leadsTo: record.outcome.touchpointTid)
    }
  }

  /// The origin of the verified claim on a key. Where it is merely claimed: of a customer that the other
  /// subject leads to as well, or else of the oldest claim.
  private func holder(of key: Key, _ view: any StoreView) throws(StoreError) -> TID? {
    let claims = try view.claims(on: key)
    if let first = claims.first, first.verified || inquiries.count == 1 { return first.origin }
    for claim in claims.prefix(Self.claimantsMax) {
      if let profile = try view.profile(of: claim.origin), isOther(profile, than: key) { return claim.origin }
    }
    return claims.first?.origin
  }

  /// Whether the subject that is not this key leads to the profile.
  private func isOther(_ profile: Profile, than key: Key) -> Bool {
    inquiries.contains { inquiry in
      switch inquiry {
      case .tid(let tid): profile.tids.contains { $0.tid == tid }
      case .key(let other): other != key && profile.claims.contains { $0.key == other }
      case .capture: found.contains { one in profile.tids.contains { $0.tid == one.tid } }
      }
    }
  }

  /// Adds the profile of a TID; false where it is unknown.
  private mutating func take(_ tid: TID, _ view: any StoreView) throws(StoreError) -> Bool {
    if profiles.contains(where: { $0.tids.contains { $0.tid == tid } }) { return true }
    guard let profile = try view.profile(of: tid) else { return false }
    profiles.append(profile)
    return true
  }
}
