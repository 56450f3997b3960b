/// The digest of a state: SHA-256 over its sorted canonical form, the same for every kind of store.
///
/// The canonical form is one line of JSON a profile, in order of primary TIDs, then one a separation: TIDs
/// with parents and revocations, claims, data, activity. It holds no sequence numbers.
public struct StateDigest: ~Copyable {
  private var hash = SHA256()
  private var line = JSONWriter(reserving: 4096)

  /// Begins with nothing.
  public init() {}

  /// Adds a profile. Profiles must come in order of their primary TIDs.
  public mutating func add(_ profile: Profile) {
    line.removeAll()
    line.object { json in
      json.name("tids")
      json.array(profile.tids.sorted { $0.tid < $1.tid }) { json, record in
        json.object { json in
          json.member("tid", record.tid)
          json.member("born", record.bornAt)
          json.member("parent", record.parent)
          json.member("revoked", record.revoked)
        }
      }
      json.name("claims")
      json.array(profile.claims.sorted(by: isCanonicallyBefore)) { json, claim in
        json.object { json in
          json.member("attribute", claim.key.attribute)
          json.member("value", claim.key.value)
          json.member("origin", claim.origin)
          json.member("verified", claim.verified)
          json.member("at", claim.capturedAt)
        }
      }
      json.name("data")
      json.array(profile.data) { json, datum in
        json.object { json in
          json.member("tid", datum.tid)
          json.member("name", datum.name)
          json.member("value", datum.value)
          json.member("at", datum.at)
        }
      }
      json.name("activity")
      json.array(
        profile.activity.sorted { ($0.tid, ExactText($0.touchpoint)) < ($1.tid, ExactText($1.touchpoint)) }
      ) {
        json, activity in
        json.object { json in
          json.member("tid", activity.tid)
          json.member("touchpoint", activity.touchpoint)
          json.member("count", activity.count)
          json.member("first", activity.first)
          json.member("last", activity.last)
        }
      }
    }
    line.newLine()
    hash.update(line.bytes)
  }

  /// Adds a separation. They come after all profiles, in order.
  public mutating func add(_ separation: TIDPair) {
    line.removeAll()
    line.object { json in
      json.member("separated", separation.first)
      json.member("from", separation.second)
    }
    line.newLine()
    hash.update(line.bytes)
  }

  /// 64 hexadecimal digits. To be called once, last.
  public mutating func finish() -> String { hash.hexDigest() }
}

/// Claims by attribute name, value and origin: an order that does not depend on the space.
private func isCanonicallyBefore(_ a: Claim, _ b: Claim) -> Bool {
  let left = (ExactText(a.key.attribute), ExactText(a.key.value), a.origin)
  return left < (ExactText(b.key.attribute), ExactText(b.key.value), b.origin)
}

extension StoreView {
  /// The digest of everything stored.
  public func stateDigest() throws(StoreError) -> String { try stateDigest { _ in } }

  /// The same, and shows every profile to somebody else on the way.
  package func stateDigest(showing look: (Profile) -> Void) throws(StoreError) -> String {
    var digest = StateDigest()
    try forEachProfile(after: nil) { profile throws(StoreError) in
      digest.add(profile)
      look(profile)
      return true
    }
    for separation in try separations() { digest.add(separation) }
    return digest.finish()
  }

  /// The digest of the state made from the journal alone.
  public func rebuiltDigest(space: Space) throws(StoreError) -> String {
    var state = IdentityState(space: space)
    try forEachEntry(after: 0) { entry throws(StoreError) in
      state.apply(entry)
      return true
    }
    return state.digest()
  }
}

extension IdentityState {
  /// The digest of this state.
  public func digest() -> String {
    var digest = StateDigest()
    for root in roots {
      if let profile = profile(of: root) { digest.add(profile) }
    }
    for separation in separations.sorted() { digest.add(separation) }
    return digest.finish()
  }
}
