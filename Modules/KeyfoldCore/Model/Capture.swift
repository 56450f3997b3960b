/// One request: what was seen at a touchpoint.
public struct Capture: Sendable {
  /// Idempotency id, at most 128 bytes.
  public var id: String?
  /// Where it happened.
  public var touchpoint: String
  /// The TID the touchpoint holds.
  public var tid: TID?
  /// A token made by `handoff issue`.
  public var handoff: Secret?
  /// Keys as sent, not yet normalised.
  public var keys: CapturedKeys
  /// Credentials for validators, by key attribute.
  public var proofs: [ExactText: Proof]
  /// Profile data.
  public var data: [ExactText: String]
  /// When it happened; nil for now.
  public var at: Timestamp?

  /// Makes a capture.
  public init(
    id: String? = nil, touchpoint: String = "default", tid: TID? = nil, handoff: Secret? = nil,
    keys: CapturedKeys = [:], proofs: [ExactText: Proof] = [:], data: [ExactText: String] = [:],
    at: Timestamp? = nil
  ) {
    self.id = id
    self.touchpoint = touchpoint
    self.tid = tid
    self.handoff = handoff
    self.keys = keys
    self.proofs = proofs
    self.data = data
    self.at = at
  }
}

/// Keys as a touchpoint sent them: attribute names with raw values, in order.
public struct CapturedKeys: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  /// One raw value.
  public struct Entry: Sendable, Hashable {
    /// Name of the key attribute.
    public let attribute: String
    /// The value as sent.
    public let value: String

    /// Makes an entry.
    public init(attribute: String, value: String) {
      self.attribute = attribute
      self.value = value
    }

    /// Same bytes.
    public static func == (a: Entry, b: Entry) -> Bool {
      sameBytes(a.attribute, b.attribute) && sameBytes(a.value, b.value)
    }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
      hashBytes(attribute, into: &hasher)
      hashBytes(value, into: &hasher)
    }
  }

  /// The values in the order they were sent.
  public private(set) var entries: [Entry] = []
  /// Attributes that were named without any value.
  public private(set) var empty: [String] = []

  /// No keys.
  public init() {}

  /// Makes keys from a literal such as `["email": "emma@er.com", "phone": ["+44…", "+49…"]]`.
  public init(dictionaryLiteral elements: (String, Values)...) {
    for (attribute, values) in elements {
      for value in values.values { append(attribute: attribute, value: value) }
      if values.values.isEmpty { append(attributeWithoutValue: attribute) }
    }
  }

  /// Names an attribute without a value: no key, but the space must know it all the same.
  public mutating func append(attributeWithoutValue attribute: String) { empty.append(attribute) }

  /// Adds one value.
  public mutating func append(attribute: String, value: String) {
    entries.append(Entry(attribute: attribute, value: value))
  }

  /// One value or a list of values.
  public struct Values: Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    ExpressibleByArrayLiteral
  {
    let values: [String]

    /// One value.
    public init(_ value: String) { values = [value] }
    /// One value.
    public init(stringLiteral value: String) { values = [value] }
    /// A list of values.
    public init(arrayLiteral elements: String...) { values = elements }
  }
}
