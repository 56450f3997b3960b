import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import KeyfoldValidation
import Synchronization
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
    ("checks: smtp", "'server' is missing"),
    ("checks: smtp, server: mail.test", "'server' is an address such as smtp://mail.example:25"),
    ("checks: smtp, server: 'https://mail.test'", "'server' is an address such as smtp://mail.example:25"),
    ("checks: smtp, server: 'smtp://mail.test', mode: expn", "'mode' is one of rcpt, vrfy, not 'expn'"),
    ("checks: smtp, server: 'smtp://mail.test', from: me", "'from' is an email address, or empty"),
    (
      "checks: smtp, server: 'smtp://mail.test', from: 'a@b.test> SIZE=1'",
      "'from' is an email address, or empty"
    ),
    (
      "checks: smtp, server: 'smtp://mail.test', helo: 'a b'",
      "'helo' is the name of a host, such as keyfold.example"
    ),
    (
      "checks: smtp, server: 'smtp://mail.test', requireTls: maybe",
      "'requireTls' is true or false, not 'maybe'"
    ),
    ("checks: syntax, requireTls: true", "'requireTls' is for 'smtp', which 'checks' does not list"),
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
    "checks: smtp, server: 'smtp://mail.test'", "checks: smtp, server: 'smtps://mail.test:465', from: ''",
    "checks: smtp, server: 'smtp://[::1]:25', mode: vrfy, helo: keyfold.test, requireTls: true",
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

  /// No other server is shown the credentials of a verification service.
  @Test func credentialsGoToTheServerTheyAreFor() throws {
    let credentials = ["headers", "oauth2", "clientCert", "clientKey"]
    let given = "headers: { X-Api-Key: k }, oauth2: {}, clientCert: c, clientKey: k"
    let mx = "doh: 'https://dns.test/q'"
    let smtp = "server: 'smtp://mail.test'"
    let api = "url: 'https://verify.test/{value}'"
    // What the caller of each check is made from, in the order of the checks.
    func seen(_ settings: String) throws -> [[String]] {
      let seen = Mutex<[[String]]>([])
      let calls = EmailCalls(
        http: { settings throws(SettingError) in
          seen.withLock { $0.append(credentials.filter(settings.has)) }
          return dnsServer()
        },
        mail: { _, settings throws(SettingError) in
          seen.withLock { $0.append(credentials.filter(settings.has)) }
          return { _ in 250 }
        })
      let reader = try Harness.reader("\(settings), \(given)")
      _ = try EmailValidator(settings: reader, attribute: Harness.attribute, calls: calls)
      return seen.withLock { $0 }
    }
    #expect(try seen("checks: [mx, api, smtp], \(mx), \(smtp), \(api)") == [[], credentials, []])
    #expect(try seen("checks: [mx, smtp], \(mx), \(smtp)") == [credentials, credentials])
  }

  /// As a host has it: the kind in a registry, the settings in a space file.
  @Test func theKindMakesValidators() async throws {
    var registry = ValidatorRegistry()
    registry.add(.email)
    func space(_ settings: String) throws -> Space {
      var attribute = Harness.attribute
      attribute.linksFrom = ["desk"]
      attribute.validators = [
        ValidatorReference(use: "email", settings: try Harness.reader(settings).settings)
      ]
      return try Space(name: "acme", attributes: [attribute])
    }
    let prepared = try registry.validators(for: space("checks: syntax")) { _ in nil }
    let verdicts = try await Verification(validators: prepared, deadline: .seconds(3)) { _ in
      do { try await Task.sleep(for: .seconds(3600)) } catch { return }
    }.verdicts(
      on: [Key(attribute: "email", value: "emma@example.com", strength: 0)], proofs: [:],
      context: ValidationContext(space: "acme", touchpoint: "web", now: Timestamp(microseconds: 0)))
    #expect(verdicts.map(\.finding) == [.valid])
    let error = #expect(throws: ValidatorError.self) {
      try registry.validators(for: space("checks: [syntax, mx]")) { _ in nil }
    }
    #expect(error?.message == "the validator 'email' of 'email': 'doh' is missing")
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
