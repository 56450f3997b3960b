import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import Testing

@testable import EmailValidator

private typealias Record = DNSBytes.Record

/// What the DNS says of a domain's mail, asked over HTTPS.
@Suite struct MXCheckTests {
  /// Answers of a DNS server to the questions about `example.test`, by type; none is NXDOMAIN.
  private struct Zone: Sendable {
    var answers: [UInt16: Result<HTTPResponse, CallFailure>] = [:]

    init(_ messages: [UInt16: DNSBytes] = [:]) {
      answers = messages.mapValues { .success(response($0.bytes)) }
    }

    var caller: ScriptedCaller {
      ScriptedCaller { [answers] request throws(CallFailure) in
        let question = asked(request.body.map(bytes) ?? [])
        return try answers[question.type]?.get()
          ?? response(DNSBytes(question.name, type: question.type, responseCode: 3).bytes)
      }
    }
  }

  private func answer(_ zone: Zone, _ domain: String = "example.test") async throws -> CheckAnswer {
    try await answer(zone.caller, domain)
  }

  private func answer(
    _ caller: ScriptedCaller, _ domain: String = "example.test", server: String = "https://dns.test/query"
  ) async throws -> CheckAnswer {
    let check = MXCheck(resolver: DoHResolver(server: server, caller: caller))
    return await check.ask(about: try EmailAddress("emma@\(domain)", isInternational: false))
  }

  private func mx(_ records: [Record] = [], responseCode: UInt16 = 0) -> DNSBytes {
    DNSBytes("example.test", type: 15, responseCode: responseCode, records)
  }
  private func a(_ records: [Record] = [], responseCode: UInt16 = 0) -> DNSBytes {
    DNSBytes("example.test", type: 1, responseCode: responseCode, records)
  }
  private func aaaa(_ records: [Record] = [], responseCode: UInt16 = 0) -> DNSBytes {
    DNSBytes("example.test", type: 28, responseCode: responseCode, records)
  }

  // MARK: Verdicts

  @Test func aDomainWithHostsForItsMailIsValid() async throws {
    let zone = Zone([15: mx([.mx("example.test", "mx1.example.test")])])
    #expect(try await answer(zone) == CheckAnswer(.valid, .mxFound, status: 200))
  }

  @Test func aDomainThatTakesNoMailIsInvalid() async throws {
    let zone = Zone([15: mx([.mx("example.test", ".", preference: 0)]), 1: a([.a("example.test")])])
    #expect(try await answer(zone) == CheckAnswer(.invalid, .nullMX, status: 200))
    let mixed = mx([.mx("example.test", ".", preference: 0), .mx("example.test", "mx.example.test")])
    #expect(try await answer(Zone([15: mixed])) == CheckAnswer(.valid, .mxFound, status: 200))
  }

  @Test func aDomainThatDoesNotExistIsInvalid() async throws {
    let caller = Zone().caller
    #expect(try await answer(caller) == CheckAnswer(.invalid, .noSuchDomain, status: 200))
    #expect(caller.requests.count == 1)
  }

  @Test func withoutAnMXTheAddressCounts() async throws {
    let found = CheckAnswer(.valid, .addressFound, status: 200)
    let v6 = [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]
    #expect(try await answer(Zone([15: mx(), 1: a([.a("example.test")]), 28: aaaa()])) == found)
    #expect(try await answer(Zone([15: mx(), 1: a(), 28: aaaa([.aaaa("example.test", v6)])])) == found)
    #expect(
      try await answer(Zone([15: mx(), 1: a(), 28: aaaa()]))
        == CheckAnswer(.invalid, .noMailHost, status: 200))
    // One that is there is enough, whatever became of the other question.
    #expect(
      try await answer(Zone([15: mx(), 1: a([.a("example.test")]), 28: aaaa(responseCode: 2)])) == found)
    #expect(
      try await answer(Zone([15: mx(), 1: a(responseCode: 5), 28: aaaa([.aaaa("example.test", v6)])]))
        == found)
  }

  @Test func withoutAnMXAnUnansweredQuestionIsIndeterminate() async throws {
    #expect(
      try await answer(Zone([15: mx(), 1: a(), 28: aaaa(responseCode: 2)]))
        == CheckAnswer(.indeterminate, .serverFailure, status: 200))
    var zone = Zone([15: mx(), 28: aaaa()])
    zone.answers[1] = .failure(.timedOut)
    #expect(try await answer(zone) == CheckAnswer(.timedOut))
  }

  @Test func anAliasIsTheDomainsOtherName() async throws {
    let zone = Zone([
      15: mx([.cname("example.test", "real.test")]),
      1: a([.cname("example.test", "real.test"), .a("real.test")]), 28: aaaa(),
    ])
    #expect(try await answer(zone) == CheckAnswer(.valid, .addressFound, status: 200))
  }

  /// Private and loopback addresses are those of a company's own domains; nothing connects to them.
  @Test(
    arguments: [
      ([10, 0, 0, 1], true), ([127, 0, 0, 1], true), ([192, 168, 1, 1], true), ([192, 0, 2, 1], true),
      ([0, 0, 0, 0], false), ([0, 1, 2, 3], false), ([169, 254, 169, 254], false), ([224, 0, 0, 1], false),
      ([255, 255, 255, 255], false),
    ] as [([UInt8], Bool)])
  func anAddressThatCannotBeAHostIsNone(_ address: [UInt8], isHost: Bool) async throws {
    let expected =
      isHost
      ? CheckAnswer(.valid, .addressFound, status: 200) : CheckAnswer(.invalid, .noMailHost, status: 200)
    let zone = Zone([15: mx(), 1: a([.a("example.test", address)]), 28: aaaa()])
    #expect(try await answer(zone) == expected)
    let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + address
    let v6 = Zone([15: mx(), 1: a(), 28: aaaa([.aaaa("example.test", mapped)])])
    #expect(try await answer(v6) == expected)
  }

  @Test(
    arguments: [
      ([], 0, false), ([0xFE, 0x80], 1, false), ([0xFF, 0x02], 1, false), ([], 1, true), ([0xFD], 1, true),
    ]
      as [([UInt8], UInt8, Bool)])
  func anIPv6AddressThatCannotBeAHostIsNone(_ head: [UInt8], last: UInt8, isHost: Bool) async throws {
    let address = head + [UInt8](repeating: 0, count: 15 - head.count) + [last]
    let zone = Zone([15: mx(), 1: a(), 28: aaaa([.aaaa("example.test", address)])])
    #expect(try await answer(zone).finding == (isHost ? .valid : .invalid))
  }

  // MARK: Nobody can tell

  @Test(arguments: CallFailure.allCases)
  func aCallWithoutAnAnswerIsIndeterminate(_ failure: CallFailure) async throws {
    var zone = Zone()
    zone.answers[15] = .failure(failure)
    #expect(try await answer(zone) == CheckAnswer(failure))
    #expect(CheckAnswer(failure).finding == .indeterminate)
  }

  @Test(
    arguments: [
      (2, .serverFailure), (5, .refused), (1, .unexpectedResponseCode), (4, .unexpectedResponseCode),
    ] as [(UInt16, EmailCode)])
  func aServerThatCannotTellIsIndeterminate(_ responseCode: UInt16, _ code: EmailCode) async throws {
    let zone = Zone([15: mx(responseCode: responseCode)])
    #expect(try await answer(zone) == CheckAnswer(.indeterminate, code, status: 200))
  }

  @Test(arguments: [199, 201, 204, 301, 400, 403, 404, 415, 429, 500, 503])
  func anHTTPStatusOtherThan200IsIndeterminate(_ status: Int) async throws {
    var zone = Zone()
    // Its body would say that all is well.
    let body = mx([.mx("example.test", "mx.test")]).bytes
    zone.answers[15] = .success(response(body, status: status))
    #expect(try await answer(zone) == CheckAnswer(.indeterminate, .unexpectedStatus, status: status))
  }

  @Test(
    arguments: [
      ("application/dns-message", true), ("Application/DNS-Message", true),
      ("application/dns-message; charset=x", true), ("application/dns-message;x", true),
      ("application/dns-message ; x", true), ("text/html", false), ("application/dns-json", false),
      ("application/dns-messages", false), ("x application/dns-message", false), (nil, false), ("", false),
    ] as [(String?, Bool)])
  func theTypeOfTheAnswerIsChecked(_ type: String?, isRight: Bool) async throws {
    var zone = Zone()
    zone.answers[15] = .success(response(mx([.mx("example.test", "mx.test")]).bytes, type: type))
    #expect(
      try await answer(zone)
        == (isRight
          ? CheckAnswer(.valid, .mxFound, status: 200)
          : CheckAnswer(.indeterminate, .unexpectedType, status: 200)))
  }

  @Test func anAnswerAboutAnotherDomainIsIndeterminate() async throws {
    let other = DNSBytes("victim.test", type: 15, [.mx("victim.test", "mx.victim.test")])
    #expect(
      try await answer(Zone([15: other])) == CheckAnswer(.indeterminate, .otherQuestion, status: 200))
  }

  @Test func aPageInPlaceOfAMessageIsIndeterminate() async throws {
    var zone = Zone()
    zone.answers[15] = .success(response(Array("<html>log in first</html>".utf8)))
    #expect(try await answer(zone) == CheckAnswer(.indeterminate, .malformedAnswer, status: 200))
  }

  // MARK: Requests

  @Test func aQuestionIsPosted() async throws {
    let caller = Zone([15: mx([.mx("example.test", "mx.test")])]).caller
    _ = try await answer(caller)
    let type = Secret("application/dns-message")
    #expect(
      caller.requests == [
        HTTPRequest(
          "POST", Secret("https://dns.test/query"),
          headers: [.init("Accept", type), .init("Content-Type", type)],
          body: Secret(bytes: packedQuery(DNSQuestion(name: "example.test", type: .mx))))
      ])
  }

  /// The example of RFC 8484, 4.1.1.
  @Test func aTemplateIsAskedByGet() async throws {
    #expect(
      base64URL(packedQuery(DNSQuestion(name: "www.example.com", type: .a)))
        == "AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB")
    let caller = ScriptedCaller { _ in response(mx([.mx("example.test", "mx.test")]).bytes) }
    #expect(
      try await answer(caller, server: "https://dns.test/query{?dns}")
        == CheckAnswer(.valid, .mxFound, status: 200))
    let query = base64URL(packedQuery(DNSQuestion(name: "example.test", type: .mx)))
    #expect(
      caller.requests == [
        HTTPRequest(
          "GET", Secret("https://dns.test/query?dns=\(query)"),
          headers: [.init("Accept", Secret("application/dns-message"))])
      ])
    _ = try await answer(caller, server: "https://dns.test/query?tenant=1{?dns}")
    #expect(caller.requests[1].url == Secret("https://dns.test/query?tenant=1&dns=\(query)"))
  }

  @Test func theDomainIsAskedForByItsALabels() async throws {
    let caller = Zone().caller
    _ = try await answer(caller, "BÜCHER.example")
    #expect(asked(bytes(try #require(caller.requests[0].body))) == ("xn--bcher-kva.example", 15))
  }
}

/// An answer with a DNS message.
func response(
  _ body: [UInt8], status: Int = 200, type: String? = "application/dns-message"
) -> HTTPResponse {
  HTTPResponse(status: status, headers: type.map { [("content-type", $0)] } ?? [], body: body)
}

/// What is in a secret.
func bytes(_ secret: Secret) -> [UInt8] { secret.withExposedBytes { Array($0) } }
