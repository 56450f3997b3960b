import Glibc

/// An address of the internet protocol. One of version 4 is held as `::ffff:a.b.c.d`, so that it is the same
/// in whichever form it comes.
struct IPAddress: Hashable {
  let high: UInt64
  let low: UInt64

  var isVersion4: Bool { high == 0 && low >> 32 == 0xFFFF }

  /// 127.0.0.0/8 and ::1.
  var isLoopback: Bool { isVersion4 ? low >> 24 & 0xFF == 127 : high == 0 && low == 1 }

  private init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// - Parameter version4: four bytes, as they go over the wire.
  private init(version4: UnsafeRawPointer) {
    self.init(
      high: 0, low: 0xFFFF << 32 | UInt64(UInt32(bigEndian: version4.loadUnaligned(as: UInt32.self))))
  }

  /// - Parameter version6: 16 bytes, as they go over the wire.
  private init(version6: UnsafeRawPointer) {
    self.init(
      high: UInt64(bigEndian: version6.loadUnaligned(as: UInt64.self)),
      low: UInt64(bigEndian: version6.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
  }

  /// Reads `192.0.2.1` or `2001:db8::1`.
  init?(_ text: UnsafePointer<CChar>) {
    let address = withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { bytes -> IPAddress? in
      guard let start = bytes.baseAddress else { return nil }
      if inet_pton(AF_INET, text, start) == 1 { return IPAddress(version4: start) }
      return inet_pton(AF_INET6, text, start) == 1 ? IPAddress(version6: start) : nil
    }
    guard let address else { return nil }
    self = address
  }

  /// The address that a socket is about to be connected to; nil for another family.
  ///
  /// - Parameter address: a `sockaddr_in` or `sockaddr_in6`, as the family says.
  init?(family: Int32, socketAddress address: UnsafeRawPointer) {
    switch family {
    // Behind family and port, and the flow label of version 6 (RFC 3493).
    case AF_INET: self.init(version4: address + 4)
    case AF_INET6: self.init(version6: address + 8)
    default: return nil
    }
  }

  /// The address with all but its first bits zero.
  ///
  /// - Parameter bits: of the 128.
  func prefix(_ bits: Int) -> IPAddress {
    let mask = bits == 0 ? 0 : ~UInt64(0) << UInt64(64 - min(bits, 64))
    let lowMask = bits <= 64 ? 0 : ~UInt64(0) << UInt64(128 - bits)
    return IPAddress(high: high & mask, low: low & lowMask)
  }
}
