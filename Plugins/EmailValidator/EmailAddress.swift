import KeyfoldCore

/// An email address by RFC 5321: a mailbox of a domain.
struct EmailAddress: Sendable, Hashable {
  /// What stands before the `@`, as it was written.
  let local: String
  /// The domain as lower-case A-labels.
  let domain: String

  /// The address as it is spoken to servers.
  var text: String { "\(local)@\(domain)" }

  /// Bytes of a local part, a domain and an address (RFC 5321, 4.5.3.1; a path has two brackets more).
  private static let localMax = 64
  private static let domainMax = 255
  private static let addressMax = 254

  /// Why a text is no address that is taken.
  struct Fault: Error, Hashable {
    let code: EmailCode
  }

  /// Takes an address apart.
  ///
  /// - Parameter isInternational: whether the local part may have characters beyond ASCII (RFC 6531).
  init(_ value: String, isInternational: Bool) throws(Fault) {
    // A domain has no '@', so that the last one is it, whatever a quoted local part holds.
    guard let at = value.utf8.lastIndex(of: UInt8(ascii: "@")) else { throw Fault(code: .malformedDomain) }
    local = String(value[..<at])
    let written = String(value[value.utf8.index(after: at)...])
    try EmailAddress.judge(local: local, isInternational: isInternational)
    domain = try EmailAddress.domain(written)
    if text.utf8.count > EmailAddress.addressMax { throw Fault(code: .tooLong) }
  }

  private static func judge(local: String, isInternational: Bool) throws(Fault) {
    if local.utf8.count > localMax { throw Fault(code: .tooLong) }
    let isASCII = local.utf8.allSatisfy { $0 < 0x80 }
    guard isDotString(local) || isQuotedString(local) else { throw Fault(code: .malformedLocalPart) }
    if !isASCII && !isInternational { throw Fault(code: .internationalLocalPart) }
  }

  /// Atoms with a dot between each two.
  private static func isDotString(_ local: String) -> Bool {
    local.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .allSatisfy { !$0.isEmpty && $0.allSatisfy(isAtomByte) }
      && local.unicodeScalars.allSatisfy(isVisible)
  }

  private static func isAtomByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x80...: true
    default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
    }
  }

  /// Characters between quotation marks; a backslash takes the next one literally.
  private static func isQuotedString(_ local: String) -> Bool {
    let bytes = Array(local.utf8)
    let mark = UInt8(ascii: "\"")
    guard bytes.count >= 2, bytes.first == mark, bytes.last == mark else { return false }
    var isEscaped = false
    for byte in bytes.dropFirst().dropLast() {
      guard byte >= 0x20, byte != 0x7F, isEscaped || byte != mark else { return false }
      isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
    }
    return !isEscaped && local.unicodeScalars.allSatisfy(isVisible)
  }

  /// Beyond ASCII, RFC 6531 allows everything; what nobody can see or type makes two addresses look like one.
  private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= 0x80 else { return true }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
      .spaceSeparator:
      return false
    default: return true
    }
  }

  private static func domain(_ written: String) throws(Fault) -> String {
    if written.utf8.first == UInt8(ascii: "[") { throw Fault(code: .addressLiteral) }
    if written.utf8.count > domainMax { throw Fault(code: .tooLong) }
    guard let domain = domainALabels(written) else { throw Fault(code: .malformedDomain) }
    let labels = domain.utf8.split(separator: UInt8(ascii: "."))
    guard labels.count >= 2, let last = labels.last else { throw Fault(code: .malformedDomain) }
    // No top-level domain is a number; four of them are an address.
    if last.allSatisfy(isASCIIDigit) {
      throw Fault(code: labels.count == 4 ? .addressLiteral : .malformedDomain)
    }
    return domain
  }
}
