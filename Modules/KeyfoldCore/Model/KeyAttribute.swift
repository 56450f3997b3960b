/// A configured kind of identifier and its rules.
public struct KeyAttribute: Hashable, Sendable {
  /// Name, `[A-Za-z][A-Za-z0-9_.-]{0,63}`, unique in the space.
  public var name: String
  /// How many verified values one profile may hold; nil for no limit.
  public var limit: Int? = 1
  /// Applied to a value in this order.
  public var normalize: [Normalizer] = [.trim, .nfc]
  /// Longest normalised value, in UTF-8 bytes.
  public var maxBytes = 512
  /// Glob patterns of values that are never keys, beside the built-in list.
  public var block: [String] = []
  /// Whether the built-in junk list applies.
  public var blockDefaults = true
  /// Validators, all of which must pass, in the order they are asked.
  public var validators: [ValidatorReference] = []
  /// Whether the touchpoint that sends the key is itself the proof (`trust: source`).
  public var trustsSource = false
  /// Touchpoints trusted to say whose key it is; nil where the setting is absent.
  public var linksFrom: TouchpointSet?
  /// What happens to a key nobody vouched for.
  public var whenUnverified = WhenUnverified.claim
  /// Which values stay when a profile has more than the limit.
  public var onConflict = OnConflict.replace
  /// What happens to a linking key whose owner may not join.
  public var whenTaken = WhenTaken.keep

  /// An attribute with default settings that trusts the touchpoints sending it.
  public static func trusted(_ name: String) -> KeyAttribute {
    var attribute = KeyAttribute(name: name)
    attribute.trustsSource = true
    return attribute
  }

  /// An attribute with default settings; it needs validators or `trustsSource` before a space accepts it.
  public init(name: String) { self.name = name }

  /// Setting `whenUnverified`.
  public enum WhenUnverified: String, Sendable, Hashable, CaseIterable {
    /// Keep it as an unverified claim.
    case claim
    /// Do not store it.
    case drop
  }

  /// Setting `onConflict`.
  public enum OnConflict: String, Sendable, Hashable, CaseIterable {
    /// The newest values stay.
    case replace
    /// The values stored first stay.
    case keep
  }

  /// Setting `whenTaken`.
  public enum WhenTaken: String, Sendable, Hashable, CaseIterable {
    /// The key stays with the profile that owns it.
    case keep
    /// It moves to the current customer.
    case transfer
  }
}

/// A set of touchpoints as a space file writes it; `["*"]` means every one.
public struct TouchpointSet: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// The names as written.
  public let names: [String]

  /// Makes a set from names.
  public init(_ names: [String]) { self.names = names }

  /// Makes a set from a literal.
  public init(arrayLiteral names: String...) { self.names = names }

  /// Whether the touchpoint is in the set.
  public func contains(_ touchpoint: String) -> Bool {
    for name in names where name == "*" || sameBytes(name, touchpoint) { return true }
    return false
  }
}

/// What a space file says of one validator: its kind, and settings that are the validator's own business.
public struct ValidatorReference: Hashable, Sendable {
  /// The kind named by `use`.
  public var use: String
  /// The settings beside it.
  public var settings: Setting

  /// Makes a reference.
  public init(use: String, settings: Setting = .map([])) {
    self.use = use
    self.settings = settings
  }

  /// What a `valid` of this validator proves as far as its settings tell; nil for a kind Keyfold does not
  /// know, whose validator answers that itself once it is registered.
  package var declaredAssurance: Assurance? {
    switch use {
    case "crm": return .existence
    case "authenticated": return .possession
    case "email":
      let setting = settings["checks"]
      let checks = (setting?.list ?? [setting].compactMap { $0 }).compactMap(\.text)
      let apiProves = checks.contains("api") && settings["assurance"]?.text == "possession"
      return checks.contains("confirmation") || apiProves ? .possession : .existence
    default: return nil
    }
  }
}

/// A value in a space file whose type the reader of the setting decides.
public indirect enum Setting: Hashable, Sendable {
  /// A scalar, as the text that stands in the file; `${NAME}` is still in it.
  case scalar(String)
  /// A list.
  case array([Setting])
  /// A map, in the order of the file.
  case map([Entry])

  /// A named value in a map.
  public struct Entry: Hashable, Sendable {
    /// Name.
    public let name: String
    /// Value.
    public let value: Setting

    /// Makes an entry.
    public init(name: String, value: Setting) {
      self.name = name
      self.value = value
    }
  }

  /// The text of a scalar.
  public var text: String? { if case .scalar(let text) = self { text } else { nil } }
  /// The members of a list.
  public var list: [Setting]? { if case .array(let list) = self { list } else { nil } }

  /// The value of that name in a map.
  public subscript(name: String) -> Setting? {
    guard case .map(let entries) = self else { return nil }
    return entries.first { sameBytes($0.name, name) }?.value
  }
}
