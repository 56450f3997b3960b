package import KeyfoldCore

/// Makes and reads handoff tokens.
///
/// A token is base64url of: version (1 byte), number (16), sealed content, HMAC-SHA-256 of all before it
/// (32). The content (expiry in microseconds, 8 bytes; TID, 16; length of the space's name, 2; the name; the
/// touchpoint) is encrypted with AES-256-CTR, because a TID is a bearer secret and a token travels in links.
/// Both keys are derived from the handoff key; the number is drawn at random, so that no pair of key and
/// counter is used twice.
package struct HandoffSealer: Sendable {
  /// What a token says.
  package struct Content: Sendable, Hashable {
    package let number: Digest
    package let tid: TID
    package let space: String
    package let touchpoint: String
    package let expires: Timestamp
  }

  private let space: String
  private let keys: [(signing: Secret, sealing: [UInt8])]

  private static let version: UInt8 = 1
  private static let signatureBytes = 32
  private static let fixedBytes = 8 + 16 + 2
  /// No token is longer than one with the longest names; everything longer is refused unread.
  private static let tokenBytesMax = 4096

  /// - Parameter keys: the first signs, all verify.
  package init(space: String, keys: [Secret]) {
    self.space = space
    self.keys = keys.map { key in
      (
        Secret(bytes: hmacSHA256(key: key, message: Array("keyfold handoff sign 1".utf8))),
        hmacSHA256(key: key, message: Array("keyfold handoff seal 1".utf8))
      )
    }
  }

  /// A token that carries a TID to a touchpoint.
  package func issue(_ tid: TID, for touchpoint: String, expires: Timestamp) -> String {
    let number = randomBytes(16)
    var content: [UInt8] = []
    append(UInt64(bitPattern: expires.microseconds), bytes: 8, to: &content)
    content += tid.bytes
    append(UInt64(space.utf8.count), bytes: 2, to: &content)
    content += Array(space.utf8) + Array(touchpoint.utf8)
    let head = [HandoffSealer.version] + number + aes256CTR(content, key: keys[0].sealing, counter: number)
    return base64URL(head + hmacSHA256(key: keys[0].signing, message: head))
  }

  /// What a genuine token says, whatever its space, touchpoint and expiry; nil where it was not made with
  /// one of the keys.
  package func open(_ token: Secret) -> Content? {
    guard token.count <= HandoffSealer.tokenBytesMax,
      let bytes = token.withExposedBytes({ bytesFromBase64URL(Array($0)) }),
      bytes.count >= 17 + HandoffSealer.fixedBytes + HandoffSealer.signatureBytes,
      bytes[0] == HandoffSealer.version
    else { return nil }
    let head = Array(bytes.dropLast(HandoffSealer.signatureBytes))
    let signature = Array(bytes.suffix(HandoffSealer.signatureBytes))
    var sealing: [UInt8]?
    for key in keys where equalInConstantTime(hmacSHA256(key: key.signing, message: head), signature) {
      sealing = key.sealing
    }
    guard let sealing else { return nil }
    let number = Array(head[1..<17])
    return content(aes256CTR(Array(head[17...]), key: sealing, counter: number), number: number)
  }

  private func content(_ bytes: [UInt8], number: [UInt8]) -> Content? {
    let expires = bytes[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let nameBytes = Int(bytes[24]) << 8 | Int(bytes[25])
    guard let tid = TID(bytes: bytes[8..<24]), let number = Digest(bytes: number),
      bytes.count >= HandoffSealer.fixedBytes + nameBytes,
      let space = String(validating: bytes[26..<26 + nameBytes], as: UTF8.self),
      let touchpoint = String(validating: bytes[(26 + nameBytes)...], as: UTF8.self)
    else { return nil }
    return Content(
      number: number, tid: tid, space: space, touchpoint: touchpoint,
      expires: Timestamp(microseconds: Int64(bitPattern: expires)))
  }

  /// What a token that came with a capture means.
  package func present(_ token: Secret, at touchpoint: String, now: Timestamp) -> Question.Handoff {
    guard let content = open(token), sameBytes(content.space, space),
      sameBytes(content.touchpoint, touchpoint)
    else {
      return .refused(.invalid)
    }
    guard now < content.expires else { return .refused(.expired) }
    return .presented(content.tid, number: content.number, expires: content.expires)
  }

  private func append(_ value: UInt64, bytes: Int, to content: inout [UInt8]) {
    for place in stride(from: bytes - 1, through: 0, by: -1) {
      content.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * place)))
    }
  }
}
