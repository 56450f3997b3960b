/// An operator says that two TIDs are different customers, whatever profiles they are in.
package struct Separation: ProfileOperation {
  private let pair: TIDPair
  private let reason: String

  package init(_ a: TID, _ b: TID, reason: String) {
    pair = TIDPair(a, b)
    self.reason = reason
  }

  package var record: Operation { .separate(pair.first, pair.second, reason: reason) }
  package var footprint: Footprint { pair.footprint }

  package func effects(on snapshot: Snapshot, in space: Space) throws(OperationError) -> [Effect] {
    let first = try snapshot.profile(at: 0, of: footprint)
    let second = try snapshot.profile(at: 1, of: footprint)
    guard first != second else {
      throw OperationError(
        .oneProfile,
        "\(pair.first) and \(pair.second) are one customer; 'keyfold unmerge' takes a secondary TID out of it"
      )
    }
    return snapshot.separates(pair) ? [] : [.separated(pair.first, pair.second)]
  }
}

/// An operator takes a separation back: the one of these very TIDs.
package struct SeparationRemoval: ProfileOperation {
  private let pair: TIDPair
  private let reason: String

  package init(_ a: TID, _ b: TID, reason: String) {
    pair = TIDPair(a, b)
    self.reason = reason
  }

  package var record: Operation { .removeSeparation(pair.first, pair.second, reason: reason) }
  package var footprint: Footprint { pair.footprint }

  package func effects(on snapshot: Snapshot, in space: Space) throws(OperationError) -> [Effect] {
    for place in 0...1 { _ = try snapshot.profile(at: place, of: footprint) }
    guard !snapshot.separates(pair) else { return [.separationRemoved(pair.first, pair.second)] }
    let others = snapshot.separations.map { "\($0.tids.0) and \($0.tids.1)" }
    throw OperationError(
      .notSeparated,
      "no separation of \(pair.first) and \(pair.second) is recorded"
        + (others.isEmpty
          ? "" : "; what keeps their profiles apart is that of " + others.joined(separator: ", ")))
  }
}

extension TIDPair {
  fileprivate var footprint: Footprint {
    var footprint = Footprint()
    footprint.tids = [first, second]
    return footprint
  }
}

extension Snapshot {
  /// Whether these very TIDs were separated.
  fileprivate func separates(_ pair: TIDPair) -> Bool {
    separations.contains { TIDPair($0.tids.0, $0.tids.1) == pair }
  }
}
