/// A range of addresses, written `10.0.0.0/8`, `fd00::/8` or as one address.
struct Network: Hashable {
  private let base: IPAddress
  /// How many of the 128 bits are fixed.
  private let bits: Int

  /// Nil for what is no network, has an address beyond its prefix, or a prefix that is too long.
  init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard !text.utf8.contains(0), let base = IPAddress(String(parts[0])) else { return nil }
    let width = parts[0].contains(":") ? 128 : 32
    var bits = width
    if parts.count == 2 {
      guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(parts[1]),
        number <= width
      else { return nil }
      bits = number
    }
    self.bits = bits + 128 - width
    self.base = base
    guard base.prefix(self.bits) == base else { return nil }
  }

  /// A network of version 6 has no addresses of version 4, also where it is as wide as `::/0`.
  func contains(_ address: IPAddress) -> Bool {
    address.isVersion4 == base.isVersion4 && address.prefix(bits) == base
  }
}

/// The addresses that may be connected to.
struct Networks: Hashable {
  private let allowed: [Network]?

  /// - Parameter allowed: nil for all but link-local and metadata addresses.
  /// - Returns: Nil where one of them is no network.
  init?(_ allowed: [String]?) {
    guard let allowed else {
      self.allowed = nil
      return
    }
    let networks = allowed.compactMap { Network($0) }
    guard networks.count == allowed.count else { return nil }
    self.allowed = networks
  }

  /// Link-local addresses, and those at which clouds hand out the credentials of a machine; the former also
  /// in the forms in which a gateway carries them through version 6 (RFC 3056, RFC 6052).
  private static let refused = [
    "169.254.0.0/16", "fe80::/10", "64:ff9b::169.254.0.0/112", "2002:a9fe::/32", "fd00:ec2::254",
    "fd20:ce::254",
    "100.100.100.200", "168.63.129.16", "192.0.0.192",
  ].compactMap { Network($0) }

  func allow(_ address: IPAddress) -> Bool {
    if let allowed { return allowed.contains { $0.contains(address) } }
    return !Networks.refused.contains { $0.contains(address) }
  }
}
