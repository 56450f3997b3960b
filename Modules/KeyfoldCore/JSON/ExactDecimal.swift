/// The value of a JSON number, exactly: 1, 1.0 and 10e-1 are equal, and nothing is rounded.
///
/// A binary fraction would make 0.1 something else and large ids equal to their neighbours.
package struct ExactDecimal: Sendable, Hashable {
  private let isNegative: Bool
  /// From the highest on, without zeros at either end; none for zero.
  private let digits: [UInt8]
  /// The power of ten that the digits, read as a whole number, are multiplied by; 0 for zero.
  private let exponent: Int

  /// Exponents beyond this are nobody's data.
  private static let exponentMax = 1_000_000

  /// Nil where the text is no JSON number, or one whose exponent nobody means.
  package init?(_ text: String) {
    // The parser takes white space around a value, which is no part of a number.
    guard let value = try? JSONValue(parsing: text), case .number(let number) = value, sameBytes(number, text)
    else { return nil }
    let parts = number.utf8.split(maxSplits: 1) { $0 | 0x20 == UInt8(ascii: "e") }
    guard let mantissa = parts.first else { return nil }
    let power = parts.count > 1 ? Int(Substring(parts[1])) : 0
    guard let power, power.magnitude <= ExactDecimal.exponentMax else { return nil }
    let fraction = mantissa.split(separator: UInt8(ascii: "."), maxSplits: 1).dropFirst().first?.count ?? 0
    var digits = mantissa.filter(isASCIIDigit).drop { $0 == UInt8(ascii: "0") }
    var exponent = power - fraction
    while digits.last == UInt8(ascii: "0") {
      digits.removeLast()
      exponent += 1
    }
    self.digits = digits.map { $0 - UInt8(ascii: "0") }
    self.exponent = digits.isEmpty ? 0 : exponent
    isNegative = mantissa.first == UInt8(ascii: "-") && !digits.isEmpty
  }

  /// The number times a power of ten, rounded down to a whole one; the nearest of the range where that is
  /// outside.
  package func scaled(byTenTo power: Int, within range: ClosedRange<Int64>) -> Int64 {
    let shift = exponent + power
    let wholeDigits = digits.count + shift
    // 19 digits and more may not fit; no bound of a range is asked for that has as many.
    guard wholeDigits <= 18 else { return isNegative ? range.lowerBound : range.upperBound }
    var magnitude: Int64 = 0
    for place in 0..<max(wholeDigits, 0) {
      magnitude = magnitude * 10 + (place < digits.count ? Int64(digits[place]) : 0)
    }
    // The last digit is not zero: what is cut off is something.
    let isCut = shift < 0 && !digits.isEmpty
    let value = isNegative ? -magnitude - (isCut ? 1 : 0) : magnitude
    return min(max(value, range.lowerBound), range.upperBound)
  }
}
