import KeyfoldCore

/// No record: ends lists.
let none = UInt32.max

/// One TID. Lists of what belongs to it hang on it by record numbers.
struct TidEntry: Sendable {
  /// Zeros where it was erased; then nothing leads here and nothing hangs on it.
  var tid: TID
  let bornAt: Timestamp
  /// The TID above it; `none` for a primary one.
  var parent: UInt32 = none
  /// A TID nearer to the root, or the root; only a shortcut for `parent`.
  var shortcut: UInt32 = none
  var firstChild: UInt32 = none
  var nextSibling: UInt32 = none
  var firstClaim: UInt32 = none
  var firstSeen: UInt32 = none
  var firstDatum: UInt32 = none
  /// What only an unmerge asks about; `none` where there is nothing to tell.
  var past: UInt32 = none
  var revoked = false

  static let erasedTID = TID(high: 0, low: 0)
  var isErased: Bool { tid == TidEntry.erasedTID }
}

/// One key that was ever claimed.
struct KeyEntry: Sendable {
  let attribute: UInt32
  /// Empty where it was erased.
  var value: TextArena.Text
  var firstClaim: UInt32 = none
}

/// One claim, in the list of its key and in that of its origin.
struct ClaimEntry: Sendable {
  let key: UInt32
  let origin: UInt32
  var capturedAt: Timestamp
  var commit: Int64
  var ordinal: Int32
  var verified: Bool
  var nextOfKey: UInt32 = none
  var nextOfOrigin: UInt32 = none
}

/// Activity of one TID on one touchpoint.
struct SeenEntry: Sendable {
  let touchpoint: UInt32
  var count: Int
  var first: Timestamp
  var last: Timestamp
  var next: UInt32
}

/// The newest value of one name on one TID.
struct DatumEntry: Sendable {
  let name: UInt32
  var value: TextArena.Text
  var at: Timestamp
  var commit: Int64
  var next: UInt32
}

/// One capture id that was used.
struct CaptureEntry: Sendable {
  let id: Digest
  /// Zeros, with sequence 0, where the profile was erased.
  var content: Digest
  var sequence: Int64

  /// What is kept of a capture whose profile was erased.
  static func erased(_ id: Digest) -> CaptureEntry {
    CaptureEntry(id: id, content: Digest(high: 0, low: 0), sequence: 0)
  }
}
