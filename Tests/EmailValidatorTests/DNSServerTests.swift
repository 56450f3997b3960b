import Foundation
import KeyfoldCore
import KeyfoldHTTP
import Testing

@testable import EmailValidator

/// The servers that `Tools/with-servers dns` starts.
private enum Server: String, CaseIterable {
  /// BIND, which speaks HTTP/2 only.
  case bind = "BIND"
  /// dnsdist in front of it.
  case dnsdist = "DNSDIST"

  static func variable(_ name: String) -> String? {
    ProcessInfo.processInfo.environment["KEYFOLD_TEST_DNS_\(name)"]
  }

  static let isThere = variable("BIND") != nil
  static let whyNot: Comment = "KEYFOLD_TEST_DNS_BIND is not set: see Tools/with-servers"
}

/// The check `mx` against real DNS servers.
@Suite(.enabled(if: Server.isThere, Server.whyNot))
struct DNSServerTests {
  private func check(
    _ server: Server, template: String = "", _ change: (inout CallPolicy) -> Void = { _ in }
  ) throws -> MXCheck {
    var policy = CallPolicy()
    policy.certificateAuthorities = Server.variable("CA")
    // A busy machine must not decide.
    policy.timeout = .seconds(600)
    policy.connectTimeout = .seconds(600)
    change(&policy)
    return MXCheck(
      resolver: DoHResolver(
        server: try #require(Server.variable(server.rawValue)) + template,
        caller: try CallOut(client: HTTPClient(), policy: policy)))
  }

  private func answer(_ check: MXCheck, _ domain: String) async throws -> CheckAnswer {
    await check.ask(about: try EmailAddress("emma@\(domain)", isInternational: false))
  }

  private static let names: [(String, Finding, EmailCode)] = [
    ("example.test", .valid, .mxFound), ("EXAMPLE.test", .valid, .mxFound),
    ("many.example.test", .valid, .mxFound),
    ("bücher.example.test", .valid, .mxFound), ("alias.example.test", .valid, .mxFound),
    ("v4.example.test", .valid, .addressFound), ("v6.example.test", .valid, .addressFound),
    ("private.example.test", .valid, .addressFound),
    ("nullmx.example.test", .invalid, .nullMX), ("missing.example.test", .invalid, .noSuchDomain),
    ("noalias.example.test", .invalid, .noSuchDomain), ("nothing.example.test", .invalid, .noMailHost),
    ("nowhere.example.test", .invalid, .noMailHost),
    ("a.broken.test", .indeterminate, .serverFailure), ("loop.example.test", .indeterminate, .serverFailure),
    ("elsewhere.example", .indeterminate, .refused), ("sub.example.test", .indeterminate, .notRecursive),
    ("away.example.test", .indeterminate, .notRecursive),
    ("v4alias.example.test", .indeterminate, .notRecursive),
  ]

  @Test(arguments: Server.allCases, names)
  private func namesOfTheZone(_ server: Server, _ name: (String, Finding, EmailCode)) async throws {
    #expect(
      try await answer(try check(server), name.0) == CheckAnswer(name.1, name.2, status: 200), "\(name.0)")
  }

  @Test(
    arguments: [
      ("refused.example.test", .refused), ("servfail.example.test", .serverFailure),
      ("notimp.example.test", .unexpectedResponseCode),
    ] as [(String, EmailCode)])
  func aServerThatDoesNotSay(_ name: String, _ code: EmailCode) async throws {
    #expect(
      try await answer(try check(.dnsdist), name) == CheckAnswer(.indeterminate, code, status: 200))
  }

  /// dnsdist answers a question that it drops with the status 403.
  @Test func aQuestionThatIsDropped() async throws {
    #expect(
      try await answer(try check(.dnsdist), "drop.example.test")
        == CheckAnswer(.indeterminate, .unexpectedStatus, status: 403))
  }

  @Test func aServerThatNeverAnswers() async throws {
    let hasty = try check(.dnsdist) { $0.timeout = .milliseconds(300) }
    let answer = try await answer(hasty, "dead.example.test")
    // On a busy machine not even the connection stands in time.
    #expect([CheckAnswer(.timedOut), CheckAnswer(.unreachable)].contains(answer), "\(answer)")
  }

  @Test(arguments: Server.allCases) private func getWorksAsWell(_ server: Server) async throws {
    let check = try check(server, template: "{?dns}")
    #expect(try await answer(check, "example.test") == CheckAnswer(.valid, .mxFound, status: 200))
    #expect(try await answer(check, "missing.example.test").finding == .invalid)
  }

  @Test func anotherPathIsNoDNSServer() async throws {
    let answer = try await answer(try check(.bind, template: "-not"), "example.test")
    #expect(answer == CheckAnswer(.indeterminate, .unexpectedStatus, status: 404))
  }

  @Test func aCertificateOfAnotherAuthorityIsNotTrusted() async throws {
    let check = try check(.bind) { $0.certificateAuthorities = nil }
    #expect(try await answer(check, "example.test") == CheckAnswer(.untrusted))
  }

  @Test func anAnswerLongerThanAllowedIsNotRead() async throws {
    let check = try check(.bind) { $0.maxResponseBytes = 512 }
    #expect(try await answer(check, "many.example.test") == CheckAnswer(.tooLarge))
    #expect(try await answer(check, "example.test").finding == .valid)
  }

  @Test func manyAtTheSameTime() async throws {
    let check = try check(.bind)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<64 {
        group.addTask {
          for name in number % 2 == 0 ? DNSServerTests.names : DNSServerTests.names.reversed() {
            let answer = try await answer(check, name.0)
            #expect(answer.code == name.2.rawValue)
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
