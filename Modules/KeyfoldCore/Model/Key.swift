/// A key: a key attribute and a normalised value. Compared by bytes.
///
/// Only a space makes keys, through the attribute's normalisers (`Space.screen`), or a store that reads
/// back what was made so.
public struct Key: Hashable, Sendable {
  /// The name of the key attribute.
  public let attribute: String
  /// The normalised value.
  public let value: String
  /// Place of the attribute in the space, 0 = strongest; `Int.max` for one the space no longer has.
  package let strength: Int

  package init(attribute: String, value: String, strength: Int) {
    self.attribute = attribute
    self.value = value
    self.strength = strength
  }

  /// Same attribute, same value, byte for byte.
  public static func == (a: Key, b: Key) -> Bool {
    sameBytes(a.value, b.value) && sameBytes(a.attribute, b.attribute)
  }

  /// Hashes attribute and value.
  public func hash(into hasher: inout Hasher) {
    hashBytes(attribute, into: &hasher)
    hashBytes(value, into: &hasher)
  }
}

extension Key: Comparable {
  /// Stronger attributes first, then by name and value.
  public static func < (a: Key, b: Key) -> Bool {
    if a.strength != b.strength { return a.strength < b.strength }
    if !sameBytes(a.attribute, b.attribute) { return bytesPrecede(a.attribute, b.attribute) }
    return bytesPrecede(a.value, b.value)
  }
}

extension Key: CustomStringConvertible {
  /// `attribute=value`, as the command line takes it.
  public var description: String { "\(attribute)=\(value)" }
}
