import CRMValidator
import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import KeyfoldValidation
import Testing

/// What a CRM's answers make of a key.
@Suite struct CRMValidatorTests {
  private static let now = Timestamp(microseconds: 1_796_000_000_000_000)

  private func validator(_ entries: [(String, Setting)], _ caller: any HTTPCaller) throws -> CRMValidator {
    var all: [Setting.Entry] = [.init(name: "url", value: .scalar("https://crm.example/contacts/{value}"))]
    all += entries.map { .init(name: $0.0, value: $0.1) }
    return try CRMValidator(
      settings: SettingReader(.map(all)) { _ in nil }, attribute: KeyAttribute(name: "crmId"), caller: caller)
  }

  private func verdict(
    _ entries: [(String, Setting)] = [], on value: String = "42", _ script: @escaping ScriptedCaller.Script
  ) async throws -> Verdict {
    await (try validator(entries, ScriptedCaller(script))).validate(
      Key(attribute: "crmId", value: value, strength: 0), proof: nil,
      context: ValidationContext(space: "acme", touchpoint: "web", now: CRMValidatorTests.now))
  }

  private static let active = ("expect", Setting.map([.init(name: "/status", value: .scalar("active"))]))

  @Test(arguments: [
    (200, #"{"status":"active"}"#, Finding.valid, "recordFound"),
    (200, #"{"status":"closed"}"#, .invalid, "expectationUnmet"),
    (200, "{}", .invalid, "expectationUnmet"), (404, "", .invalid, "recordNotFound"),
    (410, "", .invalid, "recordNotFound"), (200, "<html>", .indeterminate, "unreadableBody"),
    (200, #"{"error":"x"}"#, .indeterminate, "errorEnvelope"),
    (401, "", .indeterminate, "credentialsRefused"), (403, "", .indeterminate, "credentialsRefused"),
    (302, "", .indeterminate, "unexpectedStatus"), (500, "", .indeterminate, "unexpectedStatus"),
  ])
  func answersDecide(_ status: Int, _ body: String, _ finding: Finding, _ code: String) async throws {
    let verdict = try await verdict([Self.active]) { _ in HTTPResponse(status: status, body: Array(body.utf8))
    }
    #expect(verdict.finding == finding)
    #expect(verdict.assurance == .existence)
    #expect(verdict.retryable)
    #expect(verdict.reuse == .asConfigured)
    let evidence = try #require(verdict.evidence.first)
    #expect(verdict.evidence.count == 1)
    #expect(
      [evidence.validator, evidence.version, evidence.check, evidence.code] == ["crm", "1", "record", code])
    #expect(evidence.finding == finding && evidence.assurance == .existence && evidence.status == status)
    #expect(evidence.at == CRMValidatorTests.now && evidence.latencyMs >= 0 && !evidence.cached)
  }

  @Test(arguments: CallFailure.allCases)
  func aCallThatFailsDecidesNothing(_ failure: CallFailure) async throws {
    let verdict = try await verdict { _ throws(CallFailure) in throw failure }
    #expect(verdict.finding == .indeterminate)
    #expect(verdict.evidence.map(\.code) == [failure.rawValue])
    #expect(verdict.evidence.map(\.status) == [nil])
  }

  /// A CRM whose replicas lag may not have it yet.
  @Test func aRecordMayBeOnItsWay() async throws {
    let grace = ("graceNotFound", Setting.scalar("true"))
    let missing = try await verdict([grace]) { _ in HTTPResponse(status: 404) }
    #expect(missing.finding == .indeterminate)
    #expect(missing.evidence.map(\.code) == ["recordNotFound"])
    let other = try await verdict([grace, Self.active]) { _ in
      HTTPResponse(status: 200, body: Array(#"{"status":"closed"}"#.utf8))
    }
    #expect(other.finding == .invalid)
  }

  /// The CRM is asked about one key and answers with another's record, which is fully in order.
  @Test func aRecordThatNamesAnotherContactIsInvalid() async throws {
    let names = Setting.map([
      .init(name: "/id", value: .scalar("{value}")), .init(name: "/status", value: .scalar("active")),
    ])
    let verdict = try await verdict([("expect", names)]) { _ in
      HTTPResponse(status: 200, body: Array(#"{"id":"41","status":"active"}"#.utf8))
    }
    #expect(verdict.finding == .invalid)
    #expect(verdict.evidence.map(\.code) == ["namesAnotherKey"])
  }

  /// Path traversal and header injection through a key's value.
  @Test(arguments: ["..", "../admin", "a/..", "%2e%2e/../x", "42\r\nHost: evil.example", "42\n", "42\0"])
  func aValueThatMeansMoreThanItselfIsNeverAskedAbout(_ value: String) async throws {
    let caller = ScriptedCaller { _ in HTTPResponse(status: 200, body: Array("{}".utf8)) }
    let verdict = await (try validator([], caller)).validate(
      Key(attribute: "crmId", value: value, strength: 0), proof: nil,
      context: ValidationContext(space: "acme", touchpoint: "web", now: CRMValidatorTests.now))
    #expect(verdict.finding == .invalid)
    #expect(verdict.evidence.map(\.code) == ["malformedValue"])
    #expect(caller.requests.isEmpty)
  }

  /// Nothing a value holds can leave its place in the address.
  @Test(arguments: ["42?admin=1", "42#x", "a/b", "a\\b", "@evil.example", "%2e%2e", "42;x", "é"])
  func aValueStaysInItsPlace(_ value: String) async throws {
    let caller = ScriptedCaller { _ in HTTPResponse(status: 200, body: Array("{}".utf8)) }
    _ = await (try validator([], caller)).validate(
      Key(attribute: "crmId", value: value, strength: 0), proof: nil,
      context: ValidationContext(space: "acme", touchpoint: "web", now: CRMValidatorTests.now))
    let url = try #require(caller.requests.first).url.withExposedBytes { String(decoding: $0, as: UTF8.self) }
    let part = url.dropFirst("https://crm.example/contacts/".count)
    #expect(url.hasPrefix("https://crm.example/contacts/"))
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%".utf8)
    #expect(part.utf8.allSatisfy(plain.contains))
  }

  // MARK: Refusals

  private func complaint(_ entries: [(String, Setting)]) -> String? {
    #expect(throws: SettingError.self) {
      try validator(entries, ScriptedCaller { _ in HTTPResponse(status: 500) })
    }?.description
  }

  /// An existence check must not be made a proof of possession by a word in a file.
  @Test func possessionCannotBeDeclared() throws {
    #expect(
      complaint([("assurance", .scalar("possession"))])?.contains("not who is at the touchpoint") == true)
    #expect(complaint([("assurance", .scalar("certain"))])?.contains("one of existence, possession") == true)
    let validator = try validator(
      [("assurance", .scalar("existence"))], ScriptedCaller { _ in HTTPResponse(status: 500) })
    #expect(validator.assurance == .existence)
    // Nor does the space's own check fall for it.
    var attribute = KeyAttribute(name: "crmId")
    attribute.validators = [
      ValidatorReference(use: "crm", settings: .map([.init(name: "assurance", value: .scalar("possession"))]))
    ]
    #expect(throws: (any Error).self) { try Space(name: "acme", attributes: [attribute]) }
  }

  @Test func eachKeyIsAskedAboutByItself() throws {
    let settings = Setting.map([.init(name: "url", value: .scalar("https://crm.example/contacts"))])
    let error = #expect(throws: SettingError.self) {
      try CRMValidator(
        settings: SettingReader(settings) { _ in nil }, attribute: KeyAttribute(name: "crmId"),
        caller: ScriptedCaller { _ in HTTPResponse(status: 200) })
    }
    #expect(error?.description.contains("must hold '{value}'") == true)
    #expect(complaint([("graceNotFound", .scalar("yes"))]) == "'graceNotFound' is true or false, not 'yes'")
  }
}
