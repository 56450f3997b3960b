import KeyfoldCore

extension SpaceReader {
  /// The fields of a map.
  struct Fields {
    /// Where the map is: `attributes[0]`; empty for the whole file.
    let path: String
    let place: Place
    let entries: [YAMLNode.Entry]

    func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    subscript(name: String) -> Field? {
      entries.first { sameBytes($0.name, name) }.map {
        Field(name: name, path: path(of: name), node: $0.value)
      }
    }
  }

  /// A value that has a name: a field's, or one of those in its list.
  struct Field {
    let name: String
    let path: String
    let node: YAMLNode

    func with(_ node: YAMLNode) -> Field { Field(name: name, path: path, node: node) }
  }
}

extension SpaceReader {
  /// The fields of a map; names beside the known ones are reported, unless none are given.
  mutating func fields(of node: YAMLNode, path: String, known: [String]? = nil, expected: String) -> Fields? {
    guard case .map(let entries) = node.content else {
      let field = Field(name: path.isEmpty ? "the file" : path, path: path, node: node)
      if node.isNull {
        report(field, "a value is missing")
      } else {
        reportKind(of: field, expected: expected)
      }
      return nil
    }
    let fields = Fields(path: path, place: node.place, entries: entries)
    note(path, at: node.place)
    guard let known else { return fields }
    for entry in entries {
      if known.contains(where: { sameBytes($0, entry.name) }) {
        note(fields.path(of: entry.name), at: entry.value.place)
      } else if !entry.value.isBroken {
        reportUnknown(entry, among: known, of: fields, what: "field", where: "here")
      }
    }
    return fields
  }

  /// Reports a name that is not known; the one it likely stands for is in doubt, unless it is there too.
  mutating func reportUnknown(
    _ entry: YAMLNode.Entry, among known: [String], of fields: Fields, what: String, where place: String
  ) {
    guard !problems.isFull else { return }
    let advice: String
    if let meant = nearest(to: entry.name, among: known) {
      if fields[meant] == nil { doubt(fields.path(of: meant)) }
      advice = "did you mean '\(meant)'?"
    } else {
      advice = "known \(place): \(known.joined(separator: ", "))"
    }
    problems.add(entry.place, "unknown \(what) \(quoted(entry.name)); \(advice)")
  }

  mutating func report(_ field: Field, _ message: String) {
    report(field.path, field.node.place, "\(field.name): \(message)")
  }

  /// A field that must be there.
  mutating func required(_ name: String, of fields: Fields) -> Field? {
    if let field = fields[name] { return field }
    let path = fields.path(of: name)
    if !isDoubtful(path) { report(path, fields.place, "the field '\(name)' is missing") }
    return nil
  }

  /// The text of a scalar, whatever its type will be.
  mutating func scalar(_ field: Field, expected: String) -> String? {
    if field.node.isNull {
      report(field, "a value is missing")
    } else if case .scalar(let text, _) = field.node.content {
      return text
    } else {
      reportKind(of: field, expected: expected)
    }
    return nil
  }

  /// A text that is known without the environment; `$${` in it stands for `${`.
  mutating func literal(_ field: Field) -> String? {
    guard let text = scalar(field, expected: "text"), checkVariables(field) else { return nil }
    if let literal = EnvironmentText(text)?.literal { return literal }
    report(
      field,
      "only settings of validators and keys of handoffs can come from the environment ('$${' is a plain '${')"
    )
    return nil
  }

  mutating func boolean(_ field: Field?) -> Bool? {
    guard let field, let text = scalar(field, expected: "true or false") else { return nil }
    switch ExactText(text) {
    case "true", "True", "TRUE": return true
    case "false", "False", "FALSE": return false
    default:
      report(field, "must be true or false, not \(quoted(text))")
      return nil
    }
  }

  /// A decimal number.
  ///
  /// No setting needs one beyond a thousand million; larger ones could overflow where they are used.
  mutating func integer(_ field: Field?, expected: String = "a whole number") -> Int? {
    guard let field, let text = scalar(field, expected: expected) else { return nil }
    let largest = 1_000_000_000
    if let number = Int(text), number <= largest { return number }
    let isDecimal = !text.isEmpty && text.utf8.allSatisfy(isASCIIDigit)
    report(field, isDecimal ? "must be at most \(largest)" : "must be \(expected), not \(quoted(text))")
    return nil
  }

  /// One of the words of a type.
  mutating func word<Word: RawRepresentable & CaseIterable>(_ field: Field?) -> Word?
  where Word.RawValue == String {
    let known = Word.allCases.map(\.rawValue)
    guard let field, let text = scalar(field, expected: "one of \(known.joined(separator: ", "))") else {
      return nil
    }
    if let word = Word.allCases.first(where: { sameBytes($0.rawValue, text) }) { return word }
    let advice = nearest(to: text, among: known).map { "; did you mean '\($0)'?" } ?? ""
    report(field, "unknown word \(quoted(text)) (known: \(known.joined(separator: ", ")))\(advice)")
    return nil
  }

  /// A list of such words, or one of them.
  mutating func words<Word: RawRepresentable & CaseIterable>(_ field: Field?) -> [Word]?
  where Word.RawValue == String {
    items(field, orOne: true, expected: "a list of words")?.compactMap { word($0) }
  }

  /// A list of texts, or a single one where that is allowed.
  mutating func literals(_ field: Field?, orOne: Bool = false) -> [String]? {
    items(field, orOne: orOne, expected: "a list of texts")?.compactMap { literal($0) }
  }

  /// The members of a list.
  mutating func items(_ field: Field?, orOne: Bool = false, expected: String) -> [Field]? {
    guard let field else { return nil }
    switch field.node.content {
    case .list(let nodes): return nodes.map(field.with)
    case .scalar where orOne: return [field]
    default:
      if field.node.isNull {
        report(field, "a value is missing")
      } else {
        reportKind(of: field, expected: expected)
      }
      return nil
    }
  }

  private mutating func reportKind(of field: Field, expected: String) {
    guard !field.node.isBroken else { return doubt(field.path) }
    report(field, "must be \(expected), not \(kind(of: field.node))")
  }

  private func kind(of node: YAMLNode) -> String {
    switch node.content {
    case .scalar: "a single value"
    case .list: "a list"
    case .map: "a map"
    case .broken: "that"
    }
  }
}
