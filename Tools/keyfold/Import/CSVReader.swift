import Keyfold
import KeyfoldCore

/// Cuts CSV data (RFC 4180) into records, as many at a time as are there without waiting.
///
/// A value in quotation marks may hold commas, line ends and doubled quotation marks. A byte order mark at
/// the beginning and empty lines are skipped. A record that is wrong is given up with its first line, and the
/// next line is taken for a new one: a quotation mark too many cannot swallow the rest of the file.
struct CSVReader {
  /// A record, or why there is none.
  struct Record: Sendable {
    /// Line its first character is in, from 1.
    let line: Int
    /// As it stands in the file; only its first line where it is wrong, nothing where that is too long.
    let text: ArraySlice<UInt8>
    let fields: Result<[String], CaptureError>
  }

  private var input: InputBytes
  private var buffer: [UInt8]
  /// Where the first byte that belongs to no record yet is in the buffer.
  private var start = 0
  private var line = 1
  /// Whether the line at the beginning of the buffer was given up before its end came.
  private var isSkipping = false

  /// What is enough for one batch.
  private static let batchBytes = 1 << 20
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// - Parameter begun: what was read from the input already.
  init(_ input: InputBytes, begun: [UInt8]) {
    self.input = input
    buffer = begun
    if begun.starts(with: CSVReader.byteOrderMark) { start = CSVReader.byteOrderMark.count }
  }

  /// Bytes of the file itself that were read.
  var bytesRead: Int { input.bytesRead }

  /// Waits for at least one complete record and returns all that are there; nil at the end or after an
  /// interrupt.
  ///
  /// - Parameters:
  ///   - wait: false to take what is there already; then nil also where no record is.
  ///   - most: how many records are wanted at most.
  mutating func next(wait: Bool = true, most: Int = .max) throws -> [Record]? {
    while true {
      var records: [Record] = []
      while records.count < most, let found = takeRecord() {
        if let record = found.record { records.append(record) }
      }
      if !records.isEmpty { return records }
      if input.ended { return nil }
      guard try fill(wait: wait) else { return nil }
    }
  }

  /// Reads something, and on for as long as there is more; false where nothing is.
  private mutating func fill(wait: Bool) throws -> Bool {
    buffer.removeFirst(start)
    start = 0
    guard try input.read(into: &buffer, wait: wait) else { return false }
    while !input.ended, buffer.count < CSVReader.batchBytes, try input.read(into: &buffer, wait: false) {}
    return true
  }

  /// The values of one record's text; nil where it is none.
  static func fields(in text: ArraySlice<UInt8>) -> [String]? {
    let text = Array(text)
    var scanner = CSVScanner(start: 0)
    guard case .record(let end, _) = text.withUnsafeBufferPointer({ scanner.scan($0, isEnded: true) }),
      end == text.count
    else { return nil }
    return try? scanner.fields(of: text).get()
  }

  /// A record of these values, without a line end.
  static func text(of fields: [String]) -> String {
    fields.map { field in
      field.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
        ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
    }.joined(separator: ",")
  }

  /// The next record, or that an empty line was skipped; nil where no whole record is in the buffer.
  private mutating func takeRecord() -> (record: Record?, Void)? {
    if isSkipping {
      guard let end = lineEnd() else {
        start = buffer.count
        return nil
      }
      isSkipping = false
      pass(to: end)
    }
    guard start < buffer.count else { return nil }
    var scanner = CSVScanner(start: start)
    switch buffer.withUnsafeBufferPointer({ scanner.scan($0, isEnded: input.ended) }) {
    case .record(let end, let next):
      let text = buffer[start..<end]
      let isTooLong = text.count > Limits.lineBytes
      let record = Record(
        line: line, text: isTooLong ? [] : text,
        fields: isTooLong ? .failure(.lineTooLong) : scanner.fields(of: buffer))
      pass(to: next)
      return (text.isEmpty ? nil : record, ())
    case .wrong(let why): return (giveUp(CaptureError(.malformedField, why)), ())
    case .unfinished where buffer.count - start > Limits.lineBytes: return (giveUp(.lineTooLong), ())
    case .unfinished: return nil
    }
  }

  /// Takes the first line of a record that is wrong out of the way.
  private mutating func giveUp(_ why: CaptureError) -> Record {
    let end = lineEnd()
    isSkipping = end == nil && !input.ended
    let next = end ?? buffer.count
    var text = buffer[start..<next]
    while let last = text.last, last == 0x0A || last == 0x0D { text.removeLast() }
    let record = Record(line: line, text: text.count > Limits.lineBytes ? [] : text, fields: .failure(why))
    pass(to: next)
    return record
  }

  /// Just after the first line end.
  private func lineEnd() -> Int? { buffer[start...].firstIndex(of: 0x0A).map { $0 + 1 } }

  private mutating func pass(to next: Int) {
    line += buffer[start..<next].count { $0 == 0x0A }
    start = next
  }
}

/// Finds where one record and its fields begin and end.
private struct CSVScanner {
  enum Found {
    /// A record that ends at the first place; the next one begins at the second.
    case record(Int, Int)
    case unfinished
    case wrong(String)
  }

  private let start: Int
  /// Ends of the fields, in order; each begins one after the end before it.
  private var ends: [Int] = []

  init(start: Int) { self.start = start }

  private static let quote = UInt8(ascii: "\"")
  private static let comma = UInt8(ascii: ",")
  private static let lineFeed: UInt8 = 0x0A
  private static let carriageReturn: UInt8 = 0x0D

  mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>, isEnded: Bool) -> Found {
    var begin = start
    while true {
      let place: Int
      switch CSVScanner.end(of: begin, bytes, isEnded: isEnded) {
      case .at(let found): place = found
      case .unfinished: return .unfinished
      case .wrong(let why): return .wrong(why)
      }
      if place < bytes.count, bytes[place] == CSVScanner.comma {
        ends.append(place)
        begin = place + 1
        continue
      }
      // The end of a line or of the file; a carriage return before it is part of it.
      let hasReturn = place > begin && bytes[place - 1] == CSVScanner.carriageReturn
      ends.append(hasReturn ? place - 1 : place)
      return .record(ends[ends.count - 1], min(place + 1, bytes.count))
    }
  }

  private enum FieldEnd {
    /// A comma, a line feed, or the end of the file.
    case at(Int)
    case unfinished
    case wrong(String)
  }

  private static func end(of begin: Int, _ bytes: UnsafeBufferPointer<UInt8>, isEnded: Bool) -> FieldEnd {
    var place = begin
    if place < bytes.count, bytes[place] == quote {
      place += 1
      while place + 1 < bytes.count, bytes[place] != quote || bytes[place + 1] == quote {
        place += bytes[place] == quote ? 2 : 1
      }
      guard place < bytes.count, bytes[place] == quote, isEnded || place + 1 < bytes.count else {
        return isEnded ? .wrong("a value in quotation marks has no end") : .unfinished
      }
      place += 1
      if place < bytes.count, bytes[place] == carriageReturn {
        guard place + 1 < bytes.count || isEnded else { return .unfinished }
        if place + 1 == bytes.count || bytes[place + 1] == lineFeed { place += 1 }
      }
      if place < bytes.count, bytes[place] != comma, bytes[place] != lineFeed {
        return .wrong("something follows a closing quotation mark")
      }
    }
    while place < bytes.count, bytes[place] != comma, bytes[place] != lineFeed {
      if bytes[place] == quote {
        return .wrong("a quotation mark stands within a value that does not begin with one")
      }
      place += 1
    }
    return place < bytes.count || isEnded ? .at(place) : .unfinished
  }

  /// The values, without their quotation marks.
  func fields(of buffer: [UInt8]) -> Result<[String], CaptureError> {
    var fields: [String] = []
    fields.reserveCapacity(ends.count)
    var begin = start
    for end in ends {
      guard let value = CSVScanner.value(buffer[begin..<end]) else {
        return .failure(
          CaptureError(.malformedField, "field \(fields.count + 1) is not UTF-8 text, or has a NUL in it"))
      }
      fields.append(value)
      begin = end + 1
    }
    return .success(fields)
  }

  private static func value(_ field: ArraySlice<UInt8>) -> String? {
    guard field.first == quote else { return text(field) }
    let content = field.dropFirst().dropLast()
    guard content.contains(quote) else { return text(content) }
    var single: [UInt8] = []
    single.reserveCapacity(content.count)
    var isDouble = false
    for byte in content {
      isDouble = byte == quote && !isDouble
      if !isDouble { single.append(byte) }
    }
    return text(single[...])
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String? {
    guard !bytes.contains(0), let text = try? UTF8Span(validating: bytes.span) else { return nil }
    return String(copying: text)
  }
}
