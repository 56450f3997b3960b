import CCrypto
import Synchronization

/// The one place of this module that calls libcrypto.

/// 128 bits of a keyed digest, or a number drawn at random.
public struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads 16 bytes, most significant first.
  package init?(bytes: some Collection<UInt8>) {
    guard let halves = halves(of: bytes) else { return nil }
    self.init(high: halves.high, low: halves.low)
  }

  /// Reads 32 lower-case hexadecimal digits.
  package init?(hex: String) {
    guard let bytes = bytesFromHex(hex) else { return nil }
    self.init(bytes: bytes)
  }

  /// The 16 bytes, most significant first.
  package var bytes: [UInt8] {
    sixteenBytes(high, low)
  }

  /// Order of the bytes.
  public static func < (a: Self, b: Self) -> Bool { (a.high, a.low) < (b.high, b.low) }

  /// 32 lower-case hexadecimal digits.
  public var description: String { hexadecimal(bytes) }
}

/// HMAC-SHA-256 (RFC 2104) of the message.
package func hmacSHA256(key: Secret, message: [UInt8]) -> [UInt8] {
  var output = [UInt8](repeating: 0, count: 32)
  var length: UInt32 = 32
  let done = key.withExposedBytes { key in
    HMAC(EVP_sha256(), key.baseAddress, Int32(key.count), message, message.count, &output, &length)
  }
  precondition(done != nil && length == 32, "libcrypto cannot compute HMAC-SHA-256")
  return output
}

/// Makes digests under one key: the first 128 bits of HMAC-SHA-256.
///
/// For many short messages: the key is prepared once, which takes `hmacSHA256` longer than the message does.
package final class KeyedDigests: Sendable {
  private let context: Mutex<HMACContext>

  package init(key: Secret) { context = Mutex(HMACContext(key: key)) }

  /// The digest of a message.
  package func digest(_ message: [UInt8]) -> Digest { context.withLock { $0.digest(message) } }
}

/// What libcrypto keeps of a key between messages.
private struct HMACContext: ~Copyable {
  private let context: OpaquePointer

  init(key: Secret) {
    let algorithm = EVP_MAC_fetch(nil, "HMAC", nil)
    defer { EVP_MAC_free(algorithm) }
    context = EVP_MAC_CTX_new(algorithm)
    let done = key.withExposedBytes { key in
      keyfold_hmac_sha256_init(context, key.bindMemory(to: UInt8.self).baseAddress, key.count)
    }
    precondition(done == 1, "libcrypto cannot compute HMAC-SHA-256")
  }

  deinit { EVP_MAC_CTX_free(context) }

  /// Without a key the one given before is used again.
  mutating func digest(_ message: [UInt8]) -> Digest {
    var output = [UInt8](repeating: 0, count: 32)
    var length = 0
    let done =
      EVP_MAC_init(context, nil, 0, nil) == 1 && EVP_MAC_update(context, message, message.count) == 1
      && EVP_MAC_final(context, &output, &length, output.count) == 1
    precondition(done && length == 32, "libcrypto cannot compute HMAC-SHA-256")
    return Digest(bytes: output[..<16])!
  }
}

/// SHA-256 of a stream of bytes (FIPS 180-4).
package struct SHA256: ~Copyable {
  private let context: OpaquePointer

  package init() {
    context = EVP_MD_CTX_new()
    precondition(EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1, "libcrypto has no SHA-256")
  }

  deinit { EVP_MD_CTX_free(context) }

  package mutating func update(_ bytes: [UInt8]) { update(bytes[...]) }

  package mutating func update(_ bytes: ArraySlice<UInt8>) {
    let done = bytes.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    precondition(done == 1, "libcrypto cannot compute SHA-256")
  }

  /// The first 128 bits of the digest of what came so far; more may come.
  package func digestSoFar() -> Digest {
    let copy = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(copy) }
    var output = [UInt8](repeating: 0, count: 32)
    let done =
      EVP_MD_CTX_copy_ex(copy, context) == 1 && EVP_DigestFinal_ex(copy, &output, nil) == 1
    precondition(done, "libcrypto cannot compute SHA-256")
    return Digest(bytes: output[..<16])!
  }

  /// The digest of what came so far, as 64 hexadecimal digits. To be called once.
  package mutating func hexDigest() -> String {
    var output = [UInt8](repeating: 0, count: 32)
    precondition(EVP_DigestFinal_ex(context, &output, nil) == 1, "libcrypto cannot compute SHA-256")
    return hexadecimal(output)
  }
}

/// Whether two byte strings are equal, in a time that tells nothing about where they differ.
package func equalInConstantTime(_ a: [UInt8], _ b: [UInt8]) -> Bool {
  a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
}

/// Bytes from the system's cryptographic random source.
package func randomBytes(_ count: Int) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  precondition(RAND_bytes(&bytes, Int32(count)) == 1, "libcrypto has no source of randomness")
  return bytes
}

/// AES-256-CTR (NIST SP 800-38A) of the bytes; encrypts and decrypts alike.
package func aes256CTR(_ bytes: [UInt8], key: [UInt8], counter: [UInt8]) -> [UInt8] {
  precondition(key.count == 32 && counter.count == 16)
  let context = EVP_CIPHER_CTX_new()
  defer { EVP_CIPHER_CTX_free(context) }
  var output = [UInt8](repeating: 0, count: bytes.count)
  var length: Int32 = 0
  let done =
    EVP_EncryptInit_ex(context, EVP_aes_256_ctr(), nil, key, counter) == 1
    && EVP_EncryptUpdate(context, &output, &length, bytes, Int32(bytes.count)) == 1
  precondition(done && length == bytes.count, "libcrypto cannot encrypt with AES-256-CTR")
  return output
}

/// Two lower-case hexadecimal digits a byte.
package func hexadecimal(_ bytes: [UInt8]) -> String {
  String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
    for (index, byte) in bytes.enumerated() {
      buffer[2 * index] = lowerHexCharacter(UInt64(byte >> 4))
      buffer[2 * index + 1] = lowerHexCharacter(UInt64(byte & 0xF))
    }
    return bytes.count * 2
  }
}

/// The bytes of lower-case hexadecimal digits; nil for anything else.
package func bytesFromHex(_ text: String) -> [UInt8]? {
  let digits = Array(text.utf8)
  guard digits.count % 2 == 0 else { return nil }
  var bytes: [UInt8] = []
  bytes.reserveCapacity(digits.count / 2)
  for index in stride(from: 0, to: digits.count, by: 2) {
    guard let high = lowerHexDigit(digits[index]), let low = lowerHexDigit(digits[index + 1]) else {
      return nil
    }
    bytes.append(UInt8(high << 4 | low))
  }
  return bytes
}

/// Base64 with padding (RFC 4648, section 4).
package func base64(_ bytes: [UInt8]) -> String {
  var output = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
  let length = Int(EVP_EncodeBlock(&output, bytes, Int32(bytes.count)))
  return String(decoding: output[..<length], as: UTF8.self)
}

/// Base64 with the URL-safe alphabet and without padding (RFC 4648, section 5).
package func base64URL(_ bytes: [UInt8]) -> String {
  let text = base64(bytes).utf8.compactMap { byte -> UInt8? in
    switch byte {
    case UInt8(ascii: "+"): UInt8(ascii: "-")
    case UInt8(ascii: "/"): UInt8(ascii: "_")
    case UInt8(ascii: "="): nil
    default: byte
    }
  }
  return String(decoding: text, as: UTF8.self)
}

/// The bytes of URL-safe base64 without padding; nil for anything else.
package func bytesFromBase64URL(_ text: [UInt8]) -> [UInt8]? {
  var standard: [UInt8] = []
  for byte in text {
    switch byte {
    case UInt8(ascii: "-"): standard.append(UInt8(ascii: "+"))
    case UInt8(ascii: "_"): standard.append(UInt8(ascii: "/"))
    case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
    default: standard.append(byte)
    }
  }
  let padding = (4 - standard.count % 4) % 4
  guard padding < 3, !standard.isEmpty else { return nil }
  standard += Array(repeating: UInt8(ascii: "="), count: padding)
  var output = [UInt8](repeating: 0, count: standard.count)
  let length = Int(EVP_DecodeBlock(&output, standard, Int32(standard.count)))
  guard length >= padding else { return nil }
  let bytes = Array(output[..<(length - padding)])
  // Only the one spelling an encoder makes: bits beyond the last byte must be zero.
  return Array(base64URL(bytes).utf8) == text ? bytes : nil
}
