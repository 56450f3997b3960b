import KeyfoldCore

/// A segment that was written anew as a draft.
struct RewrittenSegment: Sendable {
  let name: String
  let firstSequence: Int64
  fileprivate(set) var marks: [(sequence: Int64, place: GroupPlace)] = []
  fileprivate(set) var end: GroupPlace

  var draft: String { name + ".draft" }
}

extension Journal {
  /// Writes every segment anew in which an entry changes, and the last one with an entry more, each as a
  /// draft beside it. The journal is what it was until `adopt`.
  ///
  /// - Parameters:
  ///   - entry: the text of the new entry.
  ///   - change: is shown every entry in order, and answers with another text or nil.
  func rewrite(
    appending entry: [UInt8], _ change: ([UInt8]) throws(StoreError) -> [UInt8]?
  ) throws(StoreError) -> [RewrittenSegment] {
    var rewritten: [RewrittenSegment] = []
    for (index, segment) in segments.enumerated() {
      let isLast = index == segments.count - 1
      var writer = SegmentWriter(firstSequence: segment.firstSequence)
      var isChanged = isLast
      try forEachGroup(of: segment) { group throws(StoreError) in
        var entries: [[UInt8]] = []
        for text in group.entries {
          let changed = try change(Array(text))
          isChanged = isChanged || changed != nil
          entries.append(changed ?? Array(text))
        }
        writer.add(entries)
      }
      guard writer.nextSequence == (isLast ? nextSequence : segments[index + 1].firstSequence) else {
        throw StoreError(
          .damaged, "entry \(writer.nextSequence) of the journal cannot be read; run 'keyfold check'")
      }
      if isLast { writer.add([entry]) }
      if isChanged { rewritten.append(try writer.write(to: disk)) }
    }
    return rewritten
  }

  private func forEachGroup(
    of segment: Segment, _ body: (Group) throws(StoreError) -> Void
  ) throws(StoreError) {
    var place = GroupPlace.beginning(of: segment.firstSequence)
    while place != end, case .group(let group) = try segment.group(at: place) {
      try body(group)
      place = group.end
    }
  }

  /// Puts drafts in the places of their segments and goes on behind the entry that is new.
  mutating func adopt(_ rewritten: [RewrittenSegment]) throws(StoreError) {
    for segment in rewritten { try disk.rename(segment.draft, to: segment.name) }
    try disk.sync()
    let firsts = Set(rewritten.map(\.firstSequence))
    marks.removeAll { firsts.contains($0.place.segment) }
    marks = (marks + rewritten.flatMap(\.marks)).sorted { $0.sequence < $1.sequence }
    for (place, segment) in segments.enumerated() where firsts.contains(segment.firstSequence) {
      segments[place] = Segment(
        file: try disk.open(segment.name, creating: false), name: segment.name,
        firstSequence: segment.firstSequence)
    }
    guard let last = rewritten.last else { return }
    end = last.end
    filled = last.end.offset
    nextSequence += 1
  }
}

/// Puts the bytes of a segment together.
private struct SegmentWriter {
  private var segment: RewrittenSegment
  private var bytes: [UInt8]
  private(set) var nextSequence: Int64

  init(firstSequence: Int64) {
    segment = RewrittenSegment(
      name: Segment.name(firstSequence: firstSequence), firstSequence: firstSequence,
      end: .beginning(of: firstSequence))
    bytes = Segment.header(firstSequence: firstSequence)
    nextSequence = firstSequence
  }

  mutating func add(_ entries: [[UInt8]]) {
    if Journal.isMarkWorth(segment.end, after: segment.marks.last?.place) {
      segment.marks.append((nextSequence, segment.end))
    }
    let (group, checksum) = GroupHeader.encode(
      entries, firstSequence: nextSequence, after: segment.end.previousChecksum)
    bytes += group
    nextSequence += Int64(entries.count)
    segment.end = GroupPlace(segment: segment.firstSequence, offset: bytes.count, previousChecksum: checksum)
  }

  func write(to disk: any Disk) throws(StoreError) -> RewrittenSegment {
    let file = try disk.open(segment.draft, creating: true)
    try file.resize(to: 0)
    try file.write(bytes, at: 0)
    try file.sync()
    return segment
  }
}
