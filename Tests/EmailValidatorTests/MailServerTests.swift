import Foundation
import KeyfoldCore
import KeyfoldHTTP
import KeyfoldValidation
import Testing

@testable import EmailValidator

/// The mail server that `Tools/with-servers postfix` starts.
private let mailServer = ProcessInfo.processInfo.environment["KEYFOLD_TEST_SMTP"]

/// A busy machine must not decide.
private let patience = "timeoutMs: 600000, connectTimeoutMs: 600000"

/// The check `smtp` against postfix.
@Suite(.enabled(if: mailServer != nil, "KEYFOLD_TEST_SMTP is not set: see Tools/with-servers"))
struct MailServerTests {
  private func verdict(
    on value: String, _ settings: String = patience, _ client: HTTPClient = HTTPClient()
  ) async throws -> Verdict {
    let server = try #require(mailServer)
    let reader = try Harness.reader("checks: smtp, server: '\(server)', helo: keyfold.test, \(settings)")
    let validator = try EmailValidator(settings: reader, attribute: Harness.attribute, client: client)
    return await validator.validate(
      Key(attribute: "email", value: value, strength: 0), proof: nil,
      context: ValidationContext(space: "acme", touchpoint: "web", now: Timestamp(microseconds: 0)))
  }

  private static let mailboxes: [(String, Int, String)] = [
    ("emma@example.test", 250, "valid mailboxFound"), ("nobody@example.test", 550, "invalid noSuchMailbox"),
    ("moved@example.test", 551, "invalid noSuchMailbox"),
    ("blocked@example.test", 553, "invalid noSuchMailbox"),
    ("emma@elsewhere.test", 554, "invalid noSuchMailbox"),
    ("grey@example.test", 450, "indeterminate tryLater"),
    ("full@example.test", 552, "indeterminate mailboxFull"),
    ("quota@example.test", 452, "indeterminate mailboxFull"),
    ("\"emma\"@example.test", 250, "valid mailboxFound"),
  ]

  @Test(arguments: mailboxes) func wouldMailBeTaken(_ address: String, _ status: Int, _ story: String)
    async throws
  {
    for sender in ["", "probe@example.org"] {
      let verdict = try await verdict(on: address, "\(patience), from: '\(sender)'")
      #expect(verdict.story == ["smtp \(story)"])
      #expect(verdict.evidence[0].status == status)
    }
  }

  @Test(arguments: mailboxes) func isThereAMailbox(_ address: String, _ status: Int, _ story: String)
    async throws
  {
    let verdict = try await verdict(on: address, "\(patience), mode: vrfy")
    // Of a mailbox that is there, postfix does not say so.
    #expect(verdict.story == [status == 250 ? "smtp indeterminate notTold" : "smtp \(story)"])
    #expect(verdict.evidence[0].status == (status == 250 ? 252 : status))
  }

  /// That we are refused says nothing of whomever we ask about.
  @Test func aServerThatTakesNothingFromUs() async throws {
    let verdict = try await verdict(
      on: "emma@example.test", "\(patience), from: 'refused@example.org'")
    #expect(verdict.story == ["smtp indeterminate unwelcome"])
  }

  @Test func aServerThatTakesItsTime() async throws {
    let verdict = try await verdict(on: "slow@example.test", "timeoutMs: 500, retries: 0")
    // On a busy machine not even the greeting comes in time.
    #expect([["smtp indeterminate timedOut"], ["smtp indeterminate unreachable"]].contains(verdict.story))
  }

  @Test func aServerIsTrustedByItsCertificateWhereTLSIsAskedFor() async throws {
    let authority = try #require(ProcessInfo.processInfo.environment["KEYFOLD_TEST_SMTP_CA"])
    let known = "\(patience), requireTls: true, ca: '\(authority)'"
    #expect(try await verdict(on: "emma@example.test", known).story == ["smtp valid mailboxFound"])
    #expect(try await verdict(on: "nobody@example.test", known).story == ["smtp invalid noSuchMailbox"])
    #expect(
      try await verdict(on: "emma@example.test", "\(patience), requireTls: true").story
        == ["smtp indeterminate untrusted"])
  }

  @Test func aServerOfANetworkThatIsNotAllowed() async throws {
    let verdict = try await verdict(
      on: "emma@example.test", "\(patience), allowedNetworks: [10.0.0.0/8]")
    #expect(verdict.story == ["smtp indeterminate refusedAddress"])
  }

  @Test func manyAtTheSameTime() async throws {
    let client = HTTPClient()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<16 {
        group.addTask {
          let (address, _, story) = MailServerTests.mailboxes[number % MailServerTests.mailboxes.count]
          let verdict = try await verdict(on: address, patience, client)
          #expect(verdict.story == ["smtp \(story)"])
        }
      }
      try await group.waitForAll()
    }
  }
}
