import KeyfoldCore

/// The touchpoint above its lane, and above the first lane of several customers, whose lanes they are.
struct LaneHead {
  private let lane: Diagram.Lane
  private let customer: String?

  init(_ lane: Diagram.Lane, of explanation: Explanation, _ diagram: Diagram) {
    self.lane = lane
    let isFirst = diagram.lanes.first { $0.customer == lane.customer }?.x == lane.x
    customer = explanation.customers.count > 1 && isFirst ? explanation.name(of: lane.customer) : nil
  }

  /// - Parameters:
  ///   - left: where the lanes begin.
  ///   - y: of the touchpoint's base line.
  ///   - isRepeated: in the middle of the lanes, on a ground of its own.
  func draw(left: Int, y: Int, isRepeated: Bool = false, into markup: inout Markup) {
    let short = TextStyle.small.fitted(lane.touchpoint, in: Diagram.headWidth)
    if isRepeated {
      markup.empty(
        "rect",
        [
          ("class", "blank"), ("x", "\(left + lane.x)"), ("y", "\(y - 13)"), ("width", "\(lane.width)"),
          ("height", "18"),
        ])
    }
    markup.element(
      "text",
      [
        ("class", "lanehead k\(lane.color)"), ("x", "\(left + lane.x + lane.width / 2)"), ("y", "\(y)"),
        ("text-anchor", "middle"),
      ]
    ) { text in
      if short != lane.touchpoint { text.element("title", text: lane.touchpoint) }
      text.write(short)
    }
    guard let customer, !isRepeated else { return }
    markup.element(
      "text", [("class", "s"), ("x", "\(left + lane.x + 4)"), ("y", "\(y - 18)")], text: customer)
  }
}
