import KeyfoldCore

/// Reading cannot go on; the reason is among the problems.
struct YAMLStopped: Error {}

/// Turns libyaml's events into nodes.
struct YAMLTree: ~Copyable {
  private(set) var problems = ProblemList()
  private let events: YAMLEventSource

  /// The bytes must outlive the builder.
  init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let events = YAMLEventSource(bytes) else { return nil }
    self.events = events
  }

  /// The document; nil if there is none.
  mutating func document() throws(YAMLStopped) -> YAMLNode? {
    _ = try next()
    let begin = try next()
    guard case .beginDocument = begin.kind else { return nil }
    let root = try node(from: try next(), depth: 0)
    _ = try next()
    let end = try next()
    guard case .endStream = end.kind else {
      problems.add(end.place, "a space file is one document; a second one begins here")
      return root
    }
    return root
  }

  private mutating func node(from event: YAMLEvent, depth: Int) throws(YAMLStopped) -> YAMLNode {
    if event.hasAnchor {
      problems.add(event.place, "anchors ('&') are not allowed; write the value out where it is needed")
    }
    if event.hasTag {
      problems.add(event.place, "tags ('!') are not allowed; a field's type is known without")
    }
    guard depth < YAMLDocument.depthMax || !event.opens else {
      problems.add(event.place, "nested deeper than \(YAMLDocument.depthMax) levels")
      throw YAMLStopped()
    }
    switch event.kind {
    case .scalar(let text, let plain):
      guard !text.utf8.contains(0) else {
        problems.add(event.place, "a NUL character is not allowed")
        return YAMLNode(place: event.place, content: .broken)
      }
      return YAMLNode(place: event.place, content: .scalar(text, plain: plain))
    case .beginList:
      return YAMLNode(place: event.place, content: .list(try items(depth: depth + 1)))
    case .beginMap:
      return YAMLNode(place: event.place, content: .map(try entries(depth: depth + 1)))
    default:
      problems.add(
        event.place, "aliases ('*') are not allowed; write the value out (quote it if it is a text)")
      return YAMLNode(place: event.place, content: .broken)
    }
  }

  private mutating func items(depth: Int) throws(YAMLStopped) -> [YAMLNode] {
    var items: [YAMLNode] = []
    while true {
      let event = try next()
      if case .endList = event.kind { return items }
      items.append(try node(from: event, depth: depth))
    }
  }

  private mutating func entries(depth: Int) throws(YAMLStopped) -> [YAMLNode.Entry] {
    var entries: [YAMLNode.Entry] = []
    var lines: [ExactText: Int] = [:]
    while true {
      let event = try next()
      if case .endMap = event.kind { return entries }
      let key = try node(from: event, depth: depth)
      let value = try node(from: try next(), depth: depth)
      guard case .scalar(let name, _) = key.content else {
        if !key.isBroken { problems.add(key.place, "the name of a field must be text, not a list or a map") }
        continue
      }
      if let line = lines.updateValue(lines[ExactText(name)] ?? key.place.line, forKey: ExactText(name)) {
        problems.add(key.place, "\(quoted(name)) is here already, in line \(line)")
      } else {
        entries.append(YAMLNode.Entry(name: name, place: key.place, value: value))
      }
    }
  }

  private mutating func next() throws(YAMLStopped) -> YAMLEvent {
    guard let event = events.next() else {
      let failure = events.failure
      problems.add(failure.place, failure.message)
      throw YAMLStopped()
    }
    return event
  }
}
