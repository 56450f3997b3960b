import KeyfoldCore

/// What is drawn in one row of a diagram.
struct RowGraph {
  /// A rail that runs through the row, or a part of it.
  struct Track {
    enum Part {
      case through
      case fromNode
      case toNode
    }

    let x: Int
    let color: Int
    /// After the TID became part of another: it still leads to its customer.
    let isFaint: Bool
    let part: Part
  }

  /// A line from one rail to another.
  struct Connector {
    enum Kind {
      /// The first became part of the second.
      case merged
      /// The first was issued beside the second.
      case issued
      /// The second stayed apart from the first.
      case apart
    }

    let from: Int
    let to: Int
    let color: Int
    let kind: Kind
  }

  /// A mark on a rail.
  struct Node {
    enum Kind {
      /// The TID came to be.
      case born
      /// Others became part of it.
      case merged
      /// A key became verified.
      case verified
      /// A key was recorded that nobody vouched for.
      case claimed
      /// It identifies nobody any more.
      case revoked
      /// Somebody stayed apart, and there is no rail to show who.
      case apart
      case seen
    }

    let x: Int
    let color: Int
    let kind: Kind
  }

  /// The name of a TID beside its mark.
  struct Label {
    let x: Int
    let text: String
    /// Above the mark, or below it.
    let isAbove: Bool
  }

  private(set) var tracks: [Track] = []
  private(set) var connectors: [Connector] = []
  private(set) var nodes: [Node] = []
  private(set) var labels: [Label] = []

  init(_ diagram: Diagram, row index: Int) {
    for rail in diagram.rails { addTracks(of: rail, row: index) }
    switch diagram.rows[index] {
    case .untold(let tids):
      for rail in tids.compactMap(diagram.rail) {
        nodes.append(Node(x: rail.x, color: rail.color, kind: .born))
      }
      label(tids.compactMap(diagram.rail))
    case .event(let event): add(event, diagram)
    }
  }

  /// The rails between a row and the one before it.
  init(between diagram: Diagram, before index: Int) {
    for rail in diagram.rails where rail.first < index && rail.last >= index {
      let isFaint = rail.merged.map { $0 < index } ?? false
      tracks.append(Track(x: rail.x, color: rail.color, isFaint: isFaint, part: .through))
    }
  }

  // MARK: Rails

  private mutating func addTracks(of rail: Diagram.Rail, row: Int) {
    guard row >= rail.first, row <= rail.last else { return }
    let isFaint = rail.merged.map { row > $0 } ?? false
    func add(_ part: Track.Part, faint: Bool) {
      tracks.append(Track(x: rail.x, color: rail.color, isFaint: faint, part: part))
    }
    switch row {
    case rail.first:
      if row < rail.last { add(.fromNode, faint: rail.merged == row) }
    case rail.merged:
      // The line that leads to the other customer begins at the upper edge.
      if row < rail.last { add(.fromNode, faint: true) }
    case rail.last: add(.toNode, faint: isFaint)
    default: add(.through, faint: isFaint)
    }
  }

  // MARK: What happened

  private mutating func add(_ event: Explanation.Event, _ diagram: Diagram) {
    let home = event.home.flatMap(diagram.rail)
    for link in event.links { add(link, diagram) }
    addStops(of: event, home, diagram)
    for tid in event.revoked {
      if let rail = diagram.rail(tid) { mark(rail, .revoked) }
    }
    for (tid, kind) in event.keyMarks {
      if let rail = diagram.rail(tid) { mark(rail, kind) }
    }
    let leaves = event.links.contains { $0.cause != nil && $0.tid == home?.story.record.tid }
    if let home, !leaves { mark(home, home.isBorn(with: event) ? .born : .seen) }
    // The one it is about first: names that would stand on one another are left out.
    label([home].compactMap { $0 } + event.links.compactMap { diagram.rail($0.tid) }, above: false)
    label(event.links.compactMap { diagram.rail($0.root) }, above: true)
    label(
      event.tids.compactMap(diagram.rail).filter { rail in nodes.contains { $0.x == rail.x } }, above: true)
  }

  private mutating func add(_ link: Link, _ diagram: Diagram) {
    guard let rail = diagram.rail(link.tid) else { return }
    let isIssued = link.cause == nil
    guard let target = diagram.rail(isIssued ? link.parent : link.root) else { return mark(rail, .seen) }
    connectors.append(
      Connector(from: rail.x, to: target.x, color: rail.color, kind: isIssued ? .issued : .merged))
    mark(target, isIssued ? .seen : .merged)
    if isIssued { mark(rail, .born) }
  }

  private mutating func addStops(of event: Explanation.Event, _ home: Diagram.Rail?, _ diagram: Diagram) {
    let separated = event.separated
    for other in event.stops.map(\.obstacle.profile) + (separated.map { [$0.1] } ?? []) {
      let rail = diagram.rail(other)
      guard let from = separated.flatMap({ diagram.rail($0.0) }) ?? home, let rail, from.x != rail.x else {
        if let rail = rail ?? home { mark(rail, .apart) }
        continue
      }
      connectors.append(Connector(from: from.x, to: rail.x, color: from.color, kind: .apart))
      mark(from, .seen)
      mark(rail, .seen)
    }
  }

  /// One mark a rail: the one that says most stays.
  private mutating func mark(_ rail: Diagram.Rail, _ kind: Node.Kind) {
    let node = Node(x: rail.x, color: rail.color, kind: kind)
    guard let place = nodes.firstIndex(where: { $0.x == rail.x }) else { return nodes.append(node) }
    if kind.rank > nodes[place].kind.rank { nodes[place] = node }
  }

  /// Names rails, as far as there is room on that side of the line.
  private mutating func label(_ rails: [Diagram.Rail], above: Bool = false) {
    for rail in rails where !labels.contains(where: { $0.x == rail.x }) {
      let collides = labels.contains { other in
        let left = other.x < rail.x ? other.text : rail.name
        return other.isAbove == above && abs(other.x - rail.x) < RowGraph.width(of: left) + 6
      }
      if !collides { labels.append(Label(x: rail.x, text: rail.name, isAbove: above)) }
    }
  }

  /// Of a name, in pixels.
  static func width(of name: String) -> Int { TextStyle(size: 11, isBold: true).width(of: name) }
}

extension RowGraph.Node.Kind {
  fileprivate var rank: Int {
    switch self {
    case .seen: 0
    case .claimed: 1
    case .verified: 2
    case .merged: 3
    case .revoked: 4
    case .apart: 5
    case .born: 6
    }
  }
}

extension Diagram.Rail {
  fileprivate func isBorn(with event: Explanation.Event) -> Bool { story.born == event.sequence }
}

extension Explanation.Event {
  fileprivate var revoked: [TID] {
    entry.effects.compactMap { if case .revoked(let tid) = $0 { tid } else { nil } }
  }

  /// Two that were said to be different customers.
  fileprivate var separated: (TID, TID)? {
    for case .separated(let a, let b) in entry.effects { return (a, b) }
    return nil
  }

  /// The TIDs on which keys were recorded, and TIDs that came to be with the entry.
  fileprivate var keyMarks: [(TID, RowGraph.Node.Kind)] {
    entry.effects.compactMap { effect in
      switch effect {
      case .born(let tid, _, _): (tid, .born)
      case .claimed(_, let origin, let verified, _, _): (origin, verified ? .verified : .claimed)
      case .verified(_, let origin, _, _): (origin, .verified)
      default: nil
      }
    }
  }
}
