import KeyfoldCore
import Testing

@testable import AuthenticatedValidator

@Suite struct SignatureTests {
  /// RFC 8037, appendix A.4, whose payload is no JSON.
  @Test func theStandardsEdwardsExampleIsAccepted() throws {
    func bytes(_ text: String) throws -> [UInt8] { try #require(bytesFromBase64URL(Array(text.utf8))) }
    let key = try #require(VerificationKey(ed25519: bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")))
    let signature = try bytes(
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
    let message = Array("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".utf8)
    #expect(key.verifies(signature, of: message, by: .edDSA))
    #expect(!key.verifies(signature, of: message + [0], by: .edDSA))
    #expect(!key.verifies(signature, of: message, by: .rs256))
    #expect(!key.verifies(signature, of: message, by: .es256))
  }
}
