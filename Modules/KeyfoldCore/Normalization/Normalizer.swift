/// One step that brings a value to the form it is compared in.
public enum Normalizer: String, Sendable, Hashable, CaseIterable {
  /// Removes white space at both ends.
  case trim
  /// Lower-cases, language-neutrally.
  case lowercase
  /// Unicode normalisation form C.
  case nfc
  /// Keeps the ASCII digits.
  case digits
  /// `local@domain`: trimmed, NFC, lower case, the domain as IDNA A-labels.
  case email
  /// A leading `+` and the ASCII digits.
  case phone

  /// The normalised value, or nil where the value cannot be one (an email without a domain, a phone without
  /// a digit).
  package func apply(to value: String) -> String? {
    switch self {
    case .trim: trimmed(value)
    case .lowercase: lowercased(value)
    case .nfc: composed(value)
    case .digits: String(decoding: value.utf8.filter(isASCIIDigit), as: UTF8.self)
    case .email: normalizedEmail(value)
    case .phone: normalizedPhone(value)
    }
  }
}

extension KeyAttribute {
  /// The normalised value, or nil where it is malformed: empty, too long, or not of the attribute's form.
  public func normalized(_ value: String) -> String? {
    var value = value
    for step in normalize {
      guard let next = step.apply(to: value) else { return nil }
      value = next
    }
    return value.utf8.isEmpty || value.utf8.count > maxBytes ? nil : value
  }
}

package func isASCIIDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
