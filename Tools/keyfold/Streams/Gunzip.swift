import CZlib

/// Unpacks gzip data (RFC 1952) piece by piece; the only caller of zlib in the tool.
final class Gunzip {
  /// In one place for good: zlib keeps a pointer to it.
  private let stream: UnsafeMutablePointer<z_stream>
  private var packed: [UInt8] = []
  /// How much of `packed` is unpacked.
  private var used = 0
  /// Whether a member of the data was begun and has not ended.
  private var isInside = false
  /// Whether zlib holds bytes that had no room.
  private var isFull = false

  /// Bytes unpacked at a time: a small file that unpacks to a huge one takes no more memory than any other.
  private static let pieceBytes = 256 << 10

  init() throws {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard keyfold_gunzip_init(stream) == Z_OK else { throw Failure(.bug, "zlib cannot be used") }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Whether something can be unpacked without more input.
  var hasMore: Bool { used < packed.count || isFull }

  /// Takes the next packed bytes, when there is no more of the former ones.
  func feed(_ bytes: [UInt8]) {
    packed = bytes
    used = 0
    // Some writers fill up with zeros what they write in blocks.
    if !isInside, bytes.allSatisfy({ $0 == 0 }) { used = bytes.count }
  }

  /// Appends one piece. Members that follow one another are one text, as gzip(1) has it.
  func unpack(into buffer: inout [UInt8]) throws {
    var code = Z_OK
    isInside = true
    buffer.append(addingCapacity: Gunzip.pieceBytes) { output in
      output.withUnsafeMutableBufferPointer { room, count in
        code = inflate(room, &count)
      }
    }
    switch code {
    case Z_OK: break
    // Neither more input nor anything held back: not an error.
    case Z_BUF_ERROR: isFull = false
    case Z_STREAM_END:
      (isInside, isFull) = (false, false)
      inflateReset(stream)
      if packed[used...].allSatisfy({ $0 == 0 }) { used = packed.count }
    default: throw Failure(.refusedInput, "the gzip data is damaged; what came before it was read")
    }
  }

  private func inflate(_ room: UnsafeMutableBufferPointer<UInt8>, _ count: inout Int) -> Int32 {
    packed.withUnsafeMutableBufferPointer { input in
      stream.pointee.next_in = input.baseAddress.map { $0 + used }
      stream.pointee.avail_in = UInt32(input.count - used)
      stream.pointee.next_out = room.baseAddress.map { $0 + count }
      stream.pointee.avail_out = UInt32(room.count - count)
      let code = CZlib.inflate(stream, Z_NO_FLUSH)
      used = input.count - Int(stream.pointee.avail_in)
      count = room.count - Int(stream.pointee.avail_out)
      isFull = stream.pointee.avail_out == 0
      return code
    }
  }

  /// Refuses data whose end is missing.
  func end() throws {
    if isInside { throw Failure(.refusedInput, "the gzip data is cut short; what there is of it was read") }
  }
}
