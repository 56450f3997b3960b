import CCrypto
import KeyfoldCore

/// A private key of an issuer that tests make up.
///
/// Unchecked, because libcrypto only reads a finished key while it signs.
final class SigningKey: @unchecked Sendable {
  private let key: OpaquePointer
  let id: String

  private init(_ id: String, _ type: Int32, _ setUp: (OpaquePointer?) -> Int32 = { _ in 1 }) {
    let context = EVP_PKEY_CTX_new_id(type, nil)
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    precondition(EVP_PKEY_keygen_init(context) == 1 && setUp(context) == 1)
    precondition(EVP_PKEY_keygen(context, &key) == 1)
    self.key = key!
    self.id = id
  }

  deinit { EVP_PKEY_free(key) }

  static func rsa(_ id: String, bits: Int32 = 2048) -> SigningKey {
    SigningKey(id, EVP_PKEY_RSA) { EVP_PKEY_CTX_set_rsa_keygen_bits($0, bits) }
  }
  static func p256(_ id: String) -> SigningKey {
    SigningKey(id, EVP_PKEY_EC) { EVP_PKEY_CTX_set_ec_paramgen_curve_nid($0, NID_X9_62_prime256v1) }
  }
  static func p384(_ id: String) -> SigningKey {
    SigningKey(id, EVP_PKEY_EC) { EVP_PKEY_CTX_set_ec_paramgen_curve_nid($0, NID_secp384r1) }
  }
  static func ed25519(_ id: String) -> SigningKey { SigningKey(id, EVP_PKEY_ED25519) }

  /// The public key as a JSON Web Key, its members replaced or left out (nil) as a test wants.
  func jwk(_ changes: [String: String?] = [:]) -> String {
    var members: [String: String?] = ["kid": id, "use": "sig"]
    members.merge(parts) { $1 }
    members.merge(changes) { $1 }
    let texts = members.sorted { $0.key < $1.key }.compactMap { name, value in
      value.map { "\"\(name)\":\"\($0)\"" }
    }
    return "{\(texts.joined(separator: ","))}"
  }

  private var parts: [String: String?] {
    switch EVP_PKEY_get_base_id(key) {
    case EVP_PKEY_RSA: return ["kty": "RSA", "n": number("n"), "e": number("e")]
    case EVP_PKEY_EC:
      let bits = EVP_PKEY_get_bits(key)
      return [
        "kty": "EC", "crv": "P-\(bits)", "x": number("qx", bytes: bits / 8),
        "y": number("qy", bytes: bits / 8),
      ]
    default:
      var bytes = [UInt8](repeating: 0, count: 32)
      var count = bytes.count
      precondition(EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1)
      return ["kty": "OKP", "crv": "Ed25519", "x": base64URL(bytes)]
    }
  }

  private func number(_ name: String, bytes: Int32? = nil) -> String {
    var number: OpaquePointer?
    precondition(EVP_PKEY_get_bn_param(key, name, &number) == 1)
    defer { BN_free(number) }
    var output = [UInt8](repeating: 0, count: Int(bytes ?? (BN_num_bits(number) + 7) / 8))
    precondition(BN_bn2binpad(number, &output, Int32(output.count)) == Int32(output.count))
    return base64URL(output)
  }

  /// The signature as a JSON Web Signature carries it.
  func signature(of message: [UInt8], _ algorithm: String) -> [UInt8] {
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    var parameters: OpaquePointer?
    let digest: OpaquePointer? =
      switch algorithm.suffix(3) {
      case "256": EVP_sha256()
      case "384": EVP_sha384()
      case "512": EVP_sha512()
      default: nil
      }
    precondition(EVP_DigestSignInit(context, &parameters, digest, nil, key) == 1)
    if algorithm.hasPrefix("PS") {
      precondition(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1)
      precondition(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1)
    }
    var count = 0
    precondition(EVP_DigestSign(context, nil, &count, message, message.count) == 1)
    var signature = [UInt8](repeating: 0, count: count)
    precondition(EVP_DigestSign(context, &signature, &count, message, message.count) == 1)
    signature.removeLast(signature.count - count)
    return algorithm.hasPrefix("ES") ? sideBySide(signature) : signature
  }

  private func sideBySide(_ der: [UInt8]) -> [UInt8] {
    let half = EVP_PKEY_get_bits(key) / 8
    return der.withUnsafeBufferPointer { buffer in
      var start = buffer.baseAddress
      let pair = d2i_ECDSA_SIG(nil, &start, buffer.count)
      defer { ECDSA_SIG_free(pair) }
      var output = [UInt8](repeating: 0, count: Int(2 * half))
      output.withUnsafeMutableBufferPointer { output in
        _ = BN_bn2binpad(ECDSA_SIG_get0_r(pair), output.baseAddress, half)
        _ = BN_bn2binpad(ECDSA_SIG_get0_s(pair), output.baseAddress! + Int(half), half)
      }
      return output
    }
  }
}

/// A token of a header and a payload, both JSON texts, and a signature over them.
func signedToken(_ header: String, _ payload: String, signedBy sign: ([UInt8]) -> [UInt8]) -> String {
  let content = "\(base64URL(Array(header.utf8))).\(base64URL(Array(payload.utf8)))"
  let signature = sign(Array(content.utf8))
  return "\(content).\(signature.isEmpty ? "" : base64URL(signature))"
}
