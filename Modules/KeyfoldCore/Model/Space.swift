/// One customer population and its configuration: its key attributes, strongest first, and its guards.
public struct Space: Hashable, Sendable {
  /// Never changes once made, so that a space is handed on as one reference instead of a dozen.
  private let contents: Contents

  /// Name of the space.
  public var name: String { contents.name }
  /// Key attributes, strongest first.
  public var attributes: [KeyAttribute] { contents.attributes }
  /// The space-wide rules.
  public var rules: Rules { contents.rules }
  package var blockLists: [BlockList] { contents.blockLists }

  private final class Contents: Sendable {
    let name: String
    let attributes: [KeyAttribute]
    let rules: Rules
    let strengths: [ExactText: Int]
    let blockLists: [BlockList]

    init(name: String, attributes: [KeyAttribute], rules: Rules) {
      self.name = name
      self.attributes = attributes
      self.rules = rules
      strengths = Dictionary(uniqueKeysWithValues: attributes.enumerated().map { (ExactText($1.name), $0) })
      blockLists = attributes.map(BlockList.init)
    }
  }

  /// Space-wide settings beside the attributes.
  public struct Rules: Hashable, Sendable {
    /// Most TIDs of one profile that are not revoked.
    public var maxTidsPerProfile = 1000
    /// Most verified keys of one profile.
    public var maxKeysPerProfile = 1000
    /// Most unverified claims of one profile.
    public var maxUnverifiedPerProfile = 100
    /// Touchpoints used by many people.
    public var sharedTouchpoints: TouchpointSet = []
    /// Whether an anonymous touchpoint that becomes known gets a fresh TID.
    public var rotateTids = false
    /// Signing of handoffs; nil where the space has none.
    public var handoff: Handoff?

    /// The defaults.
    public init() {}
  }

  /// Settings of handoffs.
  public struct Handoff: Hashable, Sendable {
    /// Signing keys as written in the file, `${NAME}` still in them: the first signs, all verify.
    public var keys: [String]
    /// How long a handoff is good for.
    public var ttlSeconds = 120
    /// Whether a handoff of a known customer may join a profile that is settled already.
    public var joinKnown = false

    /// Makes settings with the default time to live.
    public init(keys: [String]) { self.keys = keys }
  }

  /// Checks and makes a space.
  ///
  /// - Throws: `SpaceError` with every problem found, not only the first.
  public init(name: String, attributes: [KeyAttribute], rules: Rules = Rules()) throws(SpaceError) {
    let problems = Space.problems(name: name, attributes: attributes, rules: rules)
    guard problems.isEmpty else { throw SpaceError(problems: problems) }
    self.init(checkedName: name, attributes: attributes, rules: rules)
  }

  private init(checkedName name: String, attributes: [KeyAttribute], rules: Rules) {
    contents = Contents(name: name, attributes: attributes, rules: rules)
  }

  /// The space used where there is no file: one attribute `customerKey` that trusts its touchpoints.
  public static let builtIn = Space(
    checkedName: "default", attributes: [.trusted("customerKey")], rules: Rules())

  /// Place of an attribute, 0 = strongest; nil if the space has none of that name.
  package func strength(of attribute: String) -> Int? { contents.strengths[ExactText(attribute)] }

  /// A key as a store read it back.
  package func storedKey(attribute: String, value: String) -> Key {
    Key(attribute: attribute, value: value, strength: strength(of: attribute) ?? .max)
  }

  /// Same configuration; the derived tables follow from it.
  public static func == (a: Space, b: Space) -> Bool {
    a.name == b.name && a.attributes == b.attributes && a.rules == b.rules
  }

  /// Hashes name and attributes.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(attributes)
  }
}

/// What is wrong with a space.
public struct SpaceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// One problem: where it is, as a path of names and indices, and what to do about it.
  public struct Problem: Hashable, Sendable {
    /// For example `attributes[1].limit`.
    public let path: String
    /// A sentence.
    public let message: String
  }

  /// Every problem found.
  public let problems: [Problem]

  /// One line a problem.
  public var description: String {
    problems.map { $0.path.isEmpty ? $0.message : "\($0.path): \($0.message)" }.joined(separator: "\n")
  }
}

extension Space {
  /// Everything that keeps these settings from being a space.
  package static func problems(name: String, attributes: [KeyAttribute], rules: Rules) -> [SpaceError.Problem]
  {
    var problems: [SpaceError.Problem] = []
    func report(_ path: String, _ message: String) {
      problems.append(SpaceError.Problem(path: path, message: message))
    }
    if name.isEmpty { report("space", "the space needs a name") }
    if attributes.isEmpty { report("attributes", "a space needs at least one key attribute") }
    var seen: Set<ExactText> = []
    for (index, attribute) in attributes.enumerated() {
      let path = "attributes[\(index)]"
      if !isAttributeName(attribute.name) {
        report(
          "\(path).name",
          "'\(attribute.name)' is not a name: a letter, then at most 63 letters, digits, '_', '.' or '-'")
      } else if !seen.insert(ExactText(attribute.name)).inserted {
        report("\(path).name", "'\(attribute.name)' is listed twice; a name stands for one attribute")
      }
      problems += attribute.problems(path: path)
    }
    for (path, value) in [
      ("maxTidsPerProfile", rules.maxTidsPerProfile), ("maxKeysPerProfile", rules.maxKeysPerProfile),
      ("maxUnverifiedPerProfile", rules.maxUnverifiedPerProfile),
    ] where value < 1 {
      report(path, "must be 1 or more")
    }
    if let handoff = rules.handoff {
      if handoff.keys.isEmpty { report("handoff.keys", "needs at least one key; the first one signs") }
      if handoff.keys.contains("") { report("handoff.keys", "an empty key signs nothing") }
      if handoff.ttlSeconds < 1 { report("handoff.ttlSeconds", "must be 1 or more") }
    }
    return problems
  }

  private static func isAttributeName(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    guard (1...64).contains(bytes.count) else { return false }
    func letter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }
    return letter(bytes[0])
      && bytes.allSatisfy { letter($0) || (0x30...0x39).contains($0) || [0x5F, 0x2E, 0x2D].contains($0) }
  }
}

extension KeyAttribute {
  fileprivate func problems(path: String) -> [SpaceError.Problem] {
    var problems: [SpaceError.Problem] = []
    func report(_ field: String, _ message: String) {
      problems.append(SpaceError.Problem(path: path + field, message: message))
    }
    if let limit, limit < 1 { report(".limit", "must be 1 or more, or \"none\"") }
    if maxBytes < 1 { report(".maxBytes", "must be 1 or more") }
    if trustsSource && !validators.isEmpty {
      report(
        "", "'\(name)' has both validators and 'trust: source'; keep the validators, or trust its touchpoints"
      )
    }
    if !trustsSource && validators.isEmpty {
      report(
        "",
        "'\(name)' needs 'validators' that vouch for it, or 'trust: source' if the touchpoints that send it are proof enough"
      )
    }
    let assurances = validators.map(\.declaredAssurance)
    if !validators.isEmpty, linksFrom == nil, assurances.allSatisfy({ $0 == .existence }) {
      report(
        "",
        "the validators of '\(name)' prove only that a key exists, not whose it is: name the touchpoints trusted to say so in 'linksFrom' (\"*\" for all), or add a validator that proves possession"
      )
    }
    return problems
  }
}
