import KeyfoldCore

/// `syntax`: the address is one.
struct SyntaxCheck: AddressCheck {
  let name = CheckName.syntax

  func ask(about address: EmailAddress) async -> CheckAnswer { CheckAnswer(.valid, .wellFormed) }
}
