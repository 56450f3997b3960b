import CZlib

/// CRC-32 (the one of zlib and Ethernet) of some bytes, continuing an earlier one. The only caller of zlib
/// here.
func checksum(_ bytes: some Sequence<UInt8>, continuing earlier: UInt32 = 0) -> UInt32 {
  let sum: UInt? = bytes.withContiguousStorageIfAvailable { buffer in
    crc32(UInt(earlier), buffer.baseAddress, UInt32(buffer.count))
  }
  if let sum { return UInt32(truncatingIfNeeded: sum) }
  let copy = Array(bytes)
  return UInt32(truncatingIfNeeded: crc32(UInt(earlier), copy, UInt32(copy.count)))
}
