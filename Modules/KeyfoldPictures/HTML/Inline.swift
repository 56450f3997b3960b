import KeyfoldCore

/// Writes sentences into a page.
struct Inline {
  let names: [TID: String]
  /// Entries that can be jumped to.
  let entries: Set<Int64>

  func write(_ sentence: Sentence, into markup: inout Markup) {
    for piece in sentence.pieces {
      switch piece {
      case .words(let words): markup.write(words)
      case .quoted(let text): markup.element("bdi", text: text)
      case .tid(let tid): write(tid, into: &markup)
      case .key(let key): markup.element("bdi", [("class", "key")], text: key.description)
      case .time(let time): write(time, into: &markup)
      case .entry(let sequence): write(entry: sequence, into: &markup)
      }
    }
  }

  func write(_ tid: TID, into markup: inout Markup) {
    if let name = names[tid] {
      markup.element("b", [("class", "tid"), ("title", tid.description)], text: name)
    } else {
      markup.element("code", text: tid.description)
    }
  }

  func write(_ time: Timestamp, into markup: inout Markup) {
    markup.element("time", [("datetime", time.description)], text: time.brief)
  }

  func write(entry sequence: Int64, into markup: inout Markup) {
    if entries.contains(sequence) {
      markup.element("a", [("href", "#e\(sequence)")], text: "#\(sequence)")
    } else {
      markup.write("#\(sequence)")
    }
  }
}
