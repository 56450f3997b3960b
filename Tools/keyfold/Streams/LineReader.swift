import Glibc
import KeyfoldCore

/// Cuts a stream into lines, as many at a time as are there without waiting.
///
/// A byte order mark at the beginning and blank lines are skipped, CRLF is taken for LF. A line over the
/// limit is skipped as it comes, so that memory stays small.
struct LineReader {
  /// A line of the stream.
  enum Line {
    case text(number: Int, ArraySlice<UInt8>)
    case tooLong(number: Int)
  }

  private var input: InputBytes
  private var buffer: [UInt8]
  private var number = 0
  private var isSkipping = false

  /// What is enough for one batch.
  private static let batchBytes = 1 << 20

  /// - Parameter begun: what was read from the input already.
  init(_ input: InputBytes, begun: [UInt8] = []) {
    self.input = input
    buffer = begun
  }

  /// Bytes of the file itself that were read.
  var bytesRead: Int { input.bytesRead }

  /// Waits for at least one complete line and returns all that are there; nil at the end or after an
  /// interrupt.
  ///
  /// - Parameter wait: false to take what is there already; then nil also where no line is.
  mutating func next(wait: Bool = true) throws -> [Line]? {
    while true {
      var lines = takeLines()
      if lines.isEmpty && input.ended {
        lines = takeRest()
        return lines.isEmpty ? nil : lines
      }
      if !lines.isEmpty { return lines }
      guard try fill(wait: wait) else { return nil }
    }
  }

  /// Reads until a line is complete, then on for as long as there is more; false where no line is.
  private mutating func fill(wait: Bool) throws -> Bool {
    var hasLine = false
    while !input.ended, !hasLine || buffer.count < LineReader.batchBytes {
      let before = buffer.count
      guard try input.read(into: &buffer, wait: wait && !hasLine) else { return hasLine }
      if lineEnd(from: before) != nil { hasLine = true }
      if isTooLong { return true }
    }
    return true
  }

  /// What a line may have beside its text: a byte order mark before it, a carriage return after it.
  private static let marginBytes = byteOrderMark.count + 1
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  private var isTooLong: Bool {
    buffer.count > Limits.lineBytes + LineReader.marginBytes && lineEnd(from: 0) == nil
  }

  /// Where the first line that ends at or after `start` ends.
  private func lineEnd(from start: Int) -> Int? {
    buffer.withUnsafeBytes { bytes in
      guard start < bytes.count, let base = bytes.baseAddress,
        let found = memchr(base + start, 0x0A, bytes.count - start)
      else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }

  private mutating func takeLines() -> [Line] {
    var lines: [Line] = []
    var start = buffer.startIndex
    while let end = lineEnd(from: start) {
      append(buffer[start..<end], to: &lines)
      start = end + 1
    }
    buffer = start == buffer.startIndex ? buffer : Array(buffer[start...])
    if isTooLong {
      buffer.removeAll(keepingCapacity: true)
      isSkipping = true
    }
    return lines
  }

  /// The last line may lack its end.
  private mutating func takeRest() -> [Line] {
    var lines: [Line] = []
    if !buffer.isEmpty || isSkipping { append(buffer[...], to: &lines) }
    buffer = []
    isSkipping = false
    return lines
  }

  private mutating func append(_ line: ArraySlice<UInt8>, to lines: inout [Line]) {
    number += 1
    var text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    if number == 1 && text.starts(with: LineReader.byteOrderMark) {
      text = text.dropFirst(LineReader.byteOrderMark.count)
    }
    if isSkipping || text.count > Limits.lineBytes {
      isSkipping = false
      lines.append(.tooLong(number: number))
    } else if !text.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
      lines.append(.text(number: number, text))
    }
  }
}
