/// An instant, in microseconds since 1970-01-01T00:00:00Z. Finer digits are cut off.
public struct Timestamp: Hashable, Comparable, Sendable {
  /// Microseconds since the Unix epoch; negative before it.
  public let microseconds: Int64

  /// Makes an instant from microseconds since the Unix epoch.
  public init(microseconds: Int64) { self.microseconds = microseconds }

  /// Earlier instants first.
  public static func < (a: Self, b: Self) -> Bool { a.microseconds < b.microseconds }

  /// The instant so many seconds later (earlier, if negative).
  public func advanced(bySeconds seconds: Int64) -> Timestamp {
    Timestamp(microseconds: microseconds + seconds * 1_000_000)
  }

  /// Reads RFC 3339 (`2026-11-24T09:30:00.000Z`, `2026-11-24T10:30:00+01:00`); nil for anything else.
  ///
  /// A leap second is read as the second after it.
  public init?(_ text: String) {
    var reader = RFC3339Reader(bytes: Array(text.utf8))
    guard let microseconds = reader.microseconds() else { return nil }
    self.init(microseconds: microseconds)
  }
}

extension Timestamp {
  /// Whether RFC 3339 can write it: years 0 to 9999.
  package var isWritable: Bool {
    RFC3339Reader.writable.contains(floorDivision(microseconds, 1_000_000))
  }
}

extension Timestamp: CustomStringConvertible {
  /// RFC 3339 in UTC with milliseconds, or with microseconds where the instant has them.
  public var description: String {
    let bytes = [UInt8](capacity: Timestamp.textBytesMax) { write(into: &$0) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Characters at most, of years up to 9999.
  static let textBytesMax = 27

  func write(into output: inout OutputSpan<UInt8>) {
    // What only a damaged store can hold is written as the nearest instant that can be.
    let bounds = RFC3339Reader.writable
    let microseconds = min(
      max(microseconds, bounds.lowerBound * 1_000_000), bounds.upperBound * 1_000_000 + 999_999)
    let day = floorDivision(microseconds, 86_400_000_000)
    let rest = microseconds - day * 86_400_000_000
    let date = civilDate(daysSinceEpoch: day)
    let seconds = UInt32(rest / 1_000_000)
    let fraction = UInt32(rest % 1_000_000)
    output.putTwo(UInt32(date.year / 100))
    output.putTwo(UInt32(date.year % 100))
    output.put("-")
    output.putTwo(UInt32(date.month))
    output.put("-")
    output.putTwo(UInt32(date.day))
    output.put("T")
    output.putTwo(seconds / 3600)
    output.put(":")
    output.putTwo(seconds / 60 % 60)
    output.put(":")
    output.putTwo(seconds % 60)
    output.put(".")
    output.putThree(fraction / 1000)
    if fraction % 1000 != 0 { output.putThree(fraction % 1000) }
    output.put("Z")
  }
}

extension OutputSpan<UInt8> {
  // Twelve of these stand in a journal entry: fixed widths let the compiler divide by multiplying.

  fileprivate mutating func putTwo(_ value: UInt32) {
    append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10 % 10))
    append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
  }

  fileprivate mutating func putThree(_ value: UInt32) {
    append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 100))
    putTwo(value % 100)
  }
}

private struct RFC3339Reader {
  let bytes: [UInt8]
  var position = 0

  /// Seconds from 0000-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
  static let writable: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func microseconds() -> Int64? {
    guard let year = digits(4), take("-"), let month = digits(2), take("-"), let day = digits(2),
      take("T") || take("t"), let hour = digits(2), take(":"), let minute = digits(2), take(":"),
      let second = digits(2), let fraction = fraction(), let offset = offsetSeconds(),
      position == bytes.count,
      (1...12).contains(month), day >= 1, day <= daysInMonth(year: year, month: month),
      hour < 24, minute < 60, second <= 60
    else { return nil }
    let days = daysSinceEpoch(year: year, month: month, day: day)
    let instant = days * 86_400 + hour * 3600 + minute * 60 + second - offset
    // A leap second happens at the end of a UTC day only; and an offset must not lead out of four-digit
    // years.
    guard second < 60 || instant % 86_400 == 0, RFC3339Reader.writable.contains(instant) else { return nil }
    return instant * 1_000_000 + (second == 60 ? 0 : fraction)
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func digits(_ count: Int) -> Int64? {
    guard position + count <= bytes.count else { return nil }
    var value: Int64 = 0
    for byte in bytes[position..<position + count] {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      value = value * 10 + Int64(byte - UInt8(ascii: "0"))
    }
    position += count
    return value
  }

  private mutating func fraction() -> Int64? {
    guard take(".") else { return 0 }
    var value: Int64 = 0
    var count = 0
    while let digit = digits(1) {
      if count < 6 { value = value * 10 + digit }
      count += 1
    }
    guard count > 0 else { return nil }
    for _ in min(count, 6)..<6 { value *= 10 }
    return value
  }

  private mutating func offsetSeconds() -> Int64? {
    if take("Z") || take("z") { return 0 }
    let east = take("+")
    guard east || take("-"), let hours = digits(2), take(":"), let minutes = digits(2), hours < 24,
      minutes < 60
    else { return nil }
    return (east ? 1 : -1) * (hours * 3600 + minutes * 60)
  }
}

private func floorDivision(_ a: Int64, _ b: Int64) -> Int64 {
  a / b - (a % b < 0 ? 1 : 0)
}

private func daysInMonth(year: Int64, month: Int64) -> Int64 {
  let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  return switch month {
  case 2: leap ? 29 : 28
  case 4, 6, 9, 11: 30
  default: 31
  }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar; the year is counted from March, so that
/// the leap day is its last.
private func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
  let y = month <= 2 ? year - 1 : year
  let era = floorDivision(y, 400)
  let yearOfEra = y - era * 400
  let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
  let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

private func civilDate(daysSinceEpoch days: Int64) -> (year: Int64, month: Int64, day: Int64) {
  let shifted = days + 719_468
  let era = floorDivision(shifted, 146_097)
  let dayOfEra = shifted - era * 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let shiftedMonth = (5 * dayOfYear + 2) / 153
  let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
  let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
}
