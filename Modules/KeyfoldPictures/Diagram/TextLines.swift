import KeyfoldCore

/// A piece of text in one style.
struct Span {
  var text: String
  let style: TextStyle
  /// The class that gives it its looks.
  let look: StaticString
  /// The whole text, where only its beginning and end are shown.
  var whole: String?
}

/// Sets text in lines.
struct TextLines {
  private(set) var lines: [[Span]] = [[]]
  private let width: Int
  private var filled = 0

  /// - Parameter width: that no line exceeds, in pixels.
  init(_ spans: [Span], width: Int) {
    self.width = width
    for span in spans { add(span) }
    lines.removeAll(where: \.isEmpty)
  }

  private mutating func add(_ span: Span) {
    for word in TextLines.words(span.text) {
      let needed = span.style.width(of: word.trimmingSpaces)
      if filled + needed > width { startLine() }
      if needed <= width {
        append(word, span)
      } else {
        var short = span
        short.text = span.style.fitted(word, in: width)
        short.whole = span.whole ?? word
        append(short.text, short)
      }
    }
  }

  private mutating func startLine() {
    guard !lines[lines.count - 1].isEmpty else { return }
    lines.append([])
    filled = 0
  }

  private mutating func append(_ word: String, _ span: Span) {
    let row = lines.count - 1
    if lines[row].isEmpty && word.trimmingSpaces.isEmpty { return }
    filled += span.style.width(of: word)
    if let last = lines[row].last, last.look.description == span.look.description, last.whole == span.whole {
      lines[row][lines[row].count - 1].text += word
    } else {
      var piece = span
      piece.text = word
      lines[row].append(piece)
    }
  }

  /// The words, each with the spaces behind it.
  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    for character in text {
      if character != " ", word.last == " " {
        words.append(word)
        word = ""
      }
      word.append(character)
    }
    return word.isEmpty ? words : words + [word]
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}

extension Sentence {
  /// The sentence as spans, with short names for TIDs.
  func spans(naming names: [TID: String], isSmall: Bool = false) -> [Span] {
    pieces.map { piece in
      switch piece {
      case .words(let words): Span.own(words, isSmall)
      case .quoted(let text): Span(text: text, style: isSmall ? .small : .plain, look: isSmall ? "s q" : "q")
      case .tid(let tid): Span(text: names[tid] ?? tid.description, style: .bold, look: "b")
      case .key(let key): Span(text: key.description, style: .bold, look: "b q")
      case .time(let time): Span.own(time.brief, isSmall)
      case .entry(let sequence): Span.own("#\(sequence)", isSmall)
      }
    }
  }
}

extension Span {
  fileprivate static func own(_ words: String, _ isSmall: Bool) -> Span {
    Span(text: words, style: isSmall ? .small : .plain, look: isSmall ? "s" : "t")
  }
}

extension Timestamp {
  /// Date and time to the second, for people; UTC.
  var brief: String {
    let text = description
    return text.prefix(10) + " " + text.dropFirst(11).prefix(8)
  }
}
