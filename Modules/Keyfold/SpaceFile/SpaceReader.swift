import KeyfoldCore

/// Reads a space from the nodes of its file, and collects everything that is wrong on the way.
///
/// A field that cannot be read gets a value that leads to no further complaint, and is remembered as
/// doubtful, so that one mistake is reported once: an attribute whose `trust` is misspelled does not also
/// lack validators.
struct SpaceReader {
  var problems: ProblemList
  /// Where fields stand, by path (`attributes[1].limit`).
  private var places: [String: Place] = ["": .start]
  /// Paths of fields whose value is not known because of a problem already reported.
  private var doubtful: Set<String> = []

  init(problems: ProblemList) { self.problems = problems }

  private static let fields = [
    "space", "attributes", "maxTidsPerProfile", "maxKeysPerProfile", "maxUnverifiedPerProfile",
    "sharedTouchpoints", "rotateTids", "handoff",
  ]
  private static let handoffFields = ["keys", "ttlSeconds", "joinKnown"]

  /// The space; nil if it is none, for reasons found among `problems`.
  mutating func space(_ root: YAMLNode) -> Space? {
    guard let fields = fields(of: root, path: "", known: SpaceReader.fields, expected: "a map of fields")
    else {
      return nil
    }
    let name = required("space", of: fields).flatMap { literal($0) }
    let attributes = attributes(required("attributes", of: fields))
    let rules = rules(fields)
    do throws(SpaceError) {
      return try Space(name: name ?? "", attributes: attributes, rules: rules)
    } catch {
      adopt(error)
      return nil
    }
  }

  private mutating func rules(_ fields: Fields) -> Space.Rules {
    var rules = Space.Rules()
    replace(&rules.maxTidsPerProfile, by: integer(fields["maxTidsPerProfile"]))
    replace(&rules.maxKeysPerProfile, by: integer(fields["maxKeysPerProfile"]))
    replace(&rules.maxUnverifiedPerProfile, by: integer(fields["maxUnverifiedPerProfile"]))
    replace(&rules.sharedTouchpoints, by: literals(fields["sharedTouchpoints"]).map(TouchpointSet.init))
    replace(&rules.rotateTids, by: boolean(fields["rotateTids"]))
    rules.handoff = handoff(fields["handoff"])
    return rules
  }

  private mutating func handoff(_ field: Field?) -> Space.Handoff? {
    let expected = "a map with 'keys'"
    guard let field,
      let fields = self.fields(
        of: field.node, path: field.path, known: SpaceReader.handoffFields, expected: expected)
    else { return nil }
    var handoff = Space.Handoff(keys: [])
    for key in items(required("keys", of: fields), expected: "a list of texts") ?? [] {
      if let text = scalar(key, expected: "text"), checkVariables(key) { handoff.keys.append(text) }
    }
    replace(&handoff.ttlSeconds, by: integer(fields["ttlSeconds"]))
    replace(&handoff.joinKnown, by: boolean(fields["joinKnown"]))
    return handoff
  }
}

/// Replaces a default by what the file says, if it says something.
func replace<Value>(_ setting: inout Value, by value: Value?) {
  if let value { setting = value }
}

extension SpaceReader {
  /// Reports a problem with the field of that path, whose value is in doubt from here on.
  mutating func report(_ path: String, _ place: Place, _ message: String) {
    problems.add(place, message)
    doubt(path)
  }

  /// Keeps quiet about the field of that path: what is wrong with it follows from a problem reported already.
  mutating func doubt(_ path: String) { doubtful.insert(path) }

  func isDoubtful(_ path: String) -> Bool { doubtful.contains(path) }

  mutating func note(_ path: String, at place: Place) { places[path] = place }

  /// Reports what only the whole space shows, each at the field its path names or the nearest one around it.
  private mutating func adopt(_ error: SpaceError) {
    for problem in error.problems where !isDoubtful(problem.path) {
      let message =
        problem.path.isEmpty || problem.path.hasSuffix("]") ? "" : lastName(of: problem.path) + ": "
      problems.add(place(of: problem.path), message + visible(problem.message))
    }
  }

  private func place(of path: String) -> Place {
    var path = path[...]
    while true {
      if let place = places[String(path)] { return place }
      path = path.prefix(upTo: path.lastIndex { $0 == "." || $0 == "[" } ?? path.startIndex)
    }
  }

  private func lastName(of path: String) -> Substring {
    path.lastIndex(of: ".").map { path[path.index(after: $0)...] } ?? path[...]
  }
}
