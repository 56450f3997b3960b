import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import Testing

@testable import EmailValidator

/// What is wrong with settings is said at start.
@Suite struct EmailSettingsTests {
  private func complaint(_ settings: String, _ environment: [String: String] = [:]) throws -> String {
    let error = #expect(throws: SettingError.self) { try Harness(settings, environment: environment) }
    return try #require(error).description
  }

  @Test(arguments: [
    ("smtpUtf8: true", "'checks' is missing"),
    (
      "checks: []", "'checks' lists some of syntax, disposable, mx, smtp, api, confirmation, each once"
    ),
    (
      "checks: [syntax, mxx]",
      "'checks' lists some of syntax, disposable, mx, smtp, api, confirmation, each once, not 'mxx'"
    ),
    (
      "checks: [syntax, syntax]",
      "'checks' lists some of syntax, disposable, mx, smtp, api, confirmation, each once, not 'syntax'"
    ),
    ("checks: syntax, smtpUtf8: maybe", "'smtpUtf8' is true or false, not 'maybe'"),
    ("checks: disposable", "'list' is missing"),
    (
      "checks: disposable, list: /nowhere",
      "'list' names a list that cannot be read (No such file or directory)"
    ),
    ("checks: mx", "'doh' is missing"),
    ("checks: mx, doh: ''", "'doh' is missing"),
    ("checks: mx, doh: dns.test", "'doh' is not an address such as https://host/path"),
    ("checks: mx, doh: 'ftp://dns.test/query'", "'doh' must begin with https:// or http://"),
    ("checks: mx, doh: 'https://me:pw@dns.test/query'", "'doh' must not hold a user or password"),
    (
      "checks: mx, doh: 'http://dns.test/query'",
      "'doh' must begin with https:// (http:// is for this machine, or with 'allowHttp: true')"
    ),
    (
      "checks: mx, doh: 'https://dns.test/query{?name}'", "'doh' has braces; they are written %7B and %7D"
    ),
    (
      "checks: api, url: 'http://verify.test/{value}'",
      "'url' must begin with https:// (http:// is for this machine, or with 'allowHttp: true')"
    ),
    ("checks: api", "'url' is missing"),
    ("checks: confirmation", "'url' is missing"),
    (
      "checks: api, url: 'https://verify.test/'",
      "'url' must hold '{value}', or 'body' must: each address is asked about by itself"
    ),
    (
      "checks: api, url: 'https://verify.test/{token}/{value}'",
      "'url' has braces around something else than {value}; others are written %7B and %7D"
    ),
    (
      "checks: api, url: 'https://verify.test/{value}', assurance: possession",
      "'url' must hold '{token}', or 'body' must: what sees no proof proves no possession"
    ),
    (
      "checks: api, url: 'https://verify.test/{value}', assurance: maybe",
      "'assurance' is one of existence, possession, not 'maybe'"
    ),
    (
      "checks: confirmation, url: 'https://shop.test/{value}'",
      "'url' must hold '{token}', or 'body' must: what sees no proof proves no possession"
    ),
    (
      "checks: confirmation, url: 'https://shop.test/{token}', expect: { /confirmed: 'true' }",
      "'url' must hold '{value}', or 'body' must, or 'expect' must ask for '{value}': a proof is of one address"
    ),
    (
      "checks: [api, confirmation], url: 'https://shop.test/{token}'",
      "'checks' lists 'api' and 'confirmation', which share 'url': give each a validator"
    ),
    ("checks: syntax, doh: 'https://dns.test/'", "'doh' is for 'mx', which 'checks' does not list"),
    ("checks: syntax, list: x", "'list' is for 'disposable', which 'checks' does not list"),
    ("checks: syntax, server: x", "'server' is for 'smtp', which 'checks' does not list"),
    ("checks: syntax, url: x", "'url' is for 'api' and 'confirmation', which 'checks' does not list"),
    ("checks: syntax, assurance: possession", "'assurance' is for 'api', which 'checks' does not list"),
  ])
  func isRefused(_ settings: String, _ message: String) throws {
    #expect(try complaint(settings) == message)
  }

  @Test(arguments: [
    "checks: syntax", "checks: [mx], doh: 'https://dns.test/query'",
    "checks: mx, doh: 'https://dns.test/q{?dns}'",
    "checks: [syntax, api], url: 'https://verify.test/?address={value}'",
    "checks: mx, doh: 'http://127.0.0.1:8053/query'", "checks: mx, doh: 'http://localhost/query'",
    "checks: mx, doh: 'http://dns.test/query', allowHttp: true",
    "checks: confirmation, url: 'https://shop.test/{token}/{value}'",
    "checks: confirmation, url: 'https://shop.test/{token}', expect: { /email: '{value}' }",
    "checks: api, url: 'https://verify.test/{token}', expect: { /email: '{value}' }, assurance: possession",
    "checks: [syntax, mx, confirmation], doh: 'https://dns.test/q', url: 'https://shop.test/{token}/{value}'",
  ])
  func isTaken(_ settings: String) throws { _ = try Harness(settings) }

  @Test func aSecretIsNotQuoted() throws {
    let environment = ["DNS": "hush://hush.test/"]
    #expect(try complaint("checks: mx, doh: '${DNS}'", environment).contains("hush") == false)
    #expect(try complaint("checks: '${DNS}'", environment).contains("hush") == false)
  }

  /// A DNS server is not shown the credentials of a verification service.
  @Test func credentialsGoToTheServerTheyAreFor() throws {
    func settings(_ text: String) throws -> [[String]] {
      var seen: [[String]] = []
      let reader = try Harness.reader(text, ["KEY": "k"])
      let calls = EmailCalls(
        http: { settings throws(SettingError) in
          throw SettingError(
            setting: "seen", message: try settings.pairs("headers").map(\.name).joined(separator: " "))
        }, mail: { _ in ScriptedMailServer(reply: 250) })
      let error = #expect(throws: SettingError.self) {
        try EmailValidator(settings: reader, attribute: Harness.attribute, calls: calls)
      }
      if let error { seen.append(error.message.split(separator: " ").map(String.init)) }
      return seen
    }
    let headers = "headers: { X-Api-Key: '${KEY}' }"
    let mx = "doh: 'https://dns.test/q'"
    let api = "url: 'https://verify.test/{value}'"
    #expect(try settings("checks: [mx, api], \(mx), \(api), \(headers)") == [[]])
    #expect(try settings("checks: [api, mx], \(mx), \(api), \(headers)") == [["X-Api-Key"]])
    #expect(try settings("checks: [mx], \(mx), \(headers)") == [["X-Api-Key"]])
  }

  /// What a space file says of a list's assurance is what the validator says of itself.
  @Test(arguments: [
    "checks: syntax", "checks: confirmation, url: 'https://s.test/{token}/{value}'",
    "checks: [syntax, confirmation], url: 'https://s.test/{token}/{value}'",
    "checks: [api], url: 'https://s.test/{value}'",
    "checks: api, url: 'https://s.test/{value}', assurance: existence",
    "checks: api, url: 'https://s.test/{token}/{value}', assurance: possession",
    "checks: [syntax, api], url: 'https://s.test/{token}/{value}', assurance: possession",
  ])
  func theDeclaredAssuranceIsTheActualOne(_ settings: String) throws {
    let reference = ValidatorReference(use: "email", settings: try Harness.reader(settings).settings)
    #expect(reference.declaredAssurance == (try Harness(settings).validator.assurance))
  }
}
