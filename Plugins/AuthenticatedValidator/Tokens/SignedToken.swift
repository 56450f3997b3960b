import KeyfoldCore

/// A JSON Web Token (RFC 7519) in compact form, taken apart; its signature is not checked yet.
struct SignedToken: Sendable {
  let algorithm: SignatureAlgorithm
  /// Which of the issuer's keys it says it is signed with.
  let keyID: String?
  let claims: Claims
  /// What is signed.
  private let content: [UInt8]
  private let signature: [UInt8]

  /// Types of access and ID tokens (RFC 9068; RFC 8725, section 3.11): what else an issuer signs (log-out
  /// tokens, security events, key bindings) was not made to be shown here.
  private static let types: Set<String> = ["jwt", "application/jwt", "at+jwt", "application/at+jwt"]

  /// Throws why it is no token that could be accepted.
  init(_ proof: Proof) throws(Refusal) {
    let bytes = proof.withExposedBytes { Array($0) }
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, let header = SignedToken.object(parts[0]) else { throw .invalid(.malformedProof) }
    algorithm = try SignedToken.algorithm(header)
    keyID = try SignedToken.keyID(header)
    try SignedToken.checkType(header)
    guard let payload = SignedToken.object(parts[1]), let claims = Claims(payload),
      let signature = bytesFromBase64URL(Array(parts[2]))
    else { throw .invalid(.malformedProof) }
    self.claims = claims
    self.signature = signature
    content = Array(bytes[..<parts[1].endIndex])
  }

  /// Whether one of the keys signed it.
  func isSigned(byOneOf keys: [VerificationKey]) -> Bool {
    keys.contains { $0.verifies(signature, of: content, by: algorithm) }
  }

  private static func object(_ part: ArraySlice<UInt8>) -> JSONValue? {
    guard let bytes = bytesFromBase64URL(Array(part)), let value = try? JSONValue(parsing: bytes[...]),
      case .object = value
    else { return nil }
    return value
  }

  private static func algorithm(_ header: JSONValue) throws(Refusal) -> SignatureAlgorithm {
    guard let name = header["alg"]?.string, let algorithm = SignatureAlgorithm(rawValue: name),
      // What must be understood, and is not (RFC 7515, section 4.1.11).
      header["crit"] == nil
    else { throw .invalid(.refusedAlgorithm) }
    return algorithm
  }

  /// Keys that a token brings itself, or says where to get (`jwk`, `x5c`, `jku`, `x5u`), are never looked at.
  private static func keyID(_ header: JSONValue) throws(Refusal) -> String? {
    switch header["kid"] {
    case nil: return nil
    case .string(let id): return id
    default: throw .invalid(.malformedProof)
    }
  }

  private static func checkType(_ header: JSONValue) throws(Refusal) {
    guard let type = header["typ"] else { return }
    guard let name = type.string, types.contains(name.lowercased()) else { throw .invalid(.otherTokenType) }
  }
}
