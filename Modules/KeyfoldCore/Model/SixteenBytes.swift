/// The 16 bytes of two halves, most significant first: how TIDs and digests are kept.
func sixteenBytes(_ high: UInt64, _ low: UInt64) -> [UInt8] {
  (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> UInt64(56 - 8 * ($0 & 7))) }
}

/// The halves of 16 bytes; nil for any other number of bytes.
func halves(of bytes: some Collection<UInt8>) -> (high: UInt64, low: UInt64)? {
  guard bytes.count == 16 else { return nil }
  var halves: (high: UInt64, low: UInt64) = (0, 0)
  for (index, byte) in bytes.enumerated() {
    if index < 8 {
      halves.high = halves.high << 8 | UInt64(byte)
    } else {
      halves.low = halves.low << 8 | UInt64(byte)
    }
  }
  return halves
}
