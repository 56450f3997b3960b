import KeyfoldCore
import KeyfoldHTTP

/// One of the checks that `checks` lists.
protocol EmailCheck: Sendable {
  /// Which one.
  var name: CheckName { get }
  /// What a `valid` of it proves.
  var assurance: Assurance { get }
  /// Whether what it asks with is good for one time, so that nobody may be given its answer again.
  var isOneTime: Bool { get }
  /// Says what is known of an address now.
  func ask(_ question: EmailQuestion) async -> CheckAnswer
}

extension EmailCheck {
  var assurance: Assurance { .existence }
  var isOneTime: Bool { false }
}

/// Words of `checks`.
enum CheckName: String, Sendable, CaseIterable {
  case syntax, disposable, mx, smtp, api, confirmation
}

/// What is asked: a key, and what came with it.
struct EmailQuestion: Sendable {
  let key: Key
  let address: Result<EmailAddress, EmailAddress.Fault>
  let proof: Proof?

  /// - Parameter isInternational: whether local parts may have characters beyond ASCII.
  init(_ key: Key, isInternational: Bool, proof: Proof?) {
    self.key = key
    self.proof = proof
    address = Result { () throws(EmailAddress.Fault) in
      try EmailAddress(key.value, isInternational: isInternational)
    }
  }
}

/// What a check found.
struct CheckAnswer: Sendable, Hashable {
  let finding: Finding
  let code: String
  let status: Int?
  /// Whether an `indeterminate` may become more.
  var isRetryable = true

  init(_ finding: Finding, _ code: EmailCode, status: Int? = nil, isRetryable: Bool = true) {
    self.finding = finding
    self.code = code.rawValue
    self.status = status
    self.isRetryable = isRetryable
  }

  /// There is no answer to look at.
  init(_ failure: CallFailure) {
    finding = .indeterminate
    code = failure.rawValue
    status = nil
  }
}

/// A check that needs an address: what is none is invalid, whether or not `syntax` is among the checks.
protocol AddressCheck: EmailCheck {
  func ask(about address: EmailAddress) async -> CheckAnswer
}

extension AddressCheck {
  func ask(_ question: EmailQuestion) async -> CheckAnswer {
    switch question.address {
    case .success(let address): await ask(about: address)
    case .failure(let fault): CheckAnswer(.invalid, fault.code)
    }
  }
}
