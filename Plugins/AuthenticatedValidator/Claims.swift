import KeyfoldCore

/// What an issuer says of a token: the payload of a signed one, or the answer about it.
struct Claims: Sendable {
  private let members: JSONValue

  /// Nil for what is no object.
  init?(_ members: JSONValue) {
    guard case .object = members else { return nil }
    self.members = members
  }

  /// The claim of that name. Some servers write null for what they do not know.
  subscript(name: String) -> JSONValue? { members[name].flatMap { $0.isNull ? nil : $0 } }

  /// A time in seconds since 1970 (RFC 7519: a number, fractions allowed); the nearest instant of years 0 to
  /// 9999 for one far away, so that nothing overflows later.
  func time(_ name: String) throws(Refusal) -> Timestamp? {
    guard let value = self[name] else { return nil }
    guard case .number(let text) = value, let seconds = ExactDecimal(text) else {
      throw .invalid(.malformedTime)
    }
    return Timestamp(microseconds: seconds.scaled(byTenTo: 6, within: Claims.times))
  }

  private static let times: ClosedRange<Int64> = -62_167_219_200_000_000...253_402_300_799_000_000

  /// The words of a list, or of a text of words with spaces between them (RFC 6749, `scope`).
  func words(_ name: String) -> [String]? {
    switch self[name] {
    case .string(let text): text.utf8.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }
    case .array(let elements): elements.compactMap(\.string)
    default: nil
    }
  }

  /// Whether the token is for somebody: a text, a list of texts, or, as glewlwyd writes it, a text of several
  /// with spaces between them.
  func isFor(_ audience: String) -> Bool {
    if let whole = self["aud"]?.string, sameBytes(whole, audience) { return true }
    return words("aud")?.contains { sameBytes($0, audience) } ?? false
  }
}
