import Glibc

/// The bytes of a file or pipe, as many at a time as are there; unpacked on the way where they are gzip data.
struct InputBytes {
  private let file: Int32
  private let interrupts: Interrupts
  /// Whether gzip data is unpacked; it is told by its first bytes.
  private let unpacks: Bool
  private var gunzip: Gunzip?
  /// Bytes that wait until it is known whether they are gzip data.
  private var held: [UInt8]? = []
  /// Whether the file's end was reached.
  private var isAtEnd = false
  /// Bytes read from the file itself, packed as they are there.
  private(set) var bytesRead = 0

  /// Bytes asked for at a time.
  private static let chunkBytes = 256 << 10
  private static let gzipMark: [UInt8] = [0x1F, 0x8B]

  init(file: Int32, interrupts: Interrupts, unpacks: Bool = false) {
    self.file = file
    self.interrupts = interrupts
    self.unpacks = unpacks
  }

  /// Whether everything was read.
  var ended: Bool { isAtEnd && !(gunzip?.hasMore ?? false) }

  /// Appends what is there.
  ///
  /// - Parameter wait: whether to wait for something where nothing is there.
  /// - Returns: false where nothing is there, or after an interrupt.
  mutating func read(into buffer: inout [UInt8], wait: Bool) throws -> Bool {
    if let gunzip, gunzip.hasMore {
      try unpack(gunzip, &buffer)
      return true
    }
    guard !isAtEnd, try interrupts.waitForInput(file, block: wait) else { return false }
    let chunk = try readChunk()
    if !unpacks {
      buffer += chunk
    } else if let gunzip {
      gunzip.feed(chunk)
      try unpack(gunzip, &buffer)
    } else {
      try recognise(chunk, &buffer)
    }
    return true
  }

  private func unpack(_ gunzip: Gunzip, _ buffer: inout [UInt8]) throws {
    if gunzip.hasMore { try gunzip.unpack(into: &buffer) }
    if ended { try gunzip.end() }
  }

  /// Looks whether the input begins as gzip data does.
  private mutating func recognise(_ chunk: [UInt8], _ buffer: inout [UInt8]) throws {
    guard let before = held else {
      buffer += chunk
      return
    }
    let first = before + chunk
    if first.count < InputBytes.gzipMark.count && !isAtEnd {
      held = first
      return
    }
    held = nil
    guard first.starts(with: InputBytes.gzipMark) else {
      buffer += first
      return
    }
    let gunzip = try Gunzip()
    self.gunzip = gunzip
    gunzip.feed(first)
    try unpack(gunzip, &buffer)
  }

  private mutating func readChunk() throws -> [UInt8] {
    var got = -1
    var failed: Int32 = 0
    let chunk = [UInt8](unsafeUninitializedCapacity: InputBytes.chunkBytes) { chunk, count in
      repeat {
        got = Glibc.read(file, chunk.baseAddress, chunk.count)
        failed = errno
      } while got < 0 && failed == EINTR && !interrupts.arrived
      count = max(0, got)
    }
    if got < 0 && failed != EINTR {
      throw Failure(.inputOutput, "reading failed: \(String(cString: strerror(failed)))")
    }
    bytesRead += chunk.count
    if got == 0 { isAtEnd = true }
    return chunk
  }
}

/// Bytes of a file; nil where it is none that has a size.
func sizeOfFile(_ file: Int32) -> Int? {
  var status = stat()
  guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
  return Int(status.st_size)
}
