import Glibc
import KeyfoldCore

/// Cuts a stream into lines, as many at a time as are there without waiting.
///
/// A byte order mark at the beginning and blank lines are skipped, CRLF is taken for LF. A line over the
/// limit is skipped
/// as it comes, so that memory stays small.
struct LineReader {
  /// A line of the stream.
  enum Line {
    case text(number: Int, ArraySlice<UInt8>)
    case tooLong(number: Int)
  }

  private let file: Int32
  private let interrupts: Interrupts
  private var buffer: [UInt8] = []
  private var number = 0
  private var isSkipping = false
  private var ended = false
  private(set) var bytesRead = 0

  /// Bytes asked for at a time.
  private static let chunkBytes = 256 << 10
  /// What is enough for one batch.
  private static let batchBytes = 1 << 20

  init(file: Int32, interrupts: Interrupts) {
    self.file = file
    self.interrupts = interrupts
  }

  /// Waits for at least one complete line and returns all that are there; nil at the end or after an
  /// interrupt.
  mutating func next() throws -> [Line]? {
    while true {
      var lines = takeLines()
      if lines.isEmpty && ended {
        lines = takeRest()
        return lines.isEmpty ? nil : lines
      }
      if !lines.isEmpty { return lines }
      guard try fill() else { return nil }
    }
  }

  /// Reads until a line is complete, then on for as long as there is more; false after an interrupt.
  private mutating func fill() throws -> Bool {
    var hasLine = false
    while !ended, !hasLine || buffer.count < LineReader.batchBytes {
      guard try interrupts.waitForInput(file, block: !hasLine) else { return hasLine || !interrupts.arrived }
      let before = buffer.count
      try readChunk()
      if buffer[before...].contains(UInt8(ascii: "\n")) { hasLine = true }
      if isTooLong { return true }
    }
    return true
  }

  private var isTooLong: Bool { buffer.count > Limits.lineBytes + 2 && !buffer.contains(UInt8(ascii: "\n")) }

  private mutating func readChunk() throws {
    let before = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: LineReader.chunkBytes))
    var count = -1
    repeat {
      count = buffer[before...].withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
    } while count < 0 && errno == EINTR && !interrupts.arrived
    let failed = errno
    buffer.removeLast(LineReader.chunkBytes - max(0, count))
    if count < 0 && failed != EINTR {
      throw Failure(.inputOutput, "reading failed: \(String(cString: strerror(failed)))")
    }
    if bytesRead == 0 && buffer.starts(with: [0xEF, 0xBB, 0xBF]) { buffer.removeFirst(3) }
    bytesRead += max(0, count)
    if count == 0 { ended = true }
  }

  private mutating func takeLines() -> [Line] {
    var lines: [Line] = []
    var start = buffer.startIndex
    while let end = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) {
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
    let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    if isSkipping || text.count > Limits.lineBytes {
      isSkipping = false
      lines.append(.tooLong(number: number))
    } else if !text.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
      lines.append(.text(number: number, text))
    }
  }
}
