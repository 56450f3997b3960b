package import KeyfoldCore

/// What an answer must say at one place for a key to be valid; a member of the setting `expect`.
///
/// A value of a space file is a text whose type nobody wrote down, so the answer's type decides how it is
/// compared: with a string byte by byte, with a number by its exact value (`1` meets 1 and 1.0), with `true`,
/// `false` and null as that word. A list or an object equals nothing.
package struct Expectation: Sendable, Hashable {
  /// Where it must say it.
  package let place: JSONPointer
  private let demand: Demand

  private enum Demand: Sendable, Hashable {
    case one(of: [Expected])
    /// Anything but null, which many servers send for a field that is empty.
    case something
    case thisKey
  }

  private struct Expected: Sendable, Hashable {
    let text: String
    let number: ExactDecimal?

    init(_ text: String) {
      self.text = text
      number = ExactDecimal(text)
    }

    func equals(_ value: JSONValue) -> Bool {
      switch value {
      case .string(let string): sameBytes(string, text)
      case .number(let number): self.number != nil && ExactDecimal(number) == self.number
      case .bool(let flag): sameBytes(text, flag ? "true" : "false")
      case .null: sameBytes(text, "null")
      case .array, .object: false
      }
    }
  }

  /// What became of it.
  package enum Outcome: Sendable, Hashable {
    case met
    case unmet
    /// The place names a key, but not the one asked about.
    case namesAnother
  }

  /// Whether the answer must name the very key that is asked about.
  package var namesKey: Bool { demand == .thisKey }

  /// Judges an answer.
  package func outcome(in answer: JSONValue, for key: Key, of attribute: KeyAttribute) -> Outcome {
    guard let value = place.value(in: answer) else { return .unmet }
    switch demand {
    case .one(let expected): return expected.contains { $0.equals(value) } ? .met : .unmet
    case .something: return value.isNull ? .unmet : .met
    case .thisKey:
      guard let identifier = value.identifier else { return .unmet }
      return attribute.names(key, by: identifier) ? .met : .namesAnother
    }
  }
}

extension Expectation {
  /// What stands in a space file for "this very key".
  private static let keyWord = "{value}"

  /// Reads the setting `expect`: JSON Pointer → exact value, `"{value}"`, `{exists: true}` or `{in: […]}`.
  static func read(_ settings: SettingReader) throws(SettingError) -> [Expectation] {
    guard let map = try settings.map("expect"), case .map(let entries) = map.settings else { return [] }
    guard !entries.isEmpty else { throw SettingError(setting: "expect", message: "names no place") }
    var expectations: [Expectation] = []
    for entry in entries {
      guard let place = JSONPointer(entry.name) else {
        throw SettingError(
          setting: "expect.\(entry.name)",
          message: "is no JSON Pointer (RFC 6901), such as /contact/status")
      }
      expectations.append(Expectation(place: place, demand: try demand(map, entry)))
    }
    return expectations
  }

  private static func demand(_ map: SettingReader, _ entry: Setting.Entry) throws(SettingError) -> Demand {
    if case .map = entry.value {
      return try demand(map.map(entry.name, known: ["exists", "in"]), at: entry.name)
    }
    let text = try map.requiredText(entry.name)
    return sameBytes(text, keyWord) ? .thisKey : .one(of: [try expected(text, at: entry.name)])
  }

  private static func demand(_ map: SettingReader?, at place: String) throws(SettingError) -> Demand {
    let exists = try map?.bool("exists")
    let texts = try map?.texts("in")
    switch (exists, texts) {
    case (true, nil): return .something
    case (nil, .some(let texts)) where !texts.isEmpty:
      var values: [Expected] = []
      for text in texts { values.append(try expected(text, at: place)) }
      return .one(of: values)
    default:
      throw SettingError(
        setting: "expect.\(place)", message: "is a value, '{value}', {exists: true} or {in: [one, or more]}")
    }
  }

  /// A part of a text is never compared, and a list of values never means the key.
  private static func expected(_ text: String, at place: String) throws(SettingError) -> Expected {
    guard !text.contains(keyWord) else {
      throw SettingError(
        setting: "expect.\(place)",
        message: "holds '{value}' beside other text or in a list, where it means nothing")
    }
    return Expected(text)
  }
}

extension KeyAttribute {
  /// Whether a text that a server sent names a key: equal bytes after the attribute's normalising.
  package func names(_ key: Key, by text: String) -> Bool {
    normalized(text).map { sameBytes($0, key.value) } ?? false
  }
}

extension JSONValue {
  /// The text of what can be an identifier: a string, or a whole number just as it is written.
  package var identifier: String? {
    switch self {
    case .string(let text): text
    case .number(let text): text.utf8.allSatisfy { isASCIIDigit($0) || $0 == UInt8(ascii: "-") } ? text : nil
    default: nil
    }
  }
}
