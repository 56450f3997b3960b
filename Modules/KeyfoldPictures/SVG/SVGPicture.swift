import KeyfoldCore

/// The picture as one self-contained SVG: the answer, who is who over time, and the keys.
struct SVGPicture {
  let explanation: Explanation
  let diagram: Diagram
  let names: [TID: String]
  private var markup = Markup()
  /// The lower edge of what was drawn, in pixels.
  private var y = 0

  static let margin = 24
  /// Of the text beside the lanes, in pixels.
  static let textWidth = 480
  private static let gap = 20
  private static let lineHeight = 18
  private static let rowsPerHead = 30

  init(_ explanation: Explanation) {
    self.explanation = explanation
    diagram = Diagram(explanation)
    names = explanation.names
  }

  /// Where the lanes begin.
  private var lanesLeft: Int { SVGPicture.margin + SVGPicture.textWidth + SVGPicture.gap }
  var width: Int { max(900, lanesLeft + diagram.width + SVGPicture.margin) }
  private var innerWidth: Int { width - 2 * SVGPicture.margin }
  /// Lines longer than this are hard to read.
  private var proseWidth: Int { min(innerWidth, 860) }

  static func draw(_ explanation: Explanation) -> String {
    var picture = SVGPicture(explanation)
    picture.y = margin
    picture.drawAnswer()
    picture.drawLegend()
    picture.drawTimeline()
    picture.drawKeys()
    picture.y += margin
    return picture.document()
  }

  private func document() -> String {
    var document = Markup()
    document.element(
      "svg",
      [
        ("xmlns", "http://www.w3.org/2000/svg"), ("role", "img"), ("aria-labelledby", "title desc"),
        ("viewBox", "0 0 \(width) \(y)"), ("width", "\(width)"), ("height", "\(y)"),
      ]
    ) { svg in
      svg.element("title", [("id", "title")], text: explanation.title)
      svg.element("desc", [("id", "desc")], text: explanation.summary)
      svg.verbatim("style", pictureStyle)
      svg.empty("rect", [("class", "ground"), ("width", "\(width)"), ("height", "\(y)")])
      svg.append(markup)
    }
    return document.text + "\n"
  }

  // MARK: Text

  /// Sets text from the lower edge on and moves the edge below it.
  private mutating func set(
    _ spans: [Span], x: Int = SVGPicture.margin, width: Int, lineHeight: Int = SVGPicture.lineHeight
  ) {
    for line in TextLines(spans, width: width).lines {
      y += lineHeight
      draw(line, x: x, y: y - 5)
    }
  }

  private mutating func draw(_ line: [Span], x: Int, y: Int) {
    markup.element("text", [("x", "\(x)"), ("y", "\(y)"), ("xml:space", "preserve")]) { text in
      for span in line {
        text.element("tspan", [("class", span.look.description)]) { piece in
          if let whole = span.whole { piece.element("title", text: whole) }
          piece.write(span.text)
        }
      }
    }
  }

  private mutating func heading(_ text: String) {
    y += 16
    set([Span(text: text, style: .heading, look: "h")], width: innerWidth, lineHeight: 22)
    y += 4
  }

  // MARK: The answer

  private mutating func drawAnswer() {
    set([Span(text: explanation.title, style: .heading, look: "h")], width: proseWidth, lineHeight: 22)
    y += 4
    for subject in explanation.subjects {
      set(subject.statement.spans(naming: names), width: proseWidth)
    }
    var number = 0
    for line in explanation.answerLines {
      y += 6
      let start = y
      let x = SVGPicture.margin + 40
      set(line.place.spans(naming: names, isSmall: true), x: x, width: proseWidth - 40, lineHeight: 15)
      set(line.sentence.spans(naming: names), x: x, width: proseWidth - 40)
      if line.mark == .step { number += 1 }
      let mark = line.mark == .step ? "\(number)." : line.mark == .now ? "now" : "→"
      draw(
        [Span(text: mark, style: .small, look: "s")], x: SVGPicture.margin + 8,
        y: start + (line.place.isEmpty ? 13 : 10))
    }
  }

  // MARK: Legend

  private mutating func drawLegend() {
    y += 18
    var x = SVGPicture.margin
    for entry in Legend.allCases {
      let needed = 26 + TextStyle.small.width(of: entry.words) + 20
      if x + needed > width - SVGPicture.margin {
        x = SVGPicture.margin
        y += 22
      }
      entry.draw(x: x + 10, y: y + 10, into: &markup)
      draw([Span(text: entry.words, style: .small, look: "s")], x: x + 26, y: y + 14)
      x += needed
    }
    y += 22
  }

  // MARK: Time line

  private mutating func drawTimeline() {
    heading("What happened (UTC)")
    let top = y
    y += 44
    let rows = collect { picture in
      for index in picture.diagram.rows.indices {
        if index > 0 && index % SVGPicture.rowsPerHead == 0 { picture.repeatHeads(before: index) }
        picture.drawRow(index)
      }
    }
    // Behind the rows, and as high as they turned out to be.
    for lane in diagram.lanes {
      markup.empty(
        "rect",
        [
          ("class", "lane"), ("x", "\(lanesLeft + lane.x)"), ("y", "\(top)"), ("width", "\(lane.width)"),
          ("height", "\(y - top)"), ("rx", "6"),
        ])
    }
    for lane in diagram.lanes {
      LaneHead(lane, of: explanation, diagram).draw(left: lanesLeft, y: top + 32, into: &markup)
    }
    markup.append(rows)
    if explanation.uneventful > 0 {
      y += 6
      set([Span(text: explanation.uneventfulWords, style: .small, look: "s")], width: SVGPicture.textWidth)
    }
  }

  /// Names the lanes again, in the middle of a long picture.
  private mutating func repeatHeads(before index: Int) {
    let top = y
    y += 26
    RowDrawing(
      graph: RowGraph(between: diagram, before: index), left: lanesLeft, top: top, width: diagram.width,
      height: y - top
    ).draw(into: &markup)
    for lane in diagram.lanes {
      LaneHead(lane, of: explanation, diagram).draw(
        left: lanesLeft, y: top + 17, isRepeated: true, into: &markup)
    }
  }

  /// What the closure draws, to be put in its place later.
  private mutating func collect(_ draw: (inout SVGPicture) -> Void) -> Markup {
    let before = markup
    markup = Markup()
    draw(&self)
    defer { markup = before }
    return markup
  }

  private mutating func drawRow(_ index: Int) {
    let top = y
    let words = collect { picture in picture.setWords(of: picture.diagram.rows[index]) }
    y = max(y + 8, top + 52)
    if index % 2 == 1 {
      markup.empty(
        "rect",
        [
          ("class", "band"), ("x", "\(SVGPicture.margin - 8)"), ("y", "\(top)"),
          ("width", "\(SVGPicture.textWidth + SVGPicture.gap)"), ("height", "\(y - top)"), ("rx", "6"),
        ])
    }
    RowDrawing(
      graph: RowGraph(diagram, row: index), left: lanesLeft, top: top, width: diagram.width, height: y - top
    ).draw(into: &markup)
    markup.append(words)
  }

  private mutating func setWords(of row: Diagram.Row) {
    y += 6
    set(row.meta.spans(naming: names, isSmall: true), width: SVGPicture.textWidth, lineHeight: 16)
    set(row.headline.spans(naming: names), width: SVGPicture.textWidth)
    for tid in row.born {
      guard let name = names[tid] else { continue }
      let id = Span(text: tid.description, style: .code, look: "c")
      set(
        [Span(text: "\(name) is ", style: .small, look: "s"), id], width: SVGPicture.textWidth, lineHeight: 17
      )
    }
  }

  // MARK: Keys

  private mutating func drawKeys() {
    guard explanation.customers.contains(where: { !$0.keys.isEmpty }) else { return }
    heading("Keys, strongest first")
    for (index, customer) in explanation.customers.enumerated() where !customer.keys.isEmpty {
      if explanation.customers.count > 1 {
        set([Span(text: explanation.name(of: index), style: .small, look: "s")], width: innerWidth)
      }
      for story in customer.keys { draw(story) }
    }
  }

  private mutating func draw(_ story: KeyStory) {
    y += 4
    let (x, top) = (SVGPicture.margin, y)
    story.standing.legend.draw(x: x + 10, y: y + 9, into: &markup)
    draw([Span(text: names[story.origin] ?? "", style: .bold, look: "b")], x: x + 414, y: y + 13)
    set(story.standingWords.spans(naming: names, isSmall: true), x: x + 464, width: width - x - 488)
    let below = y
    y = top
    set([Span(text: story.key.description, style: .bold, look: "b")], x: x + 26, width: 376)
    y = max(y, below)
  }
}
