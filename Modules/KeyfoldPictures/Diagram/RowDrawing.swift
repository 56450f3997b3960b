/// Draws the graph of one row. The line on which things happen is at a fixed distance from the upper edge;
/// rails go on to the lower one, wherever it is.
struct RowDrawing {
  let graph: RowGraph
  /// Distance of the left edge of the lanes from that of the drawing, in pixels.
  var left = 0
  /// Of the upper edge.
  var top = 0
  let width: Int
  /// Nil where the row is as high as the text beside it becomes.
  let height: Int?

  /// From the upper edge to the line on which things happen, in pixels.
  static let line = 24
  private static let radius = 8

  private var y: Int { top + RowDrawing.line }
  private var bottom: String { height.map { String(top + $0) } ?? "100%" }

  func draw(into markup: inout Markup) {
    drawThroughTracks(&markup)
    for track in graph.tracks where track.part != .through {
      let isFromNode = track.part == .fromNode
      markup.empty(
        "line",
        stroke(track.color, track.isFaint) + [
          ("x1", "\(left + track.x)"), ("y1", "\(isFromNode ? y : top)"), ("x2", "\(left + track.x)"),
          ("y2", isFromNode ? bottom : "\(y)"),
        ])
    }
    // Lines that cross rails go over them like a bridge.
    for connector in graph.connectors { drawBridge(of: connector, &markup) }
    for connector in graph.connectors { draw(connector, &markup) }
    for node in graph.nodes { draw(node, &markup) }
    for label in graph.labels { draw(label, &markup) }
  }

  /// On a ground of its own: rails may run behind it.
  private func draw(_ label: RowGraph.Label, _ markup: inout Markup) {
    let (x, y) = (left + label.x + 8, label.isAbove ? y - 9 : y + 18)
    markup.empty(
      "rect",
      [
        ("class", "blank"), ("x", "\(x - 2)"), ("y", "\(y - 10)"),
        ("width", "\(RowGraph.width(of: label.text) + 4)"), ("height", "13"),
      ])
    markup.element("text", [("class", "label"), ("x", "\(x)"), ("y", "\(y)")], text: label.text)
  }

  private func stroke(_ color: Int, _ isFaint: Bool) -> [Markup.Attribute] {
    [("class", isFaint ? "k\(color) faint" : "k\(color) track")]
  }

  // MARK: Rails

  /// One path a colour: there may be hundreds of rails.
  private func drawThroughTracks(_ markup: inout Markup) {
    let through = graph.tracks.filter { $0.part == .through }
    guard !through.isEmpty else { return }
    guard let height else {
      // Stretched to the height of the row; its lines stay as thin as they are.
      return markup.element(
        "svg",
        [
          ("x", "\(left)"), ("width", "\(width)"), ("height", "100%"), ("viewBox", "0 0 \(width) 1"),
          ("preserveAspectRatio", "none"),
        ]
      ) { drawPaths(through, x: 0, from: 0, to: 1, &$0) }
    }
    drawPaths(through, x: left, from: top, to: top + height, &markup)
  }

  private func drawPaths(
    _ tracks: [RowGraph.Track], x: Int, from start: Int, to end: Int, _ markup: inout Markup
  ) {
    for color in 0..<Diagram.colors {
      for isFaint in [false, true] {
        let own = tracks.filter { $0.color == color && $0.isFaint == isFaint }
        guard !own.isEmpty else { continue }
        let path = own.map { "M\(x + $0.x) \(start)V\(end)" }.joined()
        markup.empty(
          "path", stroke(color, isFaint) + [("d", path), ("vector-effect", "non-scaling-stroke")])
      }
    }
  }

  // MARK: Lines between rails

  /// Which way a connector goes, and how far before the rail it bends.
  private func course(of connector: RowGraph.Connector) -> (from: Int, to: Int, sign: Int, bend: Int) {
    let (from, to) = (left + connector.from, left + connector.to)
    let sign = to > from ? 1 : -1
    return (from, to, sign, min(RowDrawing.radius, abs(to - from) / 2) * sign)
  }

  private func drawBridge(of connector: RowGraph.Connector, _ markup: inout Markup) {
    let (from, to, _, bend) = course(of: connector)
    markup.empty("path", [("class", "bridge"), ("d", "M\(from + bend) \(y)H\(to - bend)")])
  }

  private func draw(_ connector: RowGraph.Connector, _ markup: inout Markup) {
    let (from, to, sign, bend) = course(of: connector)
    func path(_ kind: String, _ d: String) { markup.empty("path", [("class", kind), ("d", d)]) }
    switch connector.kind {
    case .merged:
      path(
        "k\(connector.color) track",
        "M\(from) \(top)V\(y - abs(bend))Q\(from) \(y) \(from + bend) \(y)H\(to)")
      guard abs(to - from) > 28 else { return }
      let tip = to - 7 * sign
      path("k\(connector.color) solid", "M\(tip) \(y)l\(-8 * sign) -5v10z")
    case .issued: path("k\(connector.color) thin", "M\(to) \(y)H\(from)")
    case .apart:
      path("stop dashed", "M\(from) \(y)H\(to)")
      drawStop(at: abs(to - from) > 40 ? to - 20 * sign : (from + to) / 2, &markup)
    }
  }

  private func drawStop(at x: Int, _ markup: inout Markup) {
    markup.empty(
      "circle", [("class", "stop hollow"), ("cx", "\(x)"), ("cy", "\(y)"), ("r", "6")])
    markup.empty("path", [("class", "stop"), ("d", "M\(x - 4) \(y + 4)l8 -8")])
  }

  // MARK: Marks

  private func draw(_ node: RowGraph.Node, _ markup: inout Markup) {
    let x = left + node.x
    func circle(_ kind: String, _ radius: String) {
      markup.empty(
        "circle",
        [("class", "k\(node.color) \(kind)"), ("cx", "\(x)"), ("cy", "\(y)"), ("r", radius)])
    }
    func path(_ kind: String, _ d: String) {
      markup.empty("path", [("class", "k\(node.color) \(kind)"), ("d", d)])
    }
    switch node.kind {
    case .born: circle("solid", "6")
    case .merged: circle("hollow", "6")
    case .seen: circle("solid", "3.5")
    case .verified: path("solid", Glyph.diamond(x, y))
    case .claimed: path("hollow", Glyph.diamond(x, y))
    case .revoked:
      circle("blank", "8")
      path("track", "M\(x - 5) \(y - 5)l10 10m0 -10l-10 10")
    case .apart: drawStop(at: x, &markup)
    }
  }
}

/// Shapes that stand for something, in diagram and legend alike.
enum Glyph {
  /// Its outline around a point.
  static func diamond(_ x: Int, _ y: Int) -> String { "M\(x) \(y - 7)l7 7l-7 7l-7 -7z" }
}
