import KeyfoldCore

/// The state at a place of the journal, so that opening need not read all that came before.
///
/// A checkpoint is only a shortcut: one that is missing or damaged costs time, never data. The file is
/// written under another name, made durable and renamed, so that it is whole or not there.
///
///     "KFchkp3\n", then numbers least significant byte first, texts and lists with their length before them:
///     sequence; place in the journal (segment, offset, checksum); marks;
///     names of attributes, touchpoints and data; TIDs; keys; claims, activity, data, merge and released
///     claims of each TID; captures; separations; handoffs; waiting keys; conflicts; tombstones; CRC-32 of
///     all before it. A TID of zeros and a key without a value are what an erasure left of one.
struct Checkpoint {
  static let mark = Array("KFchkp3\n".utf8)

  let index: StateIndex
  let place: GroupPlace
  let marks: [(sequence: Int64, place: GroupPlace)]
  let byteCount: Int

  static func name(_ sequence: Int64) -> String { numbered("checkpoint", sequence) }

  /// The newest checkpoint that is whole; nil where there is none.
  ///
  /// - Parameter empty: what it is loaded into.
  static func newest(on disk: any Disk, over empty: StateIndex) throws(StoreError) -> Checkpoint? {
    let names = try disk.names().filter { $0.hasPrefix("checkpoint.") && !$0.hasSuffix(".draft") }
    for name in names.sorted().reversed() {
      let bytes = try disk.open(name, creating: false).readAll()
      guard bytes.count > mark.count + 4, bytes.starts(with: mark) else { continue }
      let content = bytes[..<(bytes.count - 4)]
      var sum = ByteReader(bytes.suffix(4))
      guard sum.uint32() == checksum(content) else { continue }
      var reader = ByteReader(content.dropFirst(mark.count))
      if let checkpoint = Checkpoint(&reader, over: empty, byteCount: bytes.count) { return checkpoint }
    }
    return nil
  }

  /// Writes a checkpoint and removes those it makes useless.
  static func write(_ index: StateIndex, _ journal: Journal, to disk: any Disk) throws(StoreError) {
    var writer = ByteWriter()
    writer.add(mark)
    writer.add(index.sequence)
    writer.add(journal.end)
    writer.add(UInt64(journal.marks.count))
    for (sequence, place) in journal.marks {
      writer.add(sequence)
      writer.add(place)
    }
    index.write(to: &writer)
    writer.add(checksum(writer.bytes))
    let name = name(index.sequence)
    try disk.replace(name, with: writer.bytes)
    for other in try disk.names() where other.hasPrefix("checkpoint.") && other != name {
      try disk.remove(other)
    }
  }

  private init?(_ reader: inout ByteReader, over empty: StateIndex, byteCount: Int) {
    guard let sequence = reader.int64(), let place = reader.place(), let count = reader.uint64() else {
      return nil
    }
    var marks: [(sequence: Int64, place: GroupPlace)] = []
    for _ in 0..<count {
      guard let first = reader.int64(), let place = reader.place() else { return nil }
      marks.append((first, place))
    }
    guard let index = empty.loaded(from: &reader, sequence: sequence), reader.isAtEnd else {
      return nil
    }
    self.index = index
    self.place = place
    self.marks = marks
    self.byteCount = byteCount
  }
}

extension ByteWriter {
  fileprivate mutating func add(_ place: GroupPlace) {
    add(place.segment)
    add(Int64(place.offset))
    add(place.previousChecksum)
  }
}

extension ByteReader {
  fileprivate mutating func place() -> GroupPlace? {
    guard let segment = int64(), let offset = int64(), let checksum = uint32() else { return nil }
    return GroupPlace(segment: segment, offset: Int(offset), previousChecksum: checksum)
  }
}
