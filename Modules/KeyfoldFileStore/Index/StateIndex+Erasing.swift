import KeyfoldCore

extension StateIndex {
  /// The end of the profile of a primary TID.
  func erasure(of root: UInt32) -> Erasure {
    let profile = profile(root: root)
    let tids = Set(profile.tids.map(\.tid))
    return Erasure(
      of: profile, released: past(of: profile.primary.tid)?.released ?? [],
      pending: pending.values.filter { tids.contains($0.tid) }, in: space)
  }

  /// Whether a TID that is none of these claims a key, or owned it and may get it back.
  func isHeld(_ key: Key, byOthersThan own: Set<TID>) -> Bool {
    if claims(on: key).contains(where: { !own.contains($0.origin) }) { return true }
    guard let wanted = number(of: key) else { return false }
    return (0..<UInt32(tids.count)).contains { tid in
      tids[tid].past != none && !own.contains(tids[tid].tid)
        && past.released(tids[tid].past).contains { $0.key == wanted && $0.verified }
    }
  }
}
