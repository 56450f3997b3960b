import KeyfoldCore

/// What the picture shows, as tables.
extension ExplanationPage {
  func writeKeys(_ main: inout Markup) {
    main.element("section", [("id", "keys"), ("aria-labelledby", "h-keys")]) { section in
      section.element("h2", [("id", "h-keys")], text: "Keys, strongest first")
      for (index, customer) in explanation.customers.enumerated() where !customer.keys.isEmpty {
        section.table(["Key", "Status", "TID", "Since", "Touchpoint", "Why"], caption: caption(index)) {
          body in
          for story in customer.keys { body.element("tr") { write(story, &$0) } }
        }
      }
      if explanation.customers.allSatisfy(\.keys.isEmpty) { section.element("p", text: "There are none.") }
    }
    main.newLine()
  }

  private func write(_ story: KeyStory, _ row: inout Markup) {
    row.element("th", [("scope", "row")]) {
      $0.element("bdi", [("class", "key")], text: story.key.description)
    }
    row.element("td", [("class", "standing")]) { cell in
      writeMark(story.standing.legend, &cell)
      cell.write(" \(story.standing.name)\(story.waits ? ", waits for a verdict" : "")")
    }
    row.element("td") { inline.write(story.origin, into: &$0) }
    row.element("td") { cell in
      guard let moment = story.decisive else { return }
      inline.write(entry: moment.sequence, into: &cell)
      cell.write(" ")
      inline.write(moment.at, into: &cell)
    }
    row.element("td") { cell in
      if let touchpoint = story.decisive?.touchpoint { cell.element("bdi", text: touchpoint) }
    }
    row.element("td") { if let why = story.why { inline.write(why, into: &$0) } }
  }

  func writeTIDs(_ main: inout Markup) {
    main.element("section", [("id", "tids"), ("aria-labelledby", "h-tids")]) { section in
      section.element("h2", [("id", "h-tids")], text: "TIDs, each below the one it became part of")
      for (index, customer) in explanation.customers.enumerated() {
        let columns = ["Name", "TID", "Touchpoint", "Since", "Part of", "How"]
        section.table(columns, caption: caption(index)) { body in
          for (story, depth) in customer.tree { body.element("tr") { write(story, depth, &$0) } }
        }
      }
    }
    main.newLine()
  }

  private func write(_ story: Explanation.TIDStory, _ depth: Int, _ row: inout Markup) {
    // Deeper than that, the table would run out of the page.
    row.element("th", [("scope", "row"), ("class", "d\(min(depth, 8))")]) { cell in
      inline.write(story.record.tid, into: &cell)
      if story.record.revoked { cell.write(" (revoked)") }
    }
    row.element("td") { $0.element("code", text: story.record.tid.description) }
    row.element("td") { $0.element("bdi", text: story.touchpoint ?? "") }
    row.element("td") { inline.write(story.record.bornAt, into: &$0) }
    row.element("td") { cell in
      if let parent = story.record.parent { inline.write(parent, into: &cell) }
    }
    row.element("td") { cell in
      guard let link = story.link else { return }
      inline.write(entry: link.sequence, into: &cell)
      cell.write(" ")
      inline.write(link.words, into: &cell)
    }
  }

  func writeSeparations(_ main: inout Markup) {
    let separations = explanation.customers.flatMap(\.separations)
    guard !separations.isEmpty else { return }
    main.element("section", [("aria-labelledby", "h-separations")]) { section in
      section.element("h2", [("id", "h-separations")], text: "Said to be different customers")
      section.table(["TID", "Is not", "Entry", "Reason"]) { body in
        for separation in separations {
          body.element("tr") { row in
            row.element("th", [("scope", "row")]) { inline.write(separation.own, into: &$0) }
            row.element("td") { inline.write(separation.other, into: &$0) }
            row.element("td") { cell in
              if let sequence = separation.sequence { inline.write(entry: sequence, into: &cell) }
            }
            row.element("td") { $0.element("bdi", text: separation.reason ?? "") }
          }
        }
      }
    }
  }

  private func caption(_ customer: Int) -> String? {
    explanation.customers.count > 1 ? explanation.name(of: customer) : nil
  }
}

extension Explanation.Customer {
  /// TIDs in the order of a tree, with their depth; oldest first on each level.
  fileprivate var tree: [(story: Explanation.TIDStory, depth: Int)] {
    let children = Dictionary(grouping: tids) { $0.record.parent }
    var rows: [(story: Explanation.TIDStory, depth: Int)] = []
    var rest = (children[nil] ?? []).reversed().map { (story: $0, depth: 0) }
    while let next = rest.popLast() {
      rows.append(next)
      rest += (children[next.story.record.tid] ?? []).reversed().map { ($0, next.depth + 1) }
    }
    return rows
  }
}
