import KeyfoldCore

/// The journal's files: the truth of the store. Groups are appended to the last segment; everything else is
/// read only.
///
/// The crash argument: a group is written with one call into space that is filled with zeros already, then
/// made durable with one `fdatasync`, which has nothing but data to write. Only then are its captures
/// answered and the next group begun. So after a crash at most the last group is not whole, and it was never
/// acknowledged; it is cut off. Anything broken with a whole group behind it was damaged later, and is
/// reported instead.
struct Journal: Sendable {
  /// Zeros are written ahead in pieces of this size, so that a group needs no other write and no change of
  /// the file's size.
  static let fillBytes = 1 << 20
  /// A segment of this size is closed and the next one begun, unless tests want smaller ones.
  static let segmentBytesMax = 64 << 20
  /// A place is remembered for each so many bytes.
  static let markBytes = 64 << 10

  let disk: any Disk
  private let segmentBytesMax: Int
  var segments: [Segment] = []
  /// Where the next group begins.
  var end: GroupPlace
  /// Up to where the last segment is filled with zeros.
  var filled = 0
  var nextSequence: Int64 = 1
  /// First sequences and places of some groups, in order.
  var marks: [(sequence: Int64, place: GroupPlace)] = []
  /// Bytes appended or read since the journal was opened.
  private(set) var bytesPassed = 0
  /// What was cut off when the journal was opened; nil where it ended cleanly.
  private(set) var notice: String?

  /// Opens the journal and passes every entry after a place on.
  ///
  /// - Parameters:
  ///   - place: where to begin; nil for the very beginning.
  ///   - sequence: of the last entry before the place.
  ///   - isNew: whether the store is being made, so that there need not be a journal yet.
  ///   - each: takes the entries in order.
  init(
    _ disk: any Disk, from place: GroupPlace?, after sequence: Int64,
    marks: [(sequence: Int64, place: GroupPlace)], isNew: Bool,
    segmentBytesMax: Int = Journal.segmentBytesMax,
    each: (ArraySlice<UInt8>) throws(StoreError) -> Void
  ) throws(StoreError) {
    self.disk = disk
    self.segmentBytesMax = segmentBytesMax
    self.marks = marks
    let firsts = try disk.names().compactMap(Segment.firstSequence).sorted()
    end = place ?? .beginning(of: firsts.first ?? 1)
    nextSequence = sequence + 1
    for first in firsts {
      let name = Segment.name(firstSequence: first)
      segments.append(Segment(file: try disk.open(name, creating: false), name: name, firstSequence: first))
    }
    if segments.isEmpty && isNew {
      try begin()
    } else {
      try readSegments(each)
    }
  }

  private mutating func readSegments(_ each: (ArraySlice<UInt8>) throws(StoreError) -> Void)
    throws(StoreError)
  {
    guard let start = segments.firstIndex(where: { $0.firstSequence == end.segment }) else {
      throw StoreError(.damaged, "the journal has lost the file \(Segment.name(firstSequence: end.segment))")
    }
    for index in start..<segments.count { try readSegment(index, each) }
    let last = segments[segments.count - 1].file
    filled = try last.size()
    // What was read may be in memory only, if a process ended between its write and its sync.
    try last.sync()
  }

  private mutating func readSegment(
    _ index: Int, _ each: (ArraySlice<UInt8>) throws(StoreError) -> Void
  ) throws(StoreError) {
    let segment = segments[index]
    let isLast = index == segments.count - 1
    if end.segment != segment.firstSequence { end = .beginning(of: segment.firstSequence) }
    guard try segment.hasHeader() else {
      return try cutOrRefuse(segment, isLast, "no header of a journal file", at: 0)
    }
    guard end.offset > Segment.headerBytes || segment.firstSequence == nextSequence else {
      throw damage(segment, 0, "it should begin with entry \(nextSequence)")
    }
    while true {
      switch try segment.group(at: end) {
      case .end:
        // Zeros are no proof that nothing was there: pages of a write may reach the disk in any order.
        guard try segment.hasRemains(after: end.offset) else { return }
        return try cutOrRefuse(segment, isLast, "zeros where an entry should be", at: end.offset)
      case .broken(let what): return try cutOrRefuse(segment, isLast, what, at: end.offset)
      case .group(let group):
        guard group.header.firstSequence == nextSequence else {
          throw damage(segment, end.offset, "entry \(nextSequence) is missing")
        }
        for entry in group.entries { try each(entry) }
        pass(group.header.entryCount, group.header.paddedBytes, end: group.end)
      }
    }
  }

  /// Notes that a group ends here.
  private mutating func pass(_ entries: Int, _ bytes: Int, end newEnd: GroupPlace) {
    if Journal.isMarkWorth(end, after: marks.last?.place) { marks.append((nextSequence, end)) }
    nextSequence += Int64(entries)
    bytesPassed += bytes
    end = newEnd
  }

  /// Whether a place is to be remembered, the last one remembered being another.
  static func isMarkWorth(_ place: GroupPlace, after last: GroupPlace?) -> Bool {
    last?.segment != place.segment || place.offset - (last?.offset ?? 0) >= markBytes
  }

  /// Cuts off what a crash left at the end of the last segment; refuses anything else that is broken.
  ///
  /// No group is begun before the zeros it goes into are durable, up to a whole piece of them. In a file of
  /// any other size, as a store that is closed leaves it, nothing was being written.
  private mutating func cutOrRefuse(
    _ segment: Segment, _ isLast: Bool, _ what: String, at offset: Int
  ) throws(StoreError) {
    let size = try segment.file.size()
    guard isLast, offset == 0 || size % Journal.fillBytes == 0, try segment.wholeGroup(after: offset) == nil
    else {
      throw damage(segment, offset, what)
    }
    notice =
      "'\(segment.name)': what a crash left unfinished at byte \(offset) was cut off; no answer was given for it"
    if offset == 0 { try segment.file.write(Segment.header(firstSequence: segment.firstSequence), at: 0) }
    let start = max(offset, Segment.headerBytes)
    try segment.file.resize(to: start)
    try segment.file.resize(to: max(size, start))
    try segment.file.sync()
  }

  private func damage(_ segment: Segment, _ offset: Int, _ what: String) -> StoreError {
    StoreError(
      .damaged,
      "the journal file '\(segment.name)' is damaged at byte \(offset): \(what). Restore a backup, or keep every intact entry with 'keyfold compact --salvage'"
    )
  }

  // MARK: Appending

  /// Content of a group at most, unless a single entry is larger: far below what a reader takes for damage.
  static let groupBytesMax = 64 << 20

  /// Writes entries and makes them durable: one group, or several if they are very large.
  mutating func append(_ entries: [[UInt8]]) throws(StoreError) {
    var start = 0
    while start < entries.count {
      var (next, bytes) = (start, 0)
      while next < entries.count, next == start || bytes + entries[next].count <= Journal.groupBytesMax {
        bytes += entries[next].count
        next += 1
      }
      try appendGroup(Array(entries[start..<next]))
      start = next
    }
  }

  private mutating func appendGroup(_ entries: [[UInt8]]) throws(StoreError) {
    if end.offset > segmentBytesMax { try roll() }
    let (bytes, contentChecksum) = GroupHeader.encode(
      entries, firstSequence: nextSequence, after: end.previousChecksum)
    let file = segments[segments.count - 1].file
    try fill(to: end.offset + bytes.count)
    try file.write(bytes, at: end.offset)
    try file.sync()
    pass(
      entries.count, bytes.count,
      end: GroupPlace(
        segment: end.segment, offset: end.offset + bytes.count, previousChecksum: contentChecksum))
  }

  /// Makes sure that the last segment has zeros up to an offset, and durable ones.
  private mutating func fill(to offset: Int) throws(StoreError) {
    guard offset > filled else { return }
    let target = (offset / Journal.fillBytes + 1) * Journal.fillBytes
    let file = segments[segments.count - 1].file
    try file.write(Array(repeating: 0, count: target - filled), at: filled)
    try file.sync()
    filled = target
  }

  /// Ends the last segment and begins the next.
  private mutating func roll() throws(StoreError) {
    let file = segments[segments.count - 1].file
    try file.resize(to: end.offset)
    try file.sync()
    try begin()
  }

  private mutating func begin() throws(StoreError) {
    let name = Segment.name(firstSequence: nextSequence)
    let file = try disk.open(name, creating: true)
    try file.write(Segment.header(firstSequence: nextSequence), at: 0)
    try file.sync()
    try disk.sync()
    segments.append(Segment(file: file, name: name, firstSequence: nextSequence))
    end = .beginning(of: nextSequence)
    filled = Segment.headerBytes
  }

  /// Gives back the zeros that wait at the end.
  func trim() throws(StoreError) {
    try segments.last?.file.resize(to: end.offset)
  }
}

extension Journal {
  /// Passes entries after a sequence on, in order, until the closure returns false.
  func read(
    after sequence: Int64, _ each: (ArraySlice<UInt8>, Int64) throws(StoreError) -> Bool
  ) throws(StoreError) {
    guard sequence + 1 < nextSequence else { return }
    let mark = marks.last { $0.sequence <= sequence + 1 }
    guard var place = mark?.place, var number = mark?.sequence else { return }
    for segment in segments where segment.firstSequence >= place.segment {
      if segment.firstSequence > place.segment { place = .beginning(of: segment.firstSequence) }
      while place != end, case .group(let group) = try segment.group(at: place) {
        for entry in group.entries {
          if number > sequence, try !each(entry, number) { return }
          number += 1
        }
        place = group.end
      }
    }
    guard number == nextSequence else {
      throw StoreError(
        .damaged, "entry \(number) of the journal cannot be read any more; run 'keyfold check'")
    }
  }
}
