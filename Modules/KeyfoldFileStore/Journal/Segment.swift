import KeyfoldCore

/// One file of the journal: a header, then groups one after the other, then zeros that wait to be written
/// over.
///
///     bytes  what
///     8      "KFjrnl1\n"
///     8      sequence of the first entry
///     4      CRC-32 of the 16 bytes above
///     12     zero
struct Segment: Sendable {
  static let mark = Array("KFjrnl1\n".utf8)
  static let headerBytes = 32

  let file: any DiskFile
  let name: String
  let firstSequence: Int64

  static func name(firstSequence: Int64) -> String {
    numbered("journal", firstSequence)
  }

  /// The first sequence a file's name tells; nil for a file that is none of the journal's.
  static func firstSequence(name: String) -> Int64? {
    guard name.hasPrefix("journal."), let number = Int64(name.dropFirst(8)),
      Segment.name(firstSequence: number) == name
    else { return nil }
    return number
  }

  static func header(firstSequence: Int64) -> [UInt8] {
    var header = ByteWriter()
    header.add(mark)
    header.add(firstSequence)
    header.add(checksum(header.bytes))
    header.add(repeatElement(0, count: 12))
    return header.bytes
  }

  func hasHeader() throws(StoreError) -> Bool {
    try file.read(Segment.headerBytes, at: 0) == Segment.header(firstSequence: firstSequence)
  }
}

/// Where a group begins.
struct GroupPlace: Sendable, Hashable {
  /// First sequence of the segment.
  var segment: Int64
  var offset: Int
  /// Content checksum of the group before it in the segment; 0 for the first.
  var previousChecksum: UInt32

  static func beginning(of segment: Int64) -> GroupPlace {
    GroupPlace(segment: segment, offset: Segment.headerBytes, previousChecksum: 0)
  }
}

/// A group that was read and found whole.
struct Group {
  let header: GroupHeader
  let place: GroupPlace
  let entries: [ArraySlice<UInt8>]

  /// Where the next group of the segment begins.
  var end: GroupPlace {
    GroupPlace(
      segment: place.segment, offset: place.offset + header.paddedBytes,
      previousChecksum: header.contentChecksum)
  }
}

extension Segment {
  /// What is found where a group may begin.
  enum Found {
    case group(Group)
    /// Nothing but zeros, or the end of the file.
    case end
    /// Something that is no whole group.
    case broken(String)
  }

  func group(at place: GroupPlace) throws(StoreError) -> Found {
    let bytes = try file.read(GroupHeader.byteCount, at: place.offset)
    if bytes.allSatisfy({ $0 == 0 }) { return .end }
    guard bytes.count == GroupHeader.byteCount, let header = GroupHeader(bytes[...]),
      header.headerChecksum == header.expectedChecksum(bytes[...], after: place.previousChecksum)
    else { return .broken("no header of a group") }
    let content = try file.read(header.contentBytes, at: place.offset + GroupHeader.byteCount)
    guard content.count == header.contentBytes, checksum(content) == header.contentChecksum,
      let entries = GroupHeader.entries(in: content[...]), entries.count == header.entryCount
    else { return .broken("the content of a group does not match its checksum") }
    return .group(Group(header: header, place: place, entries: entries))
  }

  /// Offset of a whole group anywhere after an offset, whatever comes before it; nil where there is none.
  ///
  /// A group is only begun after the one before it is durable. So one that follows something broken tells
  /// that the broken thing was durable once and has been damaged since; with nothing behind it, it is a write
  /// that a crash cut short.
  func wholeGroup(after offset: Int) throws(StoreError) -> Int? {
    let bytes = try file.read(max(0, try file.size() - offset), at: offset)
    return Segment.wholeGroup(in: bytes, after: 0).map { offset + $0.place }
  }

  /// The same in bytes that were read, with the group's header.
  static func wholeGroup(in bytes: [UInt8], after offset: Int) -> (place: Int, header: GroupHeader)? {
    let mark = withUnsafeBytes(of: GroupHeader.mark.littleEndian) { Array($0) }
    var position = offset + 1
    while position + GroupHeader.byteCount <= bytes.count {
      guard let found = bytes[position...].firstIndex(of: mark[0]) else { return nil }
      position = found + 1
      guard bytes[found...].starts(with: mark),
        let header = GroupHeader(bytes[found...].prefix(GroupHeader.byteCount)),
        found + GroupHeader.byteCount + header.contentBytes <= bytes.count
      else { continue }
      let start = found + GroupHeader.byteCount
      if checksum(bytes[start..<start + header.contentBytes]) == header.contentChecksum {
        return (found, header)
      }
    }
    return nil
  }

  /// Whether anything but zeros stands after an offset.
  func hasRemains(after offset: Int) throws(StoreError) -> Bool {
    try file.read(max(0, try file.size() - offset), at: offset).contains { $0 != 0 }
  }
}
