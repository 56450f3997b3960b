import KeyfoldCore

/// An issuer's public keys: a JSON Web Key Set (RFC 7517) without what cannot check a signature here.
struct KeySet: Sendable {
  private struct Entry: Sendable {
    let id: String?
    /// The one algorithm it may be used with, if it says so.
    let algorithm: String?
    let key: VerificationKey
  }

  private let entries: [Entry]

  /// More keys than anybody has in use at a time; a token without `kid` may have to be tried with each.
  private static let keysMax = 64

  /// Nil for what is no key set. Keys that are of no use, or not understood, are left out (RFC 7517, section
  /// 5).
  init?(_ body: [UInt8]) {
    guard let set = try? JSONValue(parsing: body[...]), let keys = set["keys"]?.array,
      keys.count <= KeySet.keysMax
    else { return nil }
    entries = keys.compactMap { key in
      guard KeySet.isForSignatures(key), let verification = KeySet.key(key) else { return nil }
      return Entry(id: key["kid"]?.string, algorithm: key["alg"]?.string, key: verification)
    }
  }

  /// The keys that may have signed a token: of the kind its algorithm takes, and the one it names if it names
  /// one.
  func keys(for token: SignedToken) -> [VerificationKey] {
    entries.filter { entry in
      guard entry.key.kind == token.algorithm.keyKind else { return false }
      if let only = entry.algorithm, !sameBytes(only, token.algorithm.rawValue) { return false }
      guard let named = token.keyID else { return true }
      return entry.id.map { sameBytes($0, named) } ?? false
    }.map(\.key)
  }

  private static func isForSignatures(_ key: JSONValue) -> Bool {
    if let use = key["use"], use != .string("sig") { return false }
    if let operations = key["key_ops"], operations.array?.contains(.string("verify")) != true { return false }
    return true
  }

  private static func key(_ key: JSONValue) -> VerificationKey? {
    func bytes(_ name: String) -> [UInt8]? {
      key[name]?.string.flatMap { bytesFromBase64URL(Array($0.utf8)) }
    }
    switch (key["kty"]?.string, key["crv"]?.string) {
    case ("RSA", _):
      guard let modulus = bytes("n"), let exponent = bytes("e") else { return nil }
      return VerificationKey(modulus: modulus, exponent: exponent)
    case ("EC", "P-256"), ("EC", "P-384"):
      guard let x = bytes("x"), let y = bytes("y") else { return nil }
      return VerificationKey(key["crv"]?.string == "P-256" ? .p256 : .p384, x: x, y: y)
    case ("OKP", "Ed25519"): return bytes("x").flatMap { VerificationKey(ed25519: $0) }
    default: return nil
    }
  }
}
