/// The claims that were released and may come back, as the reference keeps them: of each key, origin and
/// standing the last one.
struct ReleasedClaims: Sendable {
  private struct Kind: Sendable, Hashable {
    let key: Key
    let verified: Bool
  }

  private var kept: [TID: [Kind: ReleasedClaim]] = [:]

  mutating func keep(_ released: ReleasedClaim) {
    let kind = Kind(key: released.claim.key, verified: released.claim.verified)
    kept[released.claim.origin, default: [:]][kind] = released
  }

  /// Forgets one that came back, or that its validator called wrong.
  mutating func forget(_ key: Key, origin: TID, verified: Bool) {
    kept[origin]?[Kind(key: key, verified: verified)] = nil
  }

  func of(_ key: Key, origin: TID, verified: Bool) -> ReleasedClaim? {
    kept[origin]?[Kind(key: key, verified: verified)]
  }

  func of(_ origins: [TID]) -> [ReleasedClaim] { origins.flatMap { kept[$0].map { Array($0.values) } ?? [] } }

  var all: [ReleasedClaim] { of(Array(kept.keys)) }
}
