import KeyfoldCore
import Testing

@Suite struct DigestTests {
  /// RFC 4231, test case 2.
  @Test func hmac() {
    let mac = hmacSHA256(key: Secret("Jefe"), message: Array("what do ya want for nothing?".utf8))
    #expect(hexadecimal(mac) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
  }

  /// The same key for one message after another gives what a fresh one gives.
  @Test func keyedDigestsAreHMAC() {
    let digests = KeyedDigests(key: Secret("Jefe"))
    let message = Array("what do ya want for nothing?".utf8)
    #expect(digests.digest(message).description == "5bdcc146bf60754e6a042426089575c7")
    #expect(digests.digest([]) == Digest(bytes: hmacSHA256(key: Secret("Jefe"), message: [])[..<16]))
    #expect(digests.digest(message).description == "5bdcc146bf60754e6a042426089575c7")
  }

  /// FIPS 180-4, the message "abc" in two parts.
  @Test func sha256() {
    var hash = SHA256()
    hash.update(Array("a".utf8))
    hash.update(Array("bc".utf8))
    #expect(hash.hexDigest() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  /// NIST SP 800-38A, F.5.5, first block.
  @Test func aesCTR() throws {
    let key = try #require(bytesFromHex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"))
    let counter = try #require(bytesFromHex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"))
    let plain = try #require(bytesFromHex("6bc1bee22e409f96e93d7e117393172a"))
    #expect(hexadecimal(aes256CTR(plain, key: key, counter: counter)) == "601ec313775789a5b7a7f504bbf3d228")
  }

  @Test func base64URLReadsBackAndHasOneSpelling() {
    for count in 1..<70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 97 + count) }
      #expect(bytesFromBase64URL(Array(base64URL(bytes).utf8)) == bytes)
    }
    for text in ["", "A", "AB=", "AB==", "A+B/", "A B", "AAB", "é"] {
      #expect(bytesFromBase64URL(Array(text.utf8)) == nil)
    }
  }

  @Test func secretsCannotBePrinted() {
    let secret = Secret("hunter2")
    var dumped = ""
    dump(["x": secret], to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), String(describing: [secret]), dumped] {
      #expect(!text.contains("hunter2"))
      #expect(!text.contains("104"), "nor its bytes")
    }
  }
}
