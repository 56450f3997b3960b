import CCrypto

/// The one place of this module that calls libcrypto.

/// How a token may be signed: the asymmetric algorithms of RFC 7518 and RFC 8037 that are in use.
///
/// `none` signs nothing, and HS256 and its like would take an issuer's public key for a shared secret.
enum SignatureAlgorithm: String, Sendable, CaseIterable {
  case rs256 = "RS256"
  case rs384 = "RS384"
  case rs512 = "RS512"
  case ps256 = "PS256"
  case es256 = "ES256"
  case es384 = "ES384"
  case edDSA = "EdDSA"

  /// The kind of key it takes; no key serves two kinds.
  var keyKind: VerificationKey.Kind {
    switch self {
    case .rs256, .rs384, .rs512, .ps256: .rsa
    case .es256: .p256
    case .es384: .p384
    case .edDSA: .ed25519
    }
  }

  fileprivate var digest: OpaquePointer? {
    switch self {
    case .rs256, .ps256, .es256: EVP_sha256()
    case .rs384, .es384: EVP_sha384()
    case .rs512: EVP_sha512()
    case .edDSA: nil
    }
  }
}

/// A public key that signatures are checked with.
///
/// Unchecked, because libcrypto only reads a finished key while it verifies, from any number of threads.
final class VerificationKey: @unchecked Sendable {
  /// What the key is a number or a point of.
  enum Kind: Sendable {
    case rsa
    case p256
    case p384
    case ed25519
  }

  let kind: Kind
  private let key: OpaquePointer

  private init?(_ kind: Kind, _ key: OpaquePointer?) {
    guard let key else {
      ERR_clear_error()
      return nil
    }
    self.kind = kind
    self.key = key
  }

  deinit { EVP_PKEY_free(key) }

  /// Shorter moduli can be factored (RFC 7518 asks for 2048 bits); longer ones only cost time.
  private static let modulusBits = 2048...8192
  private static let exponentBytesMax = 8

  /// - Parameters: both numbers with the most significant byte first.
  convenience init?(modulus: [UInt8], exponent: [UInt8]) {
    let modulus = Array(modulus.drop { $0 == 0 })
    let exponent = Array(exponent.drop { $0 == 0 })
    guard let first = modulus.first, let last = exponent.last,
      VerificationKey.modulusBits.contains(modulus.count * 8 - first.leadingZeroBitCount),
      // With the exponent 1 every text signs itself.
      exponent.count <= VerificationKey.exponentBytesMax, last & 1 == 1, exponent != [1]
    else { return nil }
    self.init(
      .rsa, keyfold_rsa_public_key(modulus, Int32(modulus.count), exponent, Int32(exponent.count)))
  }

  /// - Parameters: coordinates of a point of the curve in full length.
  convenience init?(_ kind: Kind, x: [UInt8], y: [UInt8]) {
    guard kind == .p256 || kind == .p384 else { return nil }
    let bits = kind == .p256 ? 256 : 384
    guard x.count == bits / 8, y.count == bits / 8 else { return nil }
    let point = [4] + x + y
    self.init(kind, keyfold_ec_public_key(Int32(bits), point, point.count))
  }

  /// - Parameter ed25519: the 32 bytes of RFC 8032.
  convenience init?(ed25519 bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.init(.ed25519, EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count))
  }

  /// Whether a signature as a JSON Web Signature carries it is that of a message.
  func verifies(_ signature: [UInt8], of message: [UInt8], by algorithm: SignatureAlgorithm) -> Bool {
    guard algorithm.keyKind == kind, let signature = encoded(signature) else { return false }
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    var parameters: OpaquePointer?
    let isGood =
      EVP_DigestVerifyInit(context, &parameters, algorithm.digest, nil, key) == 1
      && (algorithm != .ps256 || usesPSS(parameters))
      && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    if !isGood { ERR_clear_error() }
    return isGood
  }

  /// RFC 7518, section 3.5: the salt is as long as the digest.
  private func usesPSS(_ parameters: OpaquePointer?) -> Bool {
    EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1
      && EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1
  }

  /// ECDSA signatures travel as two numbers side by side (RFC 7518, section 3.4); libcrypto reads DER.
  private func encoded(_ signature: [UInt8]) -> [UInt8]? {
    let half: Int
    switch kind {
    case .rsa, .ed25519: return signature
    case .p256: half = 32
    case .p384: half = 48
    }
    guard signature.count == 2 * half else { return nil }
    let numbers = ECDSA_SIG_new()
    defer { ECDSA_SIG_free(numbers) }
    let r = BN_bin2bn(Array(signature[..<half]), Int32(half), nil)
    let s = BN_bin2bn(Array(signature[half...]), Int32(half), nil)
    // From here on the numbers are the structure's.
    guard ECDSA_SIG_set0(numbers, r, s) == 1 else { return nil }
    var der = [UInt8](repeating: 0, count: Int(i2d_ECDSA_SIG(numbers, nil)))
    return der.withUnsafeMutableBufferPointer { buffer in
      var end = buffer.baseAddress
      return i2d_ECDSA_SIG(numbers, &end) == Int32(buffer.count)
    } ? der : nil
  }
}
