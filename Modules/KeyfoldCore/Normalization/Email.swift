/// `local@domain` in the form addresses are compared in; nil where it is no address.
///
/// The domain goes through IDNA to A-labels. The local part is lower-cased: mailboxes that differ in case
/// only do not exist in practice. Dots and `+tags` stay, because they are different mailboxes for some hosts.
/// Whether an address follows RFC 5321 to the letter is for a validator to say, not for this.
func normalizedEmail(_ value: String) -> String? {
  let address = composed(trimmed(value))
  guard let at = address.utf8.lastIndex(of: UInt8(ascii: "@")) else { return nil }
  let local = address[..<at]
  let domain = String(address[address.utf8.index(after: at)...])
  guard isLocalPart(local), let ascii = domainALabels(domain) else { return nil }
  return composed(lowercased(String(local))) + "@" + ascii
}

/// Not empty, no control characters, and white space or `@` only between quotation marks.
private func isLocalPart(_ local: Substring) -> Bool {
  let scalars = local.unicodeScalars
  let quoted = scalars.count > 2 && scalars.first == "\"" && scalars.last == "\""
  return !scalars.isEmpty
    && scalars.allSatisfy { scalar in
      scalar.value >= 0x20 && scalar.value != 0x7F
        && (quoted || scalar != "@" && !scalar.properties.isWhitespace)
    }
}
