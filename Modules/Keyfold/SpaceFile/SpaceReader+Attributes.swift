import KeyfoldCore

extension SpaceReader {
  private static let attributeFields = [
    "name", "limit", "normalize", "maxBytes", "block", "blockDefaults", "validators", "trust", "linksFrom",
    "whenUnverified", "onConflict", "whenTaken",
  ]

  /// The one word that `trust` takes.
  private enum Trust: String, CaseIterable {
    case source
  }

  /// One attribute for every item, so that indices are those of the file.
  mutating func attributes(_ field: Field?) -> [KeyAttribute] {
    let items = items(field, expected: "a list of attributes") ?? []
    return items.enumerated().map { index, item in attribute(item.node, path: "attributes[\(index)]") }
  }

  private mutating func attribute(_ node: YAMLNode, path: String) -> KeyAttribute {
    var attribute = KeyAttribute.trusted(path)
    let known = SpaceReader.attributeFields
    guard let fields = fields(of: node, path: path, known: known, expected: "a map with 'name'") else {
      doubt("\(path).name")
      return attribute
    }
    replace(&attribute.name, by: required("name", of: fields).flatMap { literal($0) }.map(shortened))
    readLimit(fields["limit"], into: &attribute.limit)
    replace(&attribute.normalize, by: words(fields["normalize"]))
    replace(&attribute.maxBytes, by: integer(fields["maxBytes"]))
    replace(&attribute.block, by: literals(fields["block"]))
    replace(&attribute.blockDefaults, by: boolean(fields["blockDefaults"]))
    replace(&attribute.whenUnverified, by: word(fields["whenUnverified"]))
    replace(&attribute.onConflict, by: word(fields["onConflict"]))
    replace(&attribute.whenTaken, by: word(fields["whenTaken"]))
    readProof(fields, into: &attribute)
    return attribute
  }

  /// The three fields that say when a key may link; they depend on each other.
  private mutating func readProof(_ fields: Fields, into attribute: inout KeyAttribute) {
    let trust: Trust? = word(fields["trust"])
    attribute.trustsSource = trust == .source
    attribute.validators = validators(fields["validators"])
    attribute.linksFrom = literals(fields["linksFrom"], orOne: true).map(TouchpointSet.init)
    if isDoubtful(fields.path(of: "linksFrom")) { attribute.linksFrom = [] }
    if isDoubtful(fields.path(of: "trust")) || isDoubtful(fields.path(of: "validators")) {
      doubt(fields.path)
    }
  }

  private mutating func readLimit(_ field: Field?, into limit: inout Int?) {
    let expected = "a whole number or \"none\""
    guard let field, let text = scalar(field, expected: expected) else { return }
    if sameBytes(text, "none") {
      limit = nil
    } else if let number = integer(field, expected: expected) {
      limit = number
    }
  }
}
