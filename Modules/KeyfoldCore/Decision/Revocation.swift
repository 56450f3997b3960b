/// A TID identifies nobody any more; it stays in its profile's history.
package struct Revocation: ProfileOperation {
  private let tid: TID
  private let reason: String

  package init(_ tid: TID, reason: String) {
    self.tid = tid
    self.reason = reason
  }

  package var record: Operation { .revoke(tid, reason: reason) }

  package var footprint: Footprint {
    var footprint = Footprint()
    footprint.tids = [tid]
    return footprint
  }

  package func effects(on snapshot: Snapshot, in space: Space) throws(OperationError) -> [Effect] {
    _ = try snapshot.profile(at: 0, of: footprint)
    if case .revoked = snapshot.tids[0] { return [] }
    return [.revoked(tid)]
  }
}
