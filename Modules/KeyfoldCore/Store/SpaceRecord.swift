/// The rules of a space that a store remembers, because what it holds was decided by them.
package struct SpaceRecord: Sendable, Hashable {
  /// Rules by name, for example `email.limit`, in an order of their own.
  private var rules: [(name: String, value: String)] = []

  /// The rules of a space.
  package init(_ space: Space) {
    func words(_ set: TouchpointSet?) -> String {
      set.map { $0.names.joined(separator: ", ") } ?? "not given"
    }
    rules.append(("space", space.name))
    rules.append(("order of attributes", space.attributes.map(\.name).joined(separator: ", ")))
    for attribute in space.attributes {
      let name = attribute.name
      rules.append(("\(name).limit", attribute.limit.map(String.init) ?? "none"))
      rules.append(("\(name).normalize", attribute.normalize.map(\.rawValue).joined(separator: ", ")))
      rules.append(("\(name).trust", attribute.trustsSource ? "source" : "validators"))
      rules.append(("\(name).linksFrom", words(attribute.linksFrom)))
      rules.append(("\(name).onConflict", attribute.onConflict.rawValue))
      rules.append(("\(name).whenTaken", attribute.whenTaken.rawValue))
    }
    rules.append(("maxTidsPerProfile", String(space.rules.maxTidsPerProfile)))
    rules.append(("maxKeysPerProfile", String(space.rules.maxKeysPerProfile)))
    rules.append(("maxUnverifiedPerProfile", String(space.rules.maxUnverifiedPerProfile)))
    rules.append(("sharedTouchpoints", words(space.rules.sharedTouchpoints)))
    rules.append(("rotateTids", String(space.rules.rotateTids)))
  }

  /// As JSON text.
  package var encoded: String {
    var json = JSONWriter()
    json.array(rules) { json, rule in json.array([rule.name, rule.value]) { $0.string($1) } }
    return json.text
  }

  /// Reads what `encoded` gave; nil for anything else.
  package init?(decoding text: String) {
    guard let json = try? JSONValue(parsing: text), let pairs = json.array else { return nil }
    for pair in pairs {
      guard let pair = pair.array, pair.count == 2, let name = pair[0].string, let value = pair[1].string
      else {
        return nil
      }
      rules.append((name, value))
    }
  }

  /// What is different in the other rules, a phrase each; empty where nothing is.
  package func differences(to other: SpaceRecord) -> [String] {
    let new = Dictionary(other.rules.map { ($0.name, $0.value) }) { first, _ in first }
    let old = Dictionary(rules.map { ($0.name, $0.value) }) { first, _ in first }
    let changed = rules.filter { new[$0.name] != $0.value }
      .map { "\($0.name) was '\($0.value)' and is \(new[$0.name].map { "'\($0)'" } ?? "gone")" }
    let added = other.rules.filter { old[$0.name] == nil }.map { "\($0.name) is new: '\($0.value)'" }
    return changed + added
  }

  /// The error for a store that was written with these rules and is opened with others.
  package func refusal(of differences: [String]) -> StoreError {
    StoreError(
      .spaceChanged,
      "this store was written with other rules: \(differences.joined(separator: "; ")). Give it its own space, or accept the change with --accept-space-change"
    )
  }

  /// Same rules in the same order.
  package static func == (a: Self, b: Self) -> Bool { a.encoded == b.encoded }

  /// Hashes the rules.
  package func hash(into hasher: inout Hasher) { hasher.combine(encoded) }
}
