public import KeyfoldCore

/// Long walks through a store, in portions that are read one by one: no read holds a store's log for longer
/// than a portion takes. What changes meanwhile is seen or not; each portion by itself is of one instant.
extension IdentityResolver {
  /// Journal entries in a portion.
  static let entryPortion = 2000
  /// Profiles in a portion at least, and the most portions a walk takes: some stores sort all of them for
  /// each.
  static let profilePortion = 2000
  static let profilePortionsMax = 50

  /// Every profile, by primary TID.
  public func forEachProfile(_ body: (Profile) throws -> Void) async throws {
    let count = try await read { view throws(StoreError) in try view.counts().profiles }
    let portion = max(Self.profilePortion, count / Self.profilePortionsMax)
    var last: TID?
    while true {
      let profiles = try await read { [last] view throws(StoreError) in
        var profiles: [Profile] = []
        try view.forEachProfile(after: last) { profile throws(StoreError) in
          profiles.append(profile)
          return profiles.count < portion
        }
        return profiles
      }
      for profile in profiles { try body(profile) }
      guard profiles.count == portion, let end = profiles.last else { return }
      last = end.primary.tid
    }
  }

  /// Every journal entry after a sequence, in order, up to the last one there is.
  ///
  /// - Parameters:
  ///   - sequence: of the last entry to leave out.
  ///   - moment: where to end before that.
  ///   - body: called with each entry; what it throws ends the walk.
  public func forEachEntry(
    after sequence: Int64 = 0, until moment: Moment? = nil, _ body: (JournalEntry) throws -> Void
  ) async throws {
    var entries = try await entries(after: sequence)
    while let last = entries.last {
      // The next portion is read while this one is looked at: to read it takes longer.
      let isLast = entries.count < Self.entryPortion
      async let ahead = isLast ? [] : self.entries(after: last.sequence)
      for entry in entries {
        if let moment, !moment.isBehind(entry) { return }
        try body(entry)
      }
      entries = try await ahead
    }
  }

  /// A portion of the entries after a sequence.
  func entries(after sequence: Int64) async throws(ResolverError) -> [JournalEntry] {
    try await read { view throws(StoreError) in
      var entries: [JournalEntry] = []
      try view.forEachEntry(after: sequence) { entry throws(StoreError) in
        entries.append(entry)
        return entries.count < Self.entryPortion
      }
      return entries
    }
  }

  /// The primary TIDs that TIDs belong to now; nil for one that is unknown.
  public func primaries(of tids: [TID]) async throws(ResolverError) -> [TID?] {
    try await read { view throws(StoreError) in
      var primaries: [TID?] = []
      for tid in tids { primaries.append(try view.profile(of: tid)?.primary.tid) }
      return primaries
    }
  }
}
