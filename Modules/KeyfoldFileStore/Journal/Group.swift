import KeyfoldCore

/// Entries that became durable together: the unit of the journal file.
///
///     bytes  what
///     4      "KFg1"
///     4      length of the content
///     8      sequence of the first entry
///     4      number of entries
///     4      CRC-32 of the content
///     4      CRC-32 of the 24 bytes above, continuing the content's CRC-32 of the group before
///            (0 for the first of a file)
///     4      zero
///     …      content: for each entry its length in 4 bytes and its JSON text
///     …      zeros up to a multiple of 8
struct GroupHeader {
  static let mark: UInt32 = 0x3167_464B
  static let byteCount = 32
  /// No group is longer; a length beyond it is damage.
  static let contentBytesMax = 1 << 30

  let contentBytes: Int
  let firstSequence: Int64
  let entryCount: Int
  let contentChecksum: UInt32
  let headerChecksum: UInt32

  /// Length with header and the zeros at the end.
  var paddedBytes: Int { (GroupHeader.byteCount + contentBytes + 7) & ~7 }

  /// Reads a header; nil where there is none. Whether its checksum is right is for the caller, who knows the
  /// group before.
  init?(_ bytes: ArraySlice<UInt8>) {
    var reader = ByteReader(bytes)
    guard reader.uint32() == GroupHeader.mark, let length = reader.uint32(), let first = reader.int64(),
      let count = reader.uint32(), let content = reader.uint32(), let header = reader.uint32(),
      reader.uint32() == 0,
      length <= GroupHeader.contentBytesMax, first > 0, count > 0
    else { return nil }
    contentBytes = Int(length)
    firstSequence = first
    entryCount = Int(count)
    contentChecksum = content
    headerChecksum = header
  }

  /// The checksum the header must have after a group.
  func expectedChecksum(_ bytes: ArraySlice<UInt8>, after previous: UInt32) -> UInt32 {
    checksum(bytes.prefix(24), continuing: previous)
  }

  /// A whole group, ready to be written.
  static func encode(
    _ entries: [[UInt8]], firstSequence: Int64, after previous: UInt32
  ) -> (bytes: [UInt8], contentChecksum: UInt32) {
    var content = ByteWriter()
    for entry in entries {
      content.add(UInt32(entry.count))
      content.add(entry)
    }
    let contentChecksum = checksum(content.bytes)
    var group = ByteWriter()
    group.add(mark)
    group.add(UInt32(content.bytes.count))
    group.add(firstSequence)
    group.add(UInt32(entries.count))
    group.add(contentChecksum)
    group.add(checksum(group.bytes, continuing: previous))
    group.add(UInt32(0))
    group.add(content.bytes)
    group.add(repeatElement(0, count: (8 - group.bytes.count % 8) % 8))
    return (group.bytes, contentChecksum)
  }

  /// The entries' texts in a content.
  static func entries(in content: ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
    var reader = ByteReader(content)
    var entries: [ArraySlice<UInt8>] = []
    while !reader.isAtEnd {
      guard let length = reader.uint32(), let entry = reader.content(Int(length)) else { return nil }
      entries.append(entry)
    }
    return entries
  }
}
