internal import CYAML

/// What stands in a YAML (or JSON) text, read with libyaml.
///
/// Only what a configuration needs is let through: one document of lists, maps and text. Anchors and aliases
/// (which can blow a small file up to any size), tags (which change what a value is) and repeated names are
/// refused.
struct YAMLDocument {
  /// The document; nil where the text is empty, or could not be read to its end.
  let root: YAMLNode?
  let problems: ProblemList

  static let depthMax = 16

  init(text: [UInt8]) {
    let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let text = text.starts(with: byteOrderMark) ? text.dropFirst(byteOrderMark.count) : text[...]
    (root, problems) = text.withUnsafeBufferPointer { bytes in
      guard !bytes.isEmpty, var tree = YAMLTree(bytes) else { return (nil, ProblemList()) }
      do throws(YAMLStopped) {
        return (try tree.document(), tree.problems)
      } catch {
        return (nil, tree.problems)
      }
    }
  }
}

/// One event of libyaml, copied out of its memory.
struct YAMLEvent {
  enum Kind {
    case scalar(String, plain: Bool)
    case alias
    case beginList
    case endList
    case beginMap
    case endMap
    case beginDocument
    case endDocument
    case beginStream
    case endStream
  }

  let kind: Kind
  let place: Place
  var hasAnchor = false
  var hasTag = false

  /// Whether it begins a list or a map.
  var opens: Bool {
    switch kind {
    case .beginList, .beginMap: true
    default: false
    }
  }

  fileprivate init(_ event: yaml_event_t) {
    place = Place(event.start_mark)
    switch event.type {
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      kind = .scalar(String(decoding: bytes, as: UTF8.self), plain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
      (hasAnchor, hasTag) = (scalar.anchor != nil, scalar.tag != nil)
    case YAML_SEQUENCE_START_EVENT:
      kind = .beginList
      (hasAnchor, hasTag) = (event.data.sequence_start.anchor != nil, event.data.sequence_start.tag != nil)
    case YAML_MAPPING_START_EVENT:
      kind = .beginMap
      (hasAnchor, hasTag) = (event.data.mapping_start.anchor != nil, event.data.mapping_start.tag != nil)
    case YAML_SEQUENCE_END_EVENT: kind = .endList
    case YAML_MAPPING_END_EVENT: kind = .endMap
    case YAML_DOCUMENT_START_EVENT: kind = .beginDocument
    case YAML_DOCUMENT_END_EVENT: kind = .endDocument
    case YAML_STREAM_START_EVENT: kind = .beginStream
    case YAML_ALIAS_EVENT: kind = .alias
    default: kind = .endStream
    }
  }
}

/// Owns libyaml's parser.
struct YAMLEventSource: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let bytes: UnsafeBufferPointer<UInt8>

  /// Nil where there is no memory for a parser; the bytes must outlive it.
  init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    guard yaml_parser_initialize(parser) == 1 else {
      parser.deallocate()
      return nil
    }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    self.parser = parser
    self.bytes = bytes
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  /// The next event; nil after a failure.
  func next() -> YAMLEvent? {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { return nil }
    defer { yaml_event_delete(&event) }
    return YAMLEvent(event)
  }

  /// What libyaml says of the failure, and where it was.
  var failure: (place: Place, message: String) {
    let state = parser.pointee
    var message = state.problem.map { String(cString: $0) } ?? "out of memory"
    guard state.error != YAML_READER_ERROR else { return (place(ofByte: state.problem_offset), message) }
    if let context = state.context { message += ", \(String(cString: context))" }
    if state.context != nil, state.context_mark.line != state.problem_mark.line {
      message += " that begins in line \(state.context_mark.line + 1)"
    }
    return (Place(state.problem_mark), message + advice(on: message))
  }

  /// What is behind the failures that a space file invites, libyaml's words for them being none too clear.
  private func advice(on message: String) -> String {
    if message.contains("while scanning an alias") { return " (a text that begins with '*' needs quotes)" }
    let inFlow = message.contains("while parsing a flow")
    let line = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropFirst(
      parser.pointee.problem_mark.line
    ).first
    let hasVariable = line.map { String(decoding: $0, as: UTF8.self).contains("${") } ?? false
    return inFlow && hasVariable ? " (a text with '${' needs quotes between brackets)" : ""
  }

  private func place(ofByte offset: Int) -> Place {
    let before = bytes.prefix(offset)
    let line = before.lastIndex(of: 0x0A).map { before[before.index(after: $0)...] } ?? before
    let characters = line.count { $0 & 0xC0 != 0x80 }
    return Place(line: 1 + before.count { $0 == 0x0A }, column: 1 + characters)
  }
}

extension Place {
  fileprivate init(_ mark: yaml_mark_t) { self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1) }
}
