/// Which TID a touchpoint would hold if other rules had been in force.
///
/// A touchpoint sends the TID it was told last. Where the rules would have told it another one, that one
/// stands in for what it sent.
struct StandIns {
  private struct Holder: Hashable {
    let touchpoint: ExactText
    let tid: TID
  }

  /// Nil where it would hold none.
  private var byTouchpoint: [Holder: TID?] = [:]
  private var anywhere: [TID: TID] = [:]
  /// What would have been told in place of a TID.
  private var told: [TID: Set<TID>] = [:]

  /// Notes what a touchpoint was told, and what it would hold; nil for nothing.
  mutating func note(_ tid: TID, _ other: TID?, at touchpoint: String) {
    // Most are told just that.
    if tid == other && byTouchpoint.isEmpty { return }
    let holder = Holder(touchpoint: ExactText(touchpoint), tid: tid)
    if tid == other {
      byTouchpoint.removeValue(forKey: holder)
    } else {
      byTouchpoint.updateValue(other, forKey: holder)
      anywhere[tid] = other
    }
  }

  /// Notes that a capture that told a touchpoint a TID would have told it another.
  mutating func noteTold(_ tid: TID, _ other: TID, at touchpoint: String) {
    note(tid, other, at: touchpoint)
    if tid != other { told[tid, default: []].insert(other) }
  }

  /// The TID that stands in for one that was sent from a touchpoint; nil where it would have sent none.
  func tid(for tid: TID, at touchpoint: String, in state: IdentityState) -> TID? {
    if !byTouchpoint.isEmpty, let known = byTouchpoint[Holder(touchpoint: ExactText(touchpoint), tid: tid)] {
      return known
    }
    return self.tid(for: tid, in: state)
  }

  /// The TID that stands in for one that was named from somewhere.
  func tid(for tid: TID, in state: IdentityState) -> TID {
    state.tids[tid] == nil ? anywhere[tid] ?? tid : tid
  }

  /// The profiles of a state that a TID's captures would be in, by their primary TIDs, in order; none where
  /// they would have been refused.
  func profiles(of tid: TID, in state: IdentityState) -> [TID] {
    let itself = state.root(of: tid)
    guard let others = told[tid] else { return itself.map { [$0] } ?? [] }
    return Set(others.compactMap(state.root) + (itself.map { [$0] } ?? [])).sorted()
  }
}
