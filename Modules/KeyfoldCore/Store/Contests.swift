/// Counts, from a journal, how often keys were withheld, and which values many customers laid claim to:
/// candidates for `block`, such as the telephone number of a call centre.
public struct Contests: Sendable {
  /// How often a key was withheld, by reason.
  public private(set) var withheld: [Outcome.Reason: Int] = [:]
  /// The customer who came first with a key; most keys have no other.
  private var first: [Key: TID] = [:]
  private var several: [Key: Set<TID>] = [:]

  /// A value and who laid claim to it.
  public struct Contest: Sendable, Hashable {
    /// The key.
    public let key: Key
    /// Primary TIDs of the profiles that were given it, claimed it or were refused it; at least two, in
    /// order.
    public let profiles: [TID]
  }

  /// Nothing yet.
  public init() {}

  /// Takes the next entry.
  ///
  /// - Parameters:
  ///   - entry: the one that follows the last one taken.
  ///   - space: gives keys their strength.
  public mutating func take(_ entry: JournalEntry, in space: Space) {
    guard case .capture(let record) = entry.event else { return }
    for result in record.outcome.keys where result.result != .rejected {
      if result.result == .withheld, let reason = result.reason { withheld[reason, default: 0] += 1 }
      note(space.storedKey(attribute: result.attribute, value: result.value), record.outcome.tid)
    }
  }

  private mutating func note(_ key: Key, _ tid: TID) {
    guard let known = first[key] else {
      first[key] = tid
      return
    }
    if known != tid { several[key, default: [known]].insert(tid) }
  }

  /// The TIDs to look up before contests are told, in order.
  public var tids: [TID] { Set(several.values.joined()).sorted() }

  /// The values with the most profiles, those first.
  ///
  /// - Parameters:
  ///   - primaries: the profile each of `tids` is in now; two that became one are one.
  ///   - most: how many are wanted.
  public func contests(_ primaries: [TID: TID], most: Int) -> [Contest] {
    let all = several.compactMap { key, tids -> Contest? in
      let profiles = Set(tids.compactMap { primaries[$0] }).sorted()
      return profiles.count > 1 ? Contest(key: key, profiles: profiles) : nil
    }
    return Array(
      all.sorted {
        $0.profiles.count != $1.profiles.count ? $0.profiles.count > $1.profiles.count : $0.key < $1.key
      }.prefix(most))
  }
}
