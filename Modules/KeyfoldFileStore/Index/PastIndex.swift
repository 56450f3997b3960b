import KeyfoldCore

/// What a TID's past holds: made on demand, because most TIDs were never merged and never lost a claim.
struct PastEntry: Sendable {
  /// Sequence of the commit that merged it into the one above it; 0 where none did.
  var merged: Int64 = 0
  var firstReleased: UInt32 = none
}

/// One claim that was released and may come back, in the list of its origin.
struct ReleasedEntry: Sendable {
  let key: UInt32
  let verified: Bool
  var capturedAt: Timestamp
  var commit: Int64
  var ordinal: Int32
  /// Sequence of the commit that released it.
  var released: Int64
  let why: Effect.Release
  var next: UInt32 = none
}

/// Merges and released claims, for unmerges to come.
struct PastIndex: Sendable {
  private var pasts = ChunkedArray<PastEntry>()
  private var entries = ChunkedArray<ReleasedEntry>()
  private var freeEntries: [UInt32] = []

  /// How far a capture looks for a claim that its own release replaces: values that come and go in turns are
  /// kept once, and a TID that has lost thousands costs no more than one that lost a few.
  private static let lookBack = 16

  /// Makes the record of one more TID.
  mutating func add() -> UInt32 {
    pasts.append(PastEntry())
    return UInt32(pasts.count - 1)
  }

  /// Sequence of the commit that merged the TID; 0 where none did.
  subscript(merge past: UInt32) -> Int64 {
    get { pasts[past].merged }
    set { pasts[past].merged = newValue }
  }

  /// The last released claim of each key and standing.
  func released(_ past: UInt32) -> [ReleasedEntry] {
    struct Kind: Hashable {
      let key: UInt32
      let verified: Bool
    }
    var list: [ReleasedEntry] = []
    var seen: Set<Kind> = []
    var number = pasts[past].firstReleased
    while number != none {
      let entry = entries[number]
      if seen.insert(Kind(key: entry.key, verified: entry.verified)).inserted { list.append(entry) }
      number = entry.next
    }
    return list
  }

  /// Keeps a released claim; it hides earlier ones of its key and standing.
  mutating func keep(_ released: ReleasedEntry, in past: UInt32) {
    forget(released.key, released.verified, in: past, depth: PastIndex.lookBack)
    var released = released
    released.next = pasts[past].firstReleased
    if let free = freeEntries.popLast() {
      entries[free] = released
      pasts[past].firstReleased = free
    } else {
      entries.append(released)
      pasts[past].firstReleased = UInt32(entries.count - 1)
    }
  }

  /// Forgets what was released of keys that were erased, whoever lost it.
  mutating func forget(_ keys: Set<UInt32>) {
    for past in 0..<UInt32(pasts.count) {
      var found: Set<UInt32> = []
      var number = pasts[past].firstReleased
      while number != none {
        if keys.contains(entries[number].key) { found.insert(entries[number].key) }
        number = entries[number].next
      }
      for key in found {
        forget(key, true, in: past)
        forget(key, false, in: past)
      }
    }
  }

  /// Forgets what was released of a key and standing.
  ///
  /// - Parameter depth: how many of the origin's released claims are looked at.
  mutating func forget(_ key: UInt32, _ verified: Bool, in past: UInt32, depth: Int = .max) {
    var (before, number, looked) = (none, pasts[past].firstReleased, 0)
    while number != none, looked < depth {
      let entry = entries[number]
      if entry.key == key && entry.verified == verified {
        if before == none {
          pasts[past].firstReleased = entry.next
        } else {
          entries[before].next = entry.next
        }
        freeEntries.append(number)
      } else {
        before = number
      }
      number = entry.next
      looked += 1
    }
  }
}
