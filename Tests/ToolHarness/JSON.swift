import Foundation

/// A JSON value as a reader that is not ours understands it.
package enum JSON: Sendable, Hashable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  package init(parsing text: String) throws {
    self = try JSONDecoder().decode(JSON.self, from: Data(text.utf8))
  }

  /// A member; null where there is none.
  package subscript(_ name: String) -> JSON {
    if case .object(let all) = self { all[name] ?? .null } else { .null }
  }

  /// An element; null where there is none.
  package subscript(_ index: Int) -> JSON {
    if case .array(let all) = self, all.indices.contains(index) { all[index] } else { .null }
  }

  package var elements: [JSON] { if case .array(let all) = self { all } else { [] } }
  package var names: Set<String> { if case .object(let all) = self { Set(all.keys) } else { [] } }

  /// The text; empty where it is none.
  package var text: String { if case .string(let text) = self { text } else { "" } }

  /// The number; not a number where it is none.
  package var number: Double { if case .number(let number) = self { number } else { .nan } }

  /// The object with one member replaced.
  package func with(_ name: String, _ value: JSON) -> JSON {
    guard case .object(var all) = self else { return self }
    all[name] = value
    return .object(all)
  }

  /// The object without one member, whether it has it or not.
  package func without(_ name: String) -> JSON {
    guard case .object(var all) = self else { return self }
    all[name] = nil
    return .object(all)
  }
}

extension JSON: Decodable {
  package init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let text = try? value.decode(String.self) {
      self = .string(text)
    } else if let elements = try? value.decode([JSON].self) {
      self = .array(elements)
    } else {
      self = .object(try value.decode([String: JSON].self))
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int) { self = .number(Double(value)) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(nilLiteral: ()) { self = .null }
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
  package init(dictionaryLiteral members: (String, JSON)...) {
    self = .object(Dictionary(members) { _, last in last })
  }
}

extension JSON: CustomStringConvertible {
  /// For failure messages; names in alphabetical order.
  package var description: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let value): "\"\(value)\""
    case .array(let all): "[\(all.map(\.description).joined(separator: ","))]"
    case .object(let all):
      "{\(all.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ","))}"
    }
  }
}
