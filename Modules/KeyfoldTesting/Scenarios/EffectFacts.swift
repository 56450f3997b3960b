import KeyfoldCore

extension Fact {
  /// A line for each claim that effects release.
  static func released(by effects: [Effect]) -> [Fact] {
    let claims = effects.compactMap { effect -> (Key, TID, Bool, Effect.Release)? in
      guard case .released(let key, let origin, let verified, let why) = effect else { return nil }
      return (key, origin, verified, why)
    }
    return claims.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map { key, origin, verified, why in
      "released \(key.attribute)=\(written(key.value))\(kind(verified)) of \(origin): \(words(why))"
    }
  }

  /// A line for each claim that comes back.
  static func restored(by effects: [Effect]) -> [Fact] {
    let claims = effects.compactMap { if case .restored(let claim) = $0 { claim } else { nil } }
    return claims.sorted { ($0.key, $0.origin) < ($1.key, $1.origin) }.map { claim in
      "back \(claim.key.attribute)=\(written(claim.key.value))\(kind(claim.verified)) of \(claim.origin)"
    }
  }

  private static func kind(_ verified: Bool) -> String { verified ? "" : " unverified" }

  private static func words(_ why: Effect.Release) -> String {
    why == .crowdedOut ? "crowded out" : why.rawValue
  }
}
