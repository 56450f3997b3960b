import KeyfoldCore

/// The explanation in the language of Graphviz: TIDs in a box a touchpoint, what made them one, and their keys.
struct DOTGraph {
  private let explanation: Explanation
  private let names: [TID: String]
  private var text = ""
  private var clusters = 0
  private var keys = 0

  private init(_ explanation: Explanation) {
    self.explanation = explanation
    names = explanation.names
  }

  static func write(_ explanation: Explanation) -> String {
    var graph = DOTGraph(explanation)
    graph.writeGraph()
    return graph.text
  }

  private mutating func writeGraph() {
    line("digraph keyfold {")
    line("  graph [rankdir=RL, charset=\"UTF-8\", label=\(quoted(explanation.title)), labelloc=t];")
    line("  node [fontsize=11, shape=box, style=\"rounded,filled\", fillcolor=white];")
    line("  edge [fontsize=10];")
    for (index, customer) in explanation.customers.enumerated() {
      cluster(explanation.name(of: index)) { $0.write(customer) }
    }
    for story in explanation.customers.flatMap(\.tids) { writeLink(of: story) }
    for event in explanation.timeline { writeStops(of: event) }
    line("}")
  }

  private mutating func line(_ line: String) { text += line + "\n" }

  private mutating func cluster(_ label: String, _ content: (inout DOTGraph) -> Void) {
    line("  subgraph cluster_\(clusters) {")
    clusters += 1
    line("  label=\(quoted(label)); style=rounded;")
    content(&self)
    line("  }")
  }

  // MARK: Customers

  private mutating func write(_ customer: Explanation.Customer) {
    var touchpoints: [(name: String, stories: [Explanation.TIDStory])] = []
    for story in customer.tids {
      let name = story.touchpoint ?? "unknown"
      if let place = touchpoints.firstIndex(where: { sameBytes($0.name, name) }) {
        touchpoints[place].stories.append(story)
      } else {
        touchpoints.append((name, [story]))
      }
    }
    for touchpoint in touchpoints {
      cluster(touchpoint.name) { graph in
        for story in touchpoint.stories { graph.write(story) }
      }
    }
    // Strongest attribute first, and what nobody vouched for with a broken line.
    for story in customer.keys where story.isHeld { write(story) }
  }

  private mutating func write(_ story: Explanation.TIDStory) {
    guard let name = names[story.record.tid] else { return }
    let primary = story.record.parent == nil ? ", penwidth=2" : ""
    let revoked = story.record.revoked ? "\nrevoked" : ""
    line("  \(name) [label=\(quoted("\(name)\n\(story.record.tid)\(revoked)"))\(primary)];")
  }

  private mutating func write(_ story: KeyStory) {
    guard let origin = names[story.origin] else { return }
    let style = story.standing == .verified ? "solid" : "dashed"
    let entry = story.decisive.map { "#\($0.sequence)" } ?? ""
    let label = quoted("\(story.key.description)\n\(story.standing.name)")
    line("  k\(keys) [shape=ellipse, style=\(style), label=\(label)];")
    line("  k\(keys) -> \(origin) [arrowhead=none, style=\(style), label=\(quoted(entry))];")
    keys += 1
  }

  // MARK: Between TIDs

  private mutating func writeLink(of story: Explanation.TIDStory) {
    guard let name = names[story.record.tid], let parent = story.record.parent.flatMap({ names[$0] }) else {
      return
    }
    let label = story.link.map { "#\($0.sequence) \($0.words)" } ?? ""
    line("  \(name) -> \(parent) [penwidth=2, label=\(quoted(label))];")
  }

  private mutating func writeStops(of event: Explanation.Event) {
    guard let home = event.home.flatMap({ names[$0] }) else { return }
    for stop in event.stops {
      guard let other = names[stop.obstacle.profile], other != home else { continue }
      let label = quoted("#\(event.sequence) stayed apart")
      line("  \(home) -> \(other) [dir=none, style=dotted, color=red, constraint=false, label=\(label)];")
    }
  }

  /// A string of the language: it knows backslashes, and entities as HTML has them.
  private func quoted(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      visible(String(line)).reduce(into: "") { result, character in
        switch character {
        case "\\": result += "\\\\"
        case "\"": result += "\\\""
        case "&": result += "&amp;"
        default: result.append(character)
        }
      }
    }
    return "\"" + lines.joined(separator: "\\n") + "\""
  }
}
