import KeyfoldCore
import KeyfoldHTTP
import Testing

@testable import EmailValidator

/// What a mail server's reply says of a mailbox.
@Suite struct MailboxCheckTests {
  private func verdict(_ mail: ScriptedMailServer, _ value: String = "emma@example.com") async throws
    -> Verdict
  {
    try await Harness("checks: smtp, smtpUtf8: true, server: 'smtp://mail.test'", mail: mail).verdict(
      on: value)
  }

  @Test(arguments: 200...599)
  func everyReplyHasItsFinding(_ reply: Int) async throws {
    let expected: (Finding, EmailCode) =
      switch reply {
      case 250: (.valid, .mailboxFound)
      case 251: (.valid, .mailboxForwards)
      case 252: (.indeterminate, .notTold)
      case 550, 551, 553, 554: (.invalid, .noSuchMailbox)
      case 452, 552: (.indeterminate, .mailboxFull)
      case 400..<500: (.indeterminate, .tryLater)
      default: (.indeterminate, .unexpectedReply)
      }
    let verdict = try await verdict(ScriptedMailServer(reply: reply))
    #expect(verdict.story == ["smtp \(expected.0) \(expected.1.rawValue)"])
    #expect(verdict.evidence[0].status == reply)
    #expect(verdict.retryable == (reply != 252))
  }

  @Test(arguments: CallFailure.allCases)
  func aServerThatDoesNotAnswerIsIndeterminate(_ failure: CallFailure) async throws {
    let verdict = try await verdict(ScriptedMailServer(failure))
    #expect(verdict.story == ["smtp indeterminate \(failure.rawValue)"])
    #expect(verdict.evidence[0].status == nil)
    #expect(verdict.retryable)
  }

  @Test func itIsAskedAboutTheAddressInALabels() async throws {
    let mail = ScriptedMailServer(reply: 250)
    _ = try await verdict(mail, "Emma.\"@BÜCHER.example")
    _ = try await verdict(mail, "\"e m\"@bücher.example")
    #expect(mail.questions == [.recipient(from: "", to: "\"e m\"@xn--bcher-kva.example")])
  }

  @Test func itIsAskedAsTheSettingsSay() async throws {
    let mail = ScriptedMailServer(reply: 250)
    let server = "checks: smtp, server: 'smtp://mail.test'"
    for settings in ["from: 'probe@BÜCHER.example'", "mode: rcpt, from: ''", "mode: vrfy"] {
      _ = try await Harness("\(server), \(settings)", mail: mail).verdict(on: "emma@example.com")
    }
    #expect(
      mail.questions == [
        .recipient(from: "probe@xn--bcher-kva.example", to: "emma@example.com"),
        .recipient(from: "", to: "emma@example.com"), .verify("emma@example.com"),
      ])
  }

  @Test func itIsNotAskedAboutWhatItMayNotUnderstand() async throws {
    let mail = ScriptedMailServer(reply: 250)
    let verdict = try await verdict(mail, "émile@example.com")
    #expect(verdict.story == ["smtp indeterminate notAskable"])
    #expect(!verdict.retryable)
    #expect(mail.questions.isEmpty)
  }
}
