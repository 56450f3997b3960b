/// The id Keyfold generates for a customer on a touchpoint: a UUID version 7 (RFC 9562, section 5.7).
///
/// A TID is a bearer secret of its touchpoint: whoever presents it is taken for that customer.
public struct TID: Hashable, Comparable, Sendable {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads canonical lower-case text such as `0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a90`.
  ///
  /// Returns nil for anything else: upper case, other UUID versions and missing dashes included.
  public init?(_ text: some StringProtocol) {
    var text = String(text)
    let parsed = text.withUTF8 { TID(utf8: $0) }
    guard let parsed else { return nil }
    self = parsed
  }

  /// Reads canonical text from its UTF-8 bytes.
  package init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
    guard bytes.count == 36 else { return nil }
    var halves: (UInt64, UInt64) = (0, 0)
    var digits = 0
    for (index, byte) in bytes.enumerated() {
      if index == 8 || index == 13 || index == 18 || index == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      guard let digit = lowerHexDigit(byte) else { return nil }
      if digits < 16 { halves.0 = halves.0 << 4 | digit } else { halves.1 = halves.1 << 4 | digit }
      digits += 1
    }
    guard halves.0 >> 12 & 0xF == 7, halves.1 >> 62 == 0b10 else { return nil }
    self.init(high: halves.0, low: halves.1)
  }

  /// Puts a version 7 TID together; surplus bits of the arguments are dropped.
  ///
  /// - Parameters:
  ///   - milliseconds: Unix time, 48 bits.
  ///   - counter: orders TIDs within a millisecond, 12 bits.
  ///   - random: 62 bits.
  package init(milliseconds: UInt64, counter: UInt64, random: UInt64) {
    high = milliseconds << 16 | 0x7000 | counter & 0xFFF
    low = 0b10 << 62 | random & (1 << 62 - 1)
  }

  /// This TID, or, where it would sort before `other`, one made of the same random bits that sorts after it.
  ///
  /// A secondary TID must count as younger than the TID it belongs to, even if another machine's clock
  /// was ahead when that one was made.
  package func sorting(after other: TID) -> TID {
    guard self < other else { return self }
    let counter = other.high & 0xFFF
    let milliseconds = other.high >> 16
    return counter < 0xFFF
      ? TID(milliseconds: milliseconds, counter: counter + 1, random: low)
      : TID(milliseconds: milliseconds + 1, counter: 0, random: low)
  }

  /// Byte order of the canonical form.
  public static func < (a: TID, b: TID) -> Bool {
    a.high != b.high ? a.high < b.high : a.low < b.low
  }
}

extension TID: CustomStringConvertible {
  /// The canonical lower-case text.
  public var description: String {
    let bytes = [UInt8](capacity: TID.textBytes) { write(into: &$0) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Characters of the canonical form.
  static let textBytes = 36

  /// Writes the characters of the canonical form.
  func write(into output: inout OutputSpan<UInt8>) {
    for index in 0..<32 {
      if index == 8 || index == 12 || index == 16 || index == 20 { output.put("-") }
      let half = index < 16 ? high : low
      output.append(lowerHexCharacter(half >> UInt64(60 - 4 * (index & 15)) & 0xF))
    }
  }

  /// The 16 bytes of the id, most significant first.
  package var bytes: [UInt8] {
    sixteenBytes(high, low)
  }

  /// Reads 16 bytes written by `bytes`.
  package init?(bytes: some Collection<UInt8>) {
    guard let halves = halves(of: bytes) else { return nil }
    self.init(high: halves.high, low: halves.low)
  }
}

package func lowerHexDigit(_ byte: UInt8) -> UInt64? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
  case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
  default: nil
  }
}

package func lowerHexCharacter(_ digit: UInt64) -> UInt8 {
  UInt8(digit) + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
}
