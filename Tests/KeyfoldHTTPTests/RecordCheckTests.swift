import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import Testing

/// What is asked about a key, and what the answers mean.
@Suite struct RecordCheckTests {
  private let attribute = KeyAttribute(name: "crmId")

  private func check(_ yaml: [(String, Setting)], variables: [String] = ["value"]) throws -> RecordCheck {
    let settings = Setting.map(yaml.map { .init(name: $0.0, value: $0.1) })
    return try RecordCheck(
      SettingReader(settings) { _ in nil }, attribute: attribute, variables: variables)
  }

  private static let url = ("url", Setting.scalar("https://crm.example/contacts/{value}"))

  private func expecting(_ entries: [(String, Setting)]) -> (String, Setting) {
    ("expect", .map(entries.map { .init(name: $0.0, value: $0.1) }))
  }

  private func key(_ value: String) -> Key { Key(attribute: "crmId", value: value, strength: 0) }

  private func answer(
    _ check: RecordCheck, to value: String = "42", status: Int = 200, type: String = "application/json",
    _ body: String
  ) async -> RecordAnswer {
    await check.answer(
      about: key(value),
      through: ScriptedCaller { _ in
        HTTPResponse(status: status, headers: [("content-type", type)], body: Array(body.utf8))
      })
  }

  // MARK: Expectations

  /// The answer's type decides how a text of the space file is compared.
  @Test(arguments: [
    ("active", #""active""#, true), ("active", #""Active""#, false), ("active", #"" active""#, false),
    ("1", "1", true), ("1", "1.0", true), ("1", "10e-1", true), ("1", #""1""#, true), ("1", "true", false),
    ("1", "2", false), ("1.0", "1", true), ("1.0", #""1""#, false), ("1e0", "1", true),
    ("true", "true", true), ("true", #""true""#, true), ("true", "1", false), ("true", "false", false),
    ("false", "false", true), ("False", "false", false), ("false", "null", false), ("false", "0", false),
    ("null", "null", true), ("null", "0", false), ("~", "null", false),
    ("a", #"["a"]"#, false), ("{}", "{}", false), ("[]", "[]", false),
    ("9007199254740993", "9007199254740992", false), ("é", #""e\u0301""#, false), ("é", #""\u00e9""#, true),
  ])
  func valuesAreComparedByTheTypeOfTheAnswer(_ text: String, _ value: String, _ isMet: Bool) async throws {
    let check = try check([Self.url, expecting([("/a", .scalar(text))])])
    let answer = await answer(check, #"{"a":\#(value)}"#)
    #expect(answer.result == (isMet ? .met : .unmet))
    #expect(answer.code == (isMet ? "recordFound" : "expectationUnmet"))
    #expect(answer.status == 200)
  }

  @Test(arguments: [
    (#"{"a":"x"}"#, true), (#"{"a":0}"#, true), (#"{"a":false}"#, true), (#"{"a":[]}"#, true),
    (#"{"a":""}"#, true), (#"{"a":null}"#, false), ("{}", false), (#"["a"]"#, false), (#""a""#, false),
  ])
  func existsMeansAnythingButNull(_ body: String, _ isMet: Bool) async throws {
    let check = try check([
      Self.url, expecting([("/a", .map([.init(name: "exists", value: .scalar("true"))]))]),
    ])
    #expect(await answer(check, body).result == (isMet ? .met : .unmet))
  }

  @Test(arguments: [("1", true), (#""gold""#, true), (#""silver""#, true), (#""bronze""#, false)])
  func inMeansOneOfThem(_ value: String, _ isMet: Bool) async throws {
    let list = Setting.array([.scalar("gold"), .scalar("silver"), .scalar("1")])
    let check = try check([Self.url, expecting([("/a", .map([.init(name: "in", value: list)]))])])
    #expect(await answer(check, #"{"a":\#(value)}"#).result == (isMet ? .met : .unmet))
  }

  @Test(arguments: [
    ("42", #""42""#, RecordAnswer.Result.met, "recordFound"), ("42", "42", .met, "recordFound"),
    ("42", #"" 42 ""#, .met, "recordFound"),
    ("42", "42.0", .unmet, "expectationUnmet"), ("42", "4.2e1", .unmet, "expectationUnmet"),
    ("42", #""43""#, .unmet, "namesAnotherKey"), ("42", "43", .unmet, "namesAnotherKey"),
    ("42", "null", .unmet, "expectationUnmet"), ("42", #"["42"]"#, .unmet, "expectationUnmet"),
    ("true", "true", .unmet, "expectationUnmet"), ("42", #""""#, .unmet, "namesAnotherKey"),
    ("9007199254740993", "9007199254740993", .met, "recordFound"),
    ("9007199254740993", "9007199254740992", .unmet, "namesAnotherKey"),
    ("\u{E9}", #""e\u0301""#, .met, "recordFound"), ("-7", "-7", .met, "recordFound"),
  ])
  func aRecordMustNameThisVeryKeyAfterNormalising(
    _ value: String, _ named: String, _ result: RecordAnswer.Result, _ code: String
  ) async throws {
    let check = try check([Self.url, expecting([("/id", .scalar("{value}"))])])
    #expect(check.expectsKey)
    let answer = await answer(check, to: value, #"{"id":\#(named)}"#)
    #expect(answer.result == result)
    #expect(answer.code == code)
  }

  @Test func allExpectationsMustBeMet() async throws {
    let check = try check([
      Self.url, expecting([("/status", .scalar("active")), ("/id", .scalar("{value}"))]),
    ])
    #expect(await answer(check, #"{"id":"42","status":"active"}"#).result == .met)
    #expect(await answer(check, #"{"id":"42","status":"closed"}"#).code == "expectationUnmet")
    #expect(await answer(check, #"{"id":"43","status":"active"}"#).code == "namesAnotherKey")
  }

  // MARK: Statuses

  @Test(arguments: [
    (200, RecordAnswer.Result.met, "recordFound"), (404, .notFound, "recordNotFound"),
    (410, .notFound, "recordNotFound"), (401, .unclear, "credentialsRefused"),
    (403, .unclear, "credentialsRefused"), (201, .unclear, "unexpectedStatus"),
    (301, .unclear, "unexpectedStatus"), (400, .unclear, "unexpectedStatus"),
    (429, .unclear, "unexpectedStatus"), (500, .unclear, "unexpectedStatus"),
  ])
  func statusesMeanWhatTheSettingsSay(_ status: Int, _ result: RecordAnswer.Result, _ code: String)
    async throws
  {
    let answer = await answer(try check([Self.url]), status: status, "{}")
    #expect(answer.result == result)
    #expect(answer.code == code)
    #expect(answer.status == status)
  }

  @Test func otherStatusesCanBeNamed() async throws {
    let check = try check([
      Self.url, ("found", .array([.scalar("200"), .scalar("203")])), ("notFound", .scalar("204")),
    ])
    #expect(await answer(check, status: 203, "{}").result == .met)
    #expect(await answer(check, status: 204, "").result == .notFound)
    #expect(await answer(check, status: 404, "").code == "unexpectedStatus")
  }

  /// What lies in the body of a "not found" is no matter.
  @Test func aMissingRecordNeedsNoBody() async throws {
    let check = try check([Self.url, expecting([("/id", .scalar("{value}"))])])
    #expect(await answer(check, status: 404, "<html>").result == .notFound)
  }

  @Test(arguments: CallFailure.allCases)
  func withoutAnAnswerNobodyCanTell(_ failure: CallFailure) async throws {
    let answer = try await check([Self.url]).answer(
      about: key("42"), through: ScriptedCaller { _ throws(CallFailure) in throw failure })
    #expect(answer.result == .unclear)
    #expect(answer.code == failure.rawValue)
    #expect(answer.status == nil)
  }

  // MARK: Bodies

  @Test(arguments: [
    "", "<html><title>Log in</title></html>", "OK", "{", #"{"id":"42""#, #"{"id":"41","id":"42"}"#,
    "{\"id\":\"\u{0}42\"}", "[1,]", #"{"id":"42"} trailing"#,
  ])
  func anUnreadableBodySaysNothing(_ body: String) async throws {
    for entries in [[Self.url], [Self.url, expecting([("/id", .scalar("{value}"))])]] {
      let answer = await answer(try check(entries), body)
      #expect(answer.result == .unclear)
      #expect(answer.code == "unreadableBody")
    }
  }

  @Test func bytesThatAreNoTextSayNothing() async throws {
    let answer = try await check([Self.url]).answer(
      about: key("42"),
      through: ScriptedCaller { _ in HTTPResponse(status: 200, body: [0x22, 0xFF, 0x22]) })
    #expect(answer.code == "unreadableBody")
  }

  @Test func onlyHEADAnd204NeedNoBody() async throws {
    let head = try check([Self.url, ("method", .scalar("HEAD"))])
    #expect(await answer(head, "").result == .met)
    let noContent = try check([Self.url, ("found", .scalar("204"))])
    #expect(await answer(noContent, status: 204, "").result == .met)
    let expecting = try check([Self.url, ("found", .scalar("204")), expecting([("/id", .scalar("{value}"))])])
    #expect(await answer(expecting, status: 204, "").code == "unreadableBody")
  }

  /// Each with a good status; expected is a record at `/result/0/id`.
  @Test(arguments: [
    // Tryton: an error, a session that ended.
    #"{"id":6,"error":["UserError",["You are trying to read records that do not exist","",null]]}"#,
    #"{"id":6,"result":null,"error":["403","Forbidden"]}"#,
    // JSON-RPC 2.0, OData (Dynamics 365), GraphQL, Pipedrive, Vtiger.
    #"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}"#,
    #"{"error":{"code":"0x80060888","message":"Resource not found for the segment"}}"#,
    #"{"data":{"contact":null},"errors":[{"message":"Not authorised"}]}"#,
    #"{"result":[{"id":"42"}],"errors":[{"message":"partial"}]}"#,
    #"{"success":false,"result":[{"id":"42"}]}"#, #"{"ok":false}"#, #"{"error":true}"#, #"{"error":"x"}"#,
    // HubSpot, Zoho, JSend.
    #"{"status":"error","message":"Invalid input","correlationId":"1","category":"VALIDATION_ERROR"}"#,
    #"{"status":"fail","data":{"id":"required"}}"#, #"{"status":"ERROR"}"#,
    // Salesforce.
    #"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#,
    // Gateways and frameworks.
    #"{"message":"Unauthorized"}"#, #"{"detail":"Not authenticated."}"#, #"{"fault":{"faultstring":"x"}}"#,
    #"{"error_description":"expired"}"#, #"{"timestamp":1,"status":200,"errorCode":7}"#,
  ])
  func anErrorEnvelopeSaysNothingOfTheKey(_ body: String) async throws {
    let answer = await answer(try check([Self.url, expecting([("/result/0/id", .scalar("{value}"))])]), body)
    #expect(answer.result == .unclear)
    #expect(answer.code == "errorEnvelope")
    // Nor does it prove that there is a record where nothing is expected of it.
    #expect(await self.answer(try check([Self.url]), body).code == "errorEnvelope")
  }

  @Test(arguments: [
    #"{"id":3,"result":[]}"#, #"{"id":3,"result":[],"error":null}"#, #"{"result":[],"errors":[]}"#,
    #"{"result":[],"error":0,"success":true}"#, #"{"total":0,"results":[]}"#, #"{"value":[]}"#, "[]", "{}",
    #"{"result":[],"error":"","ok":true,"errors":{}}"#, #"{"result":[{"id":"41"}],"message":"1 row"}"#,
    #"{"result":[{"message":"x","id":"41"}],"status":"ok","error":false}"#, "[1]", "null", "7", "true",
  ])
  func anAnswerWithoutTheRecordIsNoError(_ body: String) async throws {
    let answer = await answer(try check([Self.url, expecting([("/result/0/id", .scalar("{value}"))])]), body)
    #expect(answer.result == .unmet)
  }

  @Test func problemDetailsAreAnError() async throws {
    let answer = await answer(
      try check([Self.url]), type: "application/problem+json; charset=utf-8", #"{"title":"Down","id":"42"}"#)
    #expect(answer.code == "errorEnvelope")
  }

  /// A record may have a status of its own, which an expectation then looks at.
  @Test func aStatusThatIsExpectedIsTheRecordsOwn() async throws {
    let check = try check([Self.url, expecting([("/status", .scalar("active"))])])
    #expect(await answer(check, #"{"status":"error"}"#).code == "expectationUnmet")
    #expect(await answer(check, #"{"status":"active","message":"hello"}"#).result == .met)
  }

  // MARK: Requests

  private func request(_ check: RecordCheck, _ value: String, proof: Proof? = nil) async throws
    -> HTTPRequest?
  {
    let caller = ScriptedCaller { _ in HTTPResponse(status: 404) }
    let answer = await check.answer(about: key(value), proof: proof, through: caller)
    guard let request = caller.requests.first else {
      #expect(answer.result == .malformed)
      #expect(answer.code == "malformedValue")
      #expect(answer.status == nil)
      return nil
    }
    return request
  }

  private func text(_ secret: Secret?) -> String? {
    secret?.withExposedBytes { String(decoding: $0, as: UTF8.self) }
  }

  private func fields(_ request: HTTPRequest?) -> [String] {
    request?.headers.map { "\($0.name): \(text($0.value) ?? "")" } ?? []
  }

  @Test func asksForJSONAtTheAddressOfTheKey() async throws {
    let request = try await request(try check([Self.url]), "a/b c")
    #expect(request?.method == "GET")
    #expect(text(request?.url) == "https://crm.example/contacts/a%2Fb%20c")
    #expect(request?.body == nil)
    #expect(fields(request) == ["Accept: application/json"])
  }

  @Test func sendsABodyWithTheValueInIt() async throws {
    let check = try check([
      ("url", .scalar("https://crm.example/rpc")), ("method", .scalar("POST")),
      ("body", .scalar(#"{"params": [[["code", "=", "{value}"]]]}"#)),
      (
        "basicAuth",
        .map([
          .init(name: "user", value: .scalar("Aladdin")),
          .init(name: "password", value: .scalar("open sesame")),
        ])
      ),
    ])
    #expect(check.variables == ["value"])
    let request = try await request(check, #"x"]],[["#)
    #expect(request?.method == "POST")
    #expect(text(request?.body) == #"{"params": [[["code", "=", "x\"]],[["]]]}"#)
    #expect(
      fields(request) == [
        "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Accept: application/json",
        "Content-Type: application/json",
      ])
  }

  @Test func leavesOutWhatTheSettingsSay() async throws {
    let check = try check([
      Self.url, ("method", .scalar("POST")), ("body", .scalar("{}")),
      (
        "headers",
        .map([
          .init(name: "accept", value: .scalar("application/vnd.crm+json")),
          .init(name: "Content-type", value: .scalar("application/json; charset=utf-8")),
        ])
      ),
    ])
    #expect(fields(try await request(check, "1")).isEmpty)
  }

  @Test(arguments: ["..", ".", "a/../b", "1\r\nX-Admin: 1", "1\0", "\u{7F}"])
  func aValueThatIsMalformedForItsPlaceIsNotAskedAbout(_ value: String) async throws {
    #expect(try await request(try check([Self.url]), value) == nil)
  }

  @Test func theProofTakesTheTokensPlace() async throws {
    let check = try check(
      [
        ("url", .scalar("https://session.example/{token}?owner={value}")), ("method", .scalar("POST")),
        ("body", .scalar(#"{"t":"{token}"}"#)),
      ], variables: ["value", "token"])
    #expect(check.variables == ["value", "token"])
    let request = try await request(check, "7", proof: Secret("s/1\""))
    #expect(text(request?.url) == "https://session.example/s%2F1%22?owner=7")
    #expect(text(request?.body) == #"{"t":"s/1\""}"#)
    #expect(try await self.request(check, "7", proof: Secret("..")) == nil)
    #expect(try await self.request(check, "7", proof: Secret("a\nb")) == nil)
  }

  // MARK: Refusals

  private func complaint(_ entries: [(String, Setting)]) -> String? {
    #expect(throws: SettingError.self) { _ = try check(entries) }?.description
  }

  private func pair(_ name: String, _ value: String) -> Setting.Entry {
    .init(name: name, value: .scalar(value))
  }

  @Test func settingsThatCannotBeUsedAreNamed() {
    let id = expecting([("/id", .scalar("{value}"))])
    #expect(complaint([]) == "'url' is missing")
    #expect(
      complaint([Self.url, ("method", .scalar("DELETE"))])
        == "'method' is one of GET, HEAD, POST, not 'DELETE'")
    #expect(complaint([Self.url, ("body", .scalar("{}"))]) == "'body' is sent with method: POST only")
    #expect(complaint([Self.url, ("method", .scalar("HEAD")), id])?.contains("after method: HEAD") == true)
    #expect(complaint([Self.url, ("expect", .map([]))]) == "'expect' names no place")
    #expect(complaint([Self.url, ("expect", .scalar("active"))]) == "'expect' is a map of settings")
    #expect(
      complaint([Self.url, expecting([("status", .scalar("a"))])])?.contains("is no JSON Pointer") == true)
    #expect(complaint([Self.url, expecting([("/a", .scalar(""))])]) == "'expect./a' is missing")
    #expect(
      complaint([Self.url, expecting([("/a", .scalar("x{value}"))])])?.contains("beside other text") == true)
    for map in [
      [], [pair("exists", "false")], [pair("exists", "true"), pair("in", "a")],
      [Setting.Entry(name: "in", value: .array([]))],
    ] {
      #expect(complaint([Self.url, expecting([("/a", .map(map))])])?.contains("{exists: true}") == true)
    }
    #expect(
      complaint([Self.url, expecting([("/a", .map([pair("exist", "true")]))])])
        == "'expect./a' has no 'exist'; did you mean 'exists'?")
    #expect(
      complaint([
        Self.url, expecting([("/a", .map([.init(name: "in", value: .array([.scalar("{value}")]))]))]),
      ])?
      .contains("in a list") == true)
    #expect(
      complaint([Self.url, ("found", .scalar("404"))])
        == "'found' takes whole numbers from 200 to 299, not '404'")
    #expect(complaint([Self.url, ("found", .array([]))])?.contains("takes whole numbers") == true)
    #expect(
      complaint([Self.url, ("notFound", .scalar("200"))])?.contains("both name the status 200") == true)
    #expect(
      complaint([Self.url, ("notFound", .array([.scalar("404"), .scalar("401")]))])?.contains("names 401")
        == true)
    let auth = ("basicAuth", Setting.map([pair("user", "a"), pair("password", "b")]))
    #expect(
      complaint([Self.url, ("basicAuth", .map([pair("user", "a:b"), pair("password", "c")]))])?.contains(
        "':'") == true)
    #expect(
      complaint([Self.url, ("basicAuth", .map([pair("user", "a")]))]) == "'basicAuth.password' is missing")
    #expect(
      complaint([Self.url, auth, ("headers", .map([pair("AUTHORIZATION", "x")]))])?.contains("carries one")
        == true)
    #expect(complaint([Self.url, auth, ("oauth2", .map([]))])?.contains("carries one") == true)
  }

  /// A value may hold a quotation mark, which ends a text of SOQL, OData or GraphQL however it is encoded.
  static let queries = [
    ("url", "https://crm.example/query?q=SELECT+Id+FROM+Contact+WHERE+Email='{value}'"),
    ("url", "https://crm.example/query?q=SELECT+Id+FROM+Contact+WHERE+A='x'+AND+Email+LIKE+'%25{value}%25'"),
    ("url", "https://crm.example/contacts?$filter=email%20eq%20%27{value}%27"),
    ("url", "https://crm.example/contacts(%22{value}%22)"),
    ("body", #"{"query": "{ contact(id: \"{value}\") { id } }"}"#), ("body", #"{"q": "id = '{value}'"}"#),
  ]

  private func entries(_ setting: String, _ text: String) -> [(String, Setting)] {
    var entries: [(String, Setting)] = [(setting, .scalar(text)), ("method", .scalar("POST"))]
    if setting == "body" { entries.append(("url", .scalar("https://crm.example/"))) }
    return entries
  }

  @Test(arguments: queries)
  func aQueryInQuotesMustExpectTheKey(_ setting: String, _ text: String) throws {
    let entries = entries(setting, text)
    #expect(complaint(entries)?.contains("a value could end") == true)
    _ = try check(entries + [expecting([("/records/0/Email", .scalar("{value}"))])])
  }

  /// With a query of its own a proof could find whatever record it likes.
  @Test(arguments: queries)
  func aProofNeverStandsInAQuery(_ setting: String, _ text: String) throws {
    let named = expecting([("/records/0/Email", .scalar("{value}"))])
    let error = #expect(throws: SettingError.self) {
      try check(
        entries(setting, text.replacing("{value}", with: "{token}")) + [named], variables: ["value", "token"])
    }
    #expect(error?.description.contains("a proof could ask") == true)
  }

  @Test(arguments: [
    ("url", "https://crm.example/contacts('x')/{value}"), ("url", "https://crm.example/o'neill/'{value}"),
    ("body", #"{"a": "{value}", "b": ["{value}"], "c": "it''s {value}", "d": "\"x\" {value}"}"#),
  ])
  func quotesThatHaveEndedAreNoMatter(_ setting: String, _ text: String) throws {
    _ = try check(entries(setting, text))
  }
}
