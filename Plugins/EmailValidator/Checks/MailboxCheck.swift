import KeyfoldCore
import KeyfoldHTTP

/// `smtp`: a mail server takes mail for the address. It is asked, and never given any.
struct MailboxCheck: AddressCheck {
  let name = CheckName.smtp
  let server: any MailServer

  func ask(about address: EmailAddress) async -> CheckAnswer {
    guard address.local.utf8.allSatisfy({ $0 < 0x80 }) else {
      return CheckAnswer(.indeterminate, .notAskable, isRetryable: false)
    }
    do throws(CallFailure) {
      return answer(to: try await server.reply(about: address.text))
    } catch {
      return CheckAnswer(error)
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
