/// A number that tells whether a text was changed: one changed byte, or several within eight, change it for
/// certain, other changes all but certainly. No secret, and no match for somebody who means to deceive.
package func changeSum(_ text: [UInt8]) -> Int64 {
  // Each step can be undone, so that two sums that part ways do not meet again while the rest is the same.
  var sum = UInt64(text.count)
  func take(_ word: UInt64) {
    sum = (sum ^ word) &* 0x9E37_79B9_7F4A_7C15
    sum ^= sum >> 29
  }
  text.withUnsafeBytes { bytes in
    var place = 0
    while place + 8 <= bytes.count {
      take(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)))
      place += 8
    }
    var rest: UInt64 = 0
    for (index, byte) in bytes[place...].enumerated() { rest |= UInt64(byte) << UInt64(8 * index) }
    take(rest)
  }
  return Int64(bitPattern: sum)
}
