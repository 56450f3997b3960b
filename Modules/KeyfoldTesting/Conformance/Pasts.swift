package import KeyfoldCore

extension StoreView {
  /// The past of every TID, in order of the TIDs, each in an order of its own that does not depend on the
  /// kind of store.
  package func pasts() throws(StoreError) -> [TID: Snapshot.Past] {
    var tids: [TID] = []
    try forEachProfile(after: nil) { profile throws(StoreError) in
      tids += profile.tids.map(\.tid)
      return true
    }
    var pasts: [TID: Snapshot.Past] = [:]
    for tid in tids {
      var footprint = Footprint()
      footprint.tids = [tid]
      footprint.wantsPast = true
      pasts[tid] = try snapshot(footprint).past?.inOrder
    }
    return pasts
  }
}

extension Snapshot.Past {
  var inOrder: Snapshot.Past {
    let sorted = released.sorted {
      ($0.claim.origin, $0.claim.key, $0.sequence) < ($1.claim.origin, $1.claim.key, $1.sequence)
    }
    return Snapshot.Past(merged: merged, released: sorted, taken: taken)
  }
}
