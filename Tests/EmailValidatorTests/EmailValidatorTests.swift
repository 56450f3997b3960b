import Foundation
import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import Synchronization
import Testing

@testable import EmailValidator

/// The list of checks: their order, where it stops, and what comes of it.
@Suite struct EmailValidatorTests {
  private let mx = "doh: 'https://dns.test/query'"
  private let confirmation = "url: 'https://shop.test/c/{token}', expect: { /email: '{value}' }"

  @Test func checksAreMadeInTheirOrderUntilOneIsNotValid() async throws {
    try await withList("throwaway.test") { list in
      let harness = try Harness("checks: [syntax, disposable, mx], list: '\(list)', \(mx)", http: dnsServer())
      #expect(
        await harness.verdict(on: "emma@example.com").story == [
          "syntax valid wellFormed", "disposable valid notListed", "mx valid mxFound",
        ])
      #expect(
        await harness.verdict(on: "emma@x.throwaway.test").story == [
          "syntax valid wellFormed", "disposable invalid disposableDomain",
        ])
      #expect(await harness.verdict(on: "emma").story == ["syntax invalid malformedDomain"])
      let other = try Harness("checks: [mx, disposable, syntax], list: '\(list)', \(mx)", http: dnsServer())
      #expect(
        await other.verdict(on: "emma@throwaway.test").story == [
          "mx valid mxFound", "disposable invalid disposableDomain",
        ])
    }
  }

  @Test func theFindingIsThatOfTheLastCheckMade() async throws {
    let dns = dnsServer(without: "missing.test")
    let harness = try Harness("checks: [syntax, mx], \(mx)", http: dns)
    #expect(await harness.verdict(on: "emma@example.com").finding == .valid)
    #expect(await harness.verdict(on: "emma@missing.test").finding == .invalid)
    let down = try Harness("checks: [syntax, mx], \(mx)")
    let verdict = await down.verdict(on: "emma@example.com")
    #expect(verdict.finding == .indeterminate)
    #expect(verdict.retryable)
    #expect(verdict.reuse == .asConfigured)
  }

  @Test func evidenceSaysWhatWasFound() async throws {
    let seen = Mutex<[Evidence]>([])
    let harness = try Harness("checks: [syntax, mx], \(mx)", http: dnsServer())
    let verdict = await harness.verdict(on: "emma@example.com") { evidence in
      seen.withLock { $0.append(evidence) }
    }
    #expect(seen.withLock { $0 } == verdict.evidence)
    var expected = Evidence(
      validator: "email", version: "1", check: "mx", finding: .valid, assurance: .existence, code: "mxFound",
      status: 200, latencyMs: verdict.evidence[1].latencyMs, at: Timestamp(microseconds: 7))
    #expect(verdict.evidence[1] == expected)
    expected.check = "syntax"
    expected.code = "wellFormed"
    expected.status = nil
    expected.latencyMs = verdict.evidence[0].latencyMs
    #expect(verdict.evidence[0] == expected)
    #expect(verdict.evidence.allSatisfy { $0.latencyMs >= 0 })
  }

  /// What is no address is asked about nowhere, whatever the list of checks.
  @Test(arguments: ["disposable", "mx", "smtp"])
  func whatIsNoAddressIsInvalidForEveryCheckThatNeedsOne(_ check: String) async throws {
    try await withList("throwaway.test") { list in
      let settings = ["disposable": "list: '\(list)'", "mx": mx, "smtp": "server: 'smtp://mail.test'"]
      let caller = dnsServer()
      let mail = ScriptedMailServer(reply: 250)
      let harness = try Harness("checks: \(check), \(settings[check] ?? "")", http: caller, mail: mail)
      for value in ["emma", "a@b@example.com", "emma@example.com\r\nDATA", "\u{E9}mile@example.com"] {
        #expect(await harness.verdict(on: value).finding == .invalid)
      }
      #expect(caller.requests.isEmpty)
      #expect(mail.questions.isEmpty)
    }
  }

  @Test func localPartsBeyondASCIIAreTakenWhereTheSettingSaysSo() async throws {
    let value = "\u{E9}mile@example.com"
    #expect(
      await (try Harness("checks: syntax")).verdict(on: value).story == [
        "syntax invalid internationalLocalPart"
      ])
    let harness = try Harness("checks: [syntax, mx], smtpUtf8: true, \(mx)", http: dnsServer())
    #expect(await harness.verdict(on: value).finding == .valid)
    #expect(
      await (try Harness("checks: syntax, smtpUtf8: true")).verdict(on: "em\u{200B}ma@example.com").story
        == ["syntax invalid malformedLocalPart"])
  }

  // MARK: Assurance

  @Test func existenceIsAllThatMostChecksProve() async throws {
    let harness = try Harness("checks: [syntax, mx], \(mx)", http: dnsServer())
    #expect(harness.validator.assurance == .existence)
    #expect(await harness.verdict(on: "emma@example.com", proof: "t").assurance == .existence)
  }

  @Test func aListProvesPossessionWhereACheckOfItDid() async throws {
    let service = ScriptedCaller { request throws(CallFailure) in
      let url = String(decoding: bytes(request.url), as: UTF8.self)
      if url.hasPrefix("https://dns.test") {
        return try await dnsServer(without: "missing.test").send(request)
      }
      return json(#"{"email": "Emma@Example.com"}"#)
    }
    for order in ["syntax, mx, confirmation", "confirmation, syntax, mx"] {
      let harness = try Harness("checks: [\(order)], \(mx), \(confirmation)", http: service)
      #expect(harness.validator.assurance == .possession)
      let verdict = await harness.verdict(on: "emma@example.com", proof: "t")
      #expect(verdict.finding == .valid)
      #expect(verdict.assurance == .possession)
      #expect(verdict.reuse == .never)
      #expect(
        Dictionary(uniqueKeysWithValues: verdict.evidence.map { ($0.check, $0.assurance) }) == [
          "syntax": .existence, "mx": .existence, "confirmation": .possession,
        ])
    }
    // Confirmed, but by now the domain is gone.
    let harness = try Harness("checks: [mx, confirmation], \(mx), \(confirmation)", http: service)
    let verdict = await harness.verdict(on: "emma@missing.test", proof: "t")
    #expect(verdict.story == ["mx invalid noSuchDomain"])
    #expect(verdict.assurance == .existence)
    #expect(verdict.reuse == .asConfigured)
  }

  @Test func aCancelledCallIsIndeterminate() async throws {
    let harness = try Harness(
      "checks: mx, \(mx)", http: ScriptedCaller { _ throws(CallFailure) in throw .cancelled })
    #expect(await harness.verdict(on: "emma@example.com").story == ["mx indeterminate cancelled"])
  }
}

/// Lends a list of disposable domains.
func withList(_ text: String, _ body: (String) async throws -> Void) async throws {
  let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try Data(text.utf8).write(to: file)
  defer { try? FileManager.default.removeItem(at: file) }
  try await body(file.path)
}
