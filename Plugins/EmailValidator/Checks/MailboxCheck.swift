import KeyfoldCore
import KeyfoldHTTP

/// `smtp`: a mail server takes mail for the address. It is asked, and never given any.
struct MailboxCheck: AddressCheck {
  let name = CheckName.smtp
  let mode: Mode
  /// Who would send mail; empty for nobody, as of notices that nobody answers.
  let sender: String
  let ask: AskMailServer

  /// How it is asked: the setting `mode`.
  enum Mode: String, Sendable, CaseIterable {
    /// As if mail were about to come: `MAIL FROM`, then `RCPT TO`.
    case rcpt
    /// With `VRFY`, which many servers do not answer.
    case vrfy
  }

  func ask(about address: EmailAddress) async -> CheckAnswer {
    guard address.local.utf8.allSatisfy({ $0 < 0x80 }) else {
      return CheckAnswer(.indeterminate, .notAskable, isRetryable: false)
    }
    do throws(CallFailure) {
      return answer(to: try await ask(question(about: address.text)))
    } catch {
      return CheckAnswer(error)
    }
  }

  private func question(about address: String) -> SMTPQuestion {
    switch mode {
    case .rcpt: .recipient(from: sender, to: address)
    case .vrfy: .verify(address)
    }
  }

  private func answer(to reply: Int) -> CheckAnswer {
    switch reply {
    case 250: CheckAnswer(.valid, .mailboxFound, status: reply)
    case 251: CheckAnswer(.valid, .mailboxForwards, status: reply)
    // Asked again, it would say the same.
    case 252: CheckAnswer(.indeterminate, .notTold, status: reply, isRetryable: false)
    case 550, 551, 553, 554: CheckAnswer(.invalid, .noSuchMailbox, status: reply)
    case 452, 552: CheckAnswer(.indeterminate, .mailboxFull, status: reply)
    case 400...499: CheckAnswer(.indeterminate, .tryLater, status: reply)
    default: CheckAnswer(.indeterminate, .unexpectedReply, status: reply)
    }
  }
}
