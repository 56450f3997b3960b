import KeyfoldCore
import KeyfoldHTTP

/// One way to tell whether a proof is good and whose it is: one for each `mode`.
protocol ProofCheck: Sendable {
  /// Accepts the proof as that of a key, or throws why not.
  func accept(_ proof: Proof, for key: Key, at now: Timestamp) async throws(Refusal) -> Acceptance
}

/// A good proof that names the key.
struct Acceptance: Sendable, Hashable {
  var code = AuthenticatedCode.proofAccepted.rawValue
  /// Of the answer, where a server was asked.
  var status: Int?
  /// When the token runs out, if it says so.
  var expires: Timestamp?
}

/// Why a proof is not accepted.
struct Refusal: Error, Sendable, Hashable {
  /// `invalid` where the proof is to blame, `indeterminate` where nobody can tell.
  let finding: Finding
  let code: String
  var status: Int?

  static func invalid(_ code: AuthenticatedCode, status: Int? = nil) -> Refusal {
    Refusal(finding: .invalid, code: code.rawValue, status: status)
  }

  static func unclear(_ code: AuthenticatedCode, status: Int? = nil) -> Refusal {
    Refusal(finding: .indeterminate, code: code.rawValue, status: status)
  }

  static func unclear(_ failure: CallFailure) -> Refusal {
    Refusal(finding: .indeterminate, code: failure.rawValue)
  }
}

extension Refusal {
  /// The same, with the status of the answer it is about.
  func with(status: Int) -> Refusal { Refusal(finding: finding, code: code, status: status) }
}
