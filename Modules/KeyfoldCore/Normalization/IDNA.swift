import CIDN2

/// The one place that calls libidn2.

/// The domain as lower-case A-labels (IDNA 2008 with the UTS 46 mapping); nil where it is not a host name.
package func domainALabels(_ domain: String) -> String? {
  // Labels typed as `xn--` are for the library to judge.
  if let plain = plainDomain(domain), !hasALabel(plain) { return plain }
  // Asked to apply the STD3 rules, the library drops ASCII characters that no host name has instead of
  // refusing them:
  // "x_y.test" would be "xy.test", somebody else's domain. So they are refused here, before and after
  // mapping.
  guard domain.utf8.allSatisfy({ $0 >= 0x80 || isHostCharacter($0) }) else { return nil }
  var output: UnsafeMutablePointer<UInt8>?
  let flags = Int32(IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue)
  let status = domain.withCString { text in
    text.withMemoryRebound(to: UInt8.self, capacity: domain.utf8.count + 1) {
      idn2_lookup_u8($0, &output, flags)
    }
  }
  guard status == IDN2_OK.rawValue, let output else { return nil }
  defer { idn2_free(output) }
  let ascii = String(cString: output)
  return plainDomain(ascii)
}

private func hasALabel(_ domain: String) -> Bool {
  domain.utf8.split(separator: UInt8(ascii: ".")).contains { $0.starts(with: "xn--".utf8) }
}

private func isHostCharacter(_ byte: UInt8) -> Bool {
  switch byte {
  case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "."): true
  default: false
  }
}

/// Letters, digits and hyphens in labels of 1 to 63 bytes, 253 in all, lower-cased; nil for anything else.
private func plainDomain(_ domain: String) -> String? {
  let bytes = Array(domain.utf8)
  guard bytes.count <= 253 else { return nil }
  var label = 0
  var lower: [UInt8] = []
  for (index, byte) in bytes.enumerated() {
    switch byte {
    case 0x61...0x7A, 0x30...0x39: lower.append(byte)
    case 0x41...0x5A: lower.append(byte | 0x20)
    case UInt8(ascii: "-"):
      guard label > 0, index + 1 < bytes.count, bytes[index + 1] != UInt8(ascii: ".") else { return nil }
      lower.append(byte)
    case UInt8(ascii: "."):
      guard label > 0, index + 1 < bytes.count else { return nil }
      lower.append(byte)
      label = -1
    default: return nil
    }
    label += 1
    guard label <= 63 else { return nil }
  }
  return label > 0 ? String(decoding: lower, as: UTF8.self) : nil
}
