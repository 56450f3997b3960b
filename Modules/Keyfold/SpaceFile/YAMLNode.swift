import KeyfoldCore

/// A place in a file; line and column are counted from 1, columns in characters.
struct Place: Hashable, Sendable {
  let line: Int
  let column: Int

  static let start = Place(line: 1, column: 1)
}

/// A value in a YAML document, and where it stands.
struct YAMLNode: Sendable {
  let place: Place
  let content: Content

  indirect enum Content: Sendable {
    /// Text; `plain` where it stands without quotes.
    case scalar(String, plain: Bool)
    case list([YAMLNode])
    /// No name stands twice.
    case map([Entry])
    /// Something already reported as not allowed.
    case broken
  }

  struct Entry: Sendable {
    let name: String
    let place: Place
    let value: YAMLNode
  }

  /// Whether nothing was written here, or one of YAML's words for nothing.
  var isNull: Bool {
    guard case .scalar(let text, plain: true) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains { sameBytes($0, text) }
  }

  var isBroken: Bool { if case .broken = content { true } else { false } }

  /// The value as a setting whose type its reader decides.
  var setting: Setting {
    switch content {
    case .scalar(let text, _): .scalar(text)
    case .list(let items): .array(items.map(\.setting))
    case .map(let entries): .map(entries.map { Setting.Entry(name: $0.name, value: $0.value.setting) })
    case .broken: .scalar("")
    }
  }
}
