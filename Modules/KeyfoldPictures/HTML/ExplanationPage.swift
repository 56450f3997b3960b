import KeyfoldCore

/// The explanation as a page: the answer, the time line with its graph, and all of it as tables.
struct ExplanationPage {
  let explanation: Explanation
  let diagram: Diagram
  let inline: Inline

  init(_ explanation: Explanation) {
    self.explanation = explanation
    diagram = Diagram(explanation)
    inline = Inline(names: explanation.names, entries: Set(explanation.timeline.map(\.sequence)))
  }

  static func write(_ explanation: Explanation) -> String {
    let page = ExplanationPage(explanation)
    let frame = PageFrame(
      title: explanation.title, styles: [pictureStyle, pageStyle, explanationStyle], script: filterScript)
    return frame.document(page.body)
  }

  private func body(_ body: inout Markup) {
    body.element("nav", [("class", "skip"), ("aria-label", "Skip")]) { nav in
      for (id, words) in [("what-happened", "what happened"), ("keys", "keys"), ("tids", "TIDs")] {
        nav.element("a", [("href", "#\(id)")], text: "Skip to \(words)")
      }
    }
    body.element("main") { main in
      writeAnswer(&main)
      writeTimeline(&main)
      writeKeys(&main)
      writeTIDs(&main)
      writeSeparations(&main)
    }
    body.element("footer") { footer in
      footer.write("From the journal up to entry #\(explanation.sequence). Times are UTC. ")
      footer.write("This page names every customer that is involved: it is for operators.")
    }
  }

  // MARK: The answer

  private func writeAnswer(_ main: inout Markup) {
    main.element("header") { header in
      header.element("h1", text: explanation.title)
      for subject in explanation.subjects {
        header.element("p") { inline.write(subject.statement, into: &$0) }
      }
    }
    let lines = explanation.answerLines
    let steps = lines.filter { $0.mark == .step }
    if !steps.isEmpty {
      main.element("ol", [("class", "answer")]) { list in
        for step in steps { list.element("li") { write(step, &$0) } }
      }
    }
    for line in lines where line.mark != .step {
      main.element("p", [("class", line.mark == .now ? "now" : "prospect")]) { paragraph in
        paragraph.element("span", [("class", "sign")], text: line.mark == .now ? "now" : "→")
        paragraph.write(" ")
        write(line, &paragraph)
      }
    }
  }

  private func write(_ line: Explanation.AnswerLine, _ item: inout Markup) {
    if !line.place.isEmpty {
      item.element("span", [("class", "meta")]) { inline.write(line.place, into: &$0) }
      item.void("br", [])
    }
    inline.write(line.sentence, into: &item)
    guard !line.vouching.isEmpty else { return }
    item.element("ul", [("class", "details")]) { list in
      for sentence in line.vouching { list.element("li") { inline.write(sentence, into: &$0) } }
    }
  }

  // MARK: What happened

  private func writeTimeline(_ main: inout Markup) {
    main.element("section", [("id", "what-happened"), ("aria-labelledby", "h-what-happened")]) { section in
      section.element("h2", [("id", "h-what-happened")], text: "What happened")
      writeLegend(&section)
      // Only a script can filter; without one there is nothing to be seen of it.
      section.element("p", [("class", "tools"), ("id", "tools"), ("hidden", "")]) { tools in
        tools.element("label", [("for", "filter")], text: "Show only what contains")
        tools.void("input", [("id", "filter"), ("type", "search"), ("autocomplete", "off")])
        tools.element("button", [("id", "open"), ("type", "button")], text: "Open all details")
        tools.element("output", [("id", "count"), ("for", "filter"), ("aria-live", "polite")], text: "")
      }
      section.newLine()
      section.element(
        "div",
        [("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-labelledby", "h-what-happened")]
      ) { scroll in
        scroll.element("div", [("class", "inner")]) { inner in
          writeHeads(&inner)
          inner.element("ol", [("class", "rows")]) { rows in
            for index in diagram.rows.indices { writeRow(index, &rows) }
          }
        }
      }
      if explanation.uneventful > 0 {
        section.element("p", [("class", "meta")], text: explanation.uneventfulWords)
      }
    }
    main.newLine()
  }

  private func writeLegend(_ section: inout Markup) {
    section.element("ul", [("class", "legend"), ("aria-label", "Legend")]) { list in
      for entry in Legend.allCases {
        list.element("li") { item in
          writeMark(entry, &item)
          item.write(" \(entry.words)")
        }
      }
    }
  }

  func writeMark(_ mark: Legend, _ markup: inout Markup) {
    markup.element(
      "svg", [("class", "mark"), ("width", "18"), ("height", "18"), ("aria-hidden", "true")]
    ) { mark.draw(x: 9, y: 9, into: &$0) }
  }

  /// The touchpoints above their lanes; they stay in sight.
  private func writeHeads(_ inner: inout Markup) {
    inner.element("div", [("class", "heads"), ("aria-hidden", "true")]) { heads in
      heads.element("div", [("class", "corner")], text: "")
      heads.element("svg", [("width", "\(diagram.width)"), ("height", "44")]) { svg in
        for lane in diagram.lanes {
          LaneHead(lane, of: explanation, diagram).draw(left: 0, y: 32, into: &svg)
        }
      }
    }
  }

  private func writeRow(_ index: Int, _ rows: inout Markup) {
    let row = diagram.rows[index]
    var id: String?
    if case .event(let event) = row { id = "e\(event.sequence)" }
    rows.element("li", [("class", "row"), ("id", id)]) { item in
      item.element("div", [("class", "told")]) { writeWords(of: row, &$0) }
      item.element("svg", [("class", "graph"), ("width", "\(diagram.width)"), ("aria-hidden", "true")]) {
        svg in
        for lane in diagram.lanes {
          svg.empty(
            "rect",
            [("class", "lane"), ("x", "\(lane.x)"), ("width", "\(lane.width)"), ("height", "100%")])
        }
        RowDrawing(graph: RowGraph(diagram, row: index), width: diagram.width, height: nil).draw(into: &svg)
      }
    }
    rows.newLine()
  }

  private func writeWords(of row: Diagram.Row, _ told: inout Markup) {
    told.element("p", [("class", "meta")]) { inline.write(row.meta, into: &$0) }
    if row.details.isEmpty {
      told.element("p", [("class", "headline")]) { inline.write(row.headline, into: &$0) }
    } else {
      told.element("details") { details in
        details.element("summary") { inline.write(row.headline, into: &$0) }
        details.element("ul", [("class", "details")]) { list in
          for sentence in row.details { list.element("li") { inline.write(sentence, into: &$0) } }
        }
      }
    }
    for tid in row.born {
      guard let name = inline.names[tid] else { continue }
      told.element("p", [("class", "meta")]) { line in
        line.write("\(name) is ")
        line.element("code", text: tid.description)
      }
    }
  }
}
