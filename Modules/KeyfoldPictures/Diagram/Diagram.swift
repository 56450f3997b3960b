import KeyfoldCore

/// Where everything stands in a picture of TIDs over time: a row an entry of the journal, from the first to the
/// last; a rail a TID, from where it came to be to where it became part of another; the rails of a touchpoint
/// side by side in a lane, and the lanes of a customer beside each other.
struct Diagram {
  /// A row.
  enum Row {
    /// These TIDs came to be in a way the journal does not tell.
    case untold([TID])
    case event(Explanation.Event)
  }

  /// Rails of one customer's TIDs that were first seen at one touchpoint. Positions are in pixels.
  struct Lane {
    /// Index of the customer.
    let customer: Int
    let touchpoint: String
    let x: Int
    let width: Int
    /// Which of the colours it has.
    let color: Int
  }

  /// A TID.
  struct Rail {
    let story: Explanation.TIDStory
    let name: String
    let x: Int
    let color: Int
    /// The row it begins in.
    let first: Int
    /// The row in which it becomes part of another; nil for one that does not.
    let merged: Int?
    /// The last row that has to do with it; a primary TID goes on for ever.
    let last: Int
  }

  let explanation: Explanation
  let rows: [Row]
  private(set) var lanes: [Lane] = []
  private(set) var rails: [Rail] = []
  /// Of the lanes, in pixels.
  private(set) var width = 0
  /// The rail of each TID.
  private var places: [TID: Int] = [:]

  static let colors = 8
  /// Widest that the name of a touchpoint is shown, in pixels.
  static let headWidth = 130
  /// From the edges of a lane to its first rail, and from its last one, beside which names stand.
  private static let margins = (left: 20, right: 44)
  private static let laneGap = 6
  private static let customerGap = 30
  /// Between rails: as close as so many of them need.
  private static let pitches: [(rails: Int, pitch: Int)] = [(12, 30), (40, 22), (.max, 14)]

  init(_ explanation: Explanation) {
    self.explanation = explanation
    let known = Set(explanation.timeline.map(\.sequence))
    let untold = explanation.customers.flatMap(\.tids)
      .filter { story in story.born.map { !known.contains($0) } ?? true }.map(\.record.tid)
    rows = (untold.isEmpty ? [] : [.untold(untold)]) + explanation.timeline.map { .event($0) }
    lay(out: spans())
  }

  /// The rail of a TID; nil for one of somebody else.
  func rail(_ tid: TID) -> Rail? { places[tid].map { rails[$0] } }

  // MARK: Laying out

  /// The rows a TID takes.
  private struct Span {
    let story: Explanation.TIDStory
    let first: Int
    let merged: Int?
    let last: Int
  }

  private func spans() -> [TID: Span] {
    var rowOf: [Int64: Int] = [:]
    var last: [TID: Int] = [:]
    for (index, row) in rows.enumerated() {
      guard case .event(let event) = row else { continue }
      rowOf[event.sequence] = index
      for tid in event.tids { last[tid] = index }
    }
    var spans: [TID: Span] = [:]
    for story in explanation.customers.flatMap(\.tids) {
      let tid = story.record.tid
      let first = story.born.flatMap { rowOf[$0] } ?? 0
      // A TID that was issued beside another never was a customer of its own.
      let merged = story.link.flatMap { $0.cause == nil ? nil : rowOf[$0.sequence] }
      let end = story.record.parent == nil ? rows.count : max(first, merged ?? first, last[tid] ?? first)
      spans[tid] = Span(story: story, first: first, merged: merged, last: end)
    }
    return spans
  }

  private mutating func lay(out spans: [TID: Span]) {
    let names = explanation.names
    let pitch = Diagram.pitches.first { spans.count <= $0.rails }?.pitch ?? 14
    var x = 0
    for (customer, one) in explanation.customers.enumerated() {
      if customer > 0 { x += Diagram.customerGap }
      // A customer's name stands above their lanes, the first of which must have room for it.
      let least =
        explanation.customers.count > 1 ? TextStyle.small.width(of: explanation.name(of: customer)) + 8 : 0
      let own = one.tids.compactMap { spans[$0.record.tid] }.filter { places[$0.story.record.tid] == nil }
      for (touchpoint, members) in Diagram.grouped(own) {
        let columns = Diagram.columns(members)
        let tracks = (columns.max() ?? 0) * pitch
        let label = TextStyle.small.width(of: TextStyle.small.fitted(touchpoint, in: Diagram.headWidth))
        let width = max(tracks + Diagram.margins.left + Diagram.margins.right, label + 24, least)
        let color = lanes.count % Diagram.colors
        lanes.append(
          Lane(customer: customer, touchpoint: touchpoint, x: x, width: width, color: color))
        let start = x + (width - tracks - Diagram.margins.right + Diagram.margins.left) / 2
        for (span, column) in zip(members, columns) {
          places[span.story.record.tid] = rails.count
          rails.append(
            Rail(
              story: span.story, name: names[span.story.record.tid] ?? "", x: start + column * pitch,
              color: color, first: span.first, merged: span.merged, last: span.last))
        }
        x += width + Diagram.laneGap
      }
    }
    width = max(0, x - Diagram.laneGap)
  }

  /// By touchpoint, in the order in which the first TID of each came to be.
  private static func grouped(_ spans: [Span]) -> [(touchpoint: String, spans: [Span])] {
    let ordered = spans.sorted {
      ($0.first, $0.story.record.tid) < ($1.first, $1.story.record.tid)
    }
    var groups: [(touchpoint: String, spans: [Span])] = []
    for span in ordered {
      let touchpoint = span.story.touchpoint ?? "unknown"
      if let place = groups.firstIndex(where: { $0.touchpoint.utf8.elementsEqual(touchpoint.utf8) }) {
        groups[place].spans.append(span)
      } else {
        groups.append((touchpoint, [span]))
      }
    }
    return groups
  }

  /// The column of each: the first that is free, so that lanes stay narrow.
  private static func columns(_ spans: [Span]) -> [Int] {
    var taken: [Int] = []
    return spans.map { span in
      let free = taken.firstIndex { $0 < span.first }
      if let free {
        taken[free] = span.last
        return free
      }
      taken.append(span.last)
      return taken.count - 1
    }
  }
}

extension Explanation.Event {
  /// The TID that the entry is about: the one that the touchpoint uses from then on.
  var home: TID? {
    switch entry.event {
    case .capture(let record): record.outcome.touchpointTid
    case .pending(_, let outcome): outcome?.touchpointTid
    case .operation(let operation): operation.tids.first
    }
  }

  /// Every TID that it has to do with.
  var tids: [TID] {
    var tids = entry.effects.flatMap(\.tids) + stops.map(\.obstacle.profile)
    switch entry.event {
    case .capture(let record):
      tids += [record.outcome.touchpointTid, record.outcome.tid]
      tids += [record.tid, record.handoffTid, record.outcome.switchedFrom].compactMap { $0 }
    case .pending(_, let outcome): tids += outcome.map { [$0.touchpointTid, $0.tid] } ?? []
    case .operation(let operation): tids += operation.tids
    }
    return tids
  }
}
