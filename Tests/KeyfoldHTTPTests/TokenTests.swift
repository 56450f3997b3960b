import Glibc
import KeyfoldCore
import LoopbackServers
import Testing

@testable import KeyfoldHTTP

/// Calls with a token for our own credentials.
@Suite struct TokenTests {
  /// A service and the server that gives out its tokens, both under the test's control.
  final class Realm: Sendable {
    /// What the token server says; each token has a number.
    let grant = Shared(#"{"access_token":"t#","token_type":"Bearer","expires_in":100}"#)
    let grantStatus = Shared(200)
    /// The token that is accepted; nil for all.
    let accepted = Shared<String?>(nil)
    let isHeld = Shared(false)
    let issued = Shared(0)
    let server: ScriptedServer

    init() throws {
      server = try ScriptedServer.answering { [grant, grantStatus, accepted, isHeld, issued] request in
        if request.line.hasPrefix("POST /token ") {
          while isHeld.value { usleep(1000) }
          issued.change { $0 += 1 }
          return answer(grantStatus.value, grant.value.replacing("#", with: String(issued.value)))
        }
        let bearer = request.fields.first { $0.hasPrefix("Authorization: ") }.map { String($0.dropFirst(15)) }
        guard let expected = accepted.value else { return answer(200, bearer ?? "") }
        return bearer == "Bearer \(expected)" ? answer(200, expected) : answer(401)
      }
    }

    /// The settings of a validator, as a space file has them.
    func caller(
      _ time: ManualPace = ManualPace(sleepsAreShort: false), auth: String? = nil, scope: String? = nil,
      _ change: (inout CallPolicy) -> Void = { _ in }
    ) throws -> AuthorizedCaller {
      var entries = [
        ("tokenUrl", "\(server.url)/token"), ("clientId", "key:fold"), ("clientSecret", "${SECRET}"),
      ]
      if let auth { entries.append(("auth", auth)) }
      if let scope { entries.append(("scope", scope)) }
      let map = Setting.map(entries.map { Setting.Entry(name: $0.0, value: .scalar($0.1)) })
      let settings = SettingReader(.map([Setting.Entry(name: "oauth2", value: map)])) { _ in "s&cret" }
      let credentials = try #require(try ClientCredentials(settings))
      return try AuthorizedCaller(
        credentials, client: HTTPClient(), policy: patientPolicy(change), pace: time.pace)
    }

    func request(_ path: String = "/api") -> HTTPRequest { HTTPRequest("GET", Secret(server.url + path)) }
    var tokenRequests: [ScriptedServer.Request] {
      server.requests.filter { $0.line.hasPrefix("POST /token ") }
    }
  }

  private func body(_ caller: AuthorizedCaller, _ realm: Realm) async throws -> String {
    String(decoding: try await caller.send(realm.request()).body, as: UTF8.self)
  }

  @Test func aTokenIsFetchedOnceAndUsedUntilShortlyBeforeItsEnd() async throws {
    let realm = try Realm()
    defer { realm.server.end() }
    let time = ManualPace(sleepsAreShort: false)
    let caller = try realm.caller(time)
    for _ in 0..<3 { #expect(try await body(caller, realm) == "Bearer t1") }
    time.advance(.milliseconds(89_999))
    #expect(try await body(caller, realm) == "Bearer t1")
    time.advance(.milliseconds(1))
    #expect(try await body(caller, realm) == "Bearer t2")
    let request = try #require(realm.tokenRequests.first)
    #expect(request.body == "grant_type=client_credentials")
    #expect(request.fields.contains("Authorization: Basic " + base64(Array("key%3Afold:s%26cret".utf8))))
    #expect(request.fields.contains("Content-Type: application/x-www-form-urlencoded"))
  }

  @Test func credentialsMayStandInTheBody() async throws {
    let realm = try Realm()
    defer { realm.server.end() }
    _ = try await body(try realm.caller(auth: "post", scope: "read write"), realm)
    let request = try #require(realm.tokenRequests.first)
    #expect(
      request.body
        == "grant_type=client_credentials&scope=read%20write&client_id=key%3Afold&client_secret=s%26cret")
    #expect(!request.fields.contains { $0.hasPrefix("Authorization") })
  }

  @Test func allWhoNeedATokenWaitForOne() async throws {
    let realm = try Realm()
    defer { realm.server.end() }
    realm.isHeld.value = true
    let caller = try realm.caller()
    let calls = (0..<20).map { _ in Task { try await body(caller, realm) } }
    // The one that began to fetch it is among those that do not wait any more.
    for call in calls[..<5] { call.cancel() }
    for call in calls[..<5] { await #expect(throws: CallFailure.cancelled) { try await call.value } }
    realm.isHeld.value = false
    for call in calls[5...] { #expect(try await call.value == "Bearer t1") }
    #expect(realm.tokenRequests.count == 1)
  }

  @Test func aTokenThatIsNotAcceptedAnyMoreIsRenewedOnceForAll() async throws {
    let realm = try Realm()
    defer { realm.server.end() }
    let caller = try realm.caller()
    #expect(try await body(caller, realm) == "Bearer t1")
    realm.accepted.value = "t2"
    let calls = (0..<20).map { _ in Task { try await body(caller, realm) } }
    for call in calls { #expect(try await call.value == "t2") }
    #expect(realm.tokenRequests.count == 2)
    // A fresh one that is not accepted either is the answer.
    realm.accepted.value = "none"
    #expect(try await caller.send(realm.request()).status == 401)
    #expect(realm.tokenRequests.count == 3)
  }

  @Test func aFreshTokenThatIsRefusedIsNotRenewed() async throws {
    let realm = try Realm()
    defer { realm.server.end() }
    realm.accepted.value = "none"
    #expect(try await realm.caller().send(realm.request()).status == 401)
    #expect(realm.tokenRequests.count == 1)
  }

  @Test(arguments: [
    (500, "{}"), (401, ""), (200, ""), (200, "{}"), (200, "[]"), (200, #"{"access_token":""}"#),
    (200, #"{"access_token":7}"#), (200, #"{"access_token":"a b"}"#), (200, #"{"access_token":"a\r\nX: y"}"#),
    (200, #"{"access_token":"é"}"#), (200, #"{"access_token":"t","token_type":"mac"}"#),
    (201, #"{"access_token":"t"}"#), (200, #"{"access_token":"t","access_token":"u"}"#),
    (302, #"{"access_token":"t"}"#),
  ])
  func noTokenIsAFailureOfItsOwn(status: Int, grant: String) async throws {
    let realm = try Realm()
    defer { realm.server.end() }
    realm.grantStatus.value = status
    realm.grant.value = grant
    let caller = try realm.caller()
    await #expect(throws: CallFailure.noToken) { try await caller.send(realm.request()) }
    #expect(realm.server.requests.count == realm.tokenRequests.count)
    // The next one tries again.
    realm.grantStatus.value = 200
    realm.grant.value = #"{"access_token":"t","token_type":"bearer"}"#
    #expect(try await body(caller, realm) == "Bearer t")
  }

  @Test(arguments: [
    ("100", 90_000), ("1000", 970_000), (#""100""#, 90_000), ("100.5", 90_450), ("null", 270_000),
    ("1e9", 86_370_000), ("-1", 0), ("0", 0), (#""soon""#, 270_000), ("1e999", 86_370_000),
    (#""nan""#, 270_000),
  ])
  func lifetimes(told: String, milliseconds: Int) async throws {
    let realm = try Realm()
    defer { realm.server.end() }
    realm.grant.value = #"{"access_token":"t#","token_type":"BEARER","expires_in":\#(told)}"#
    let time = ManualPace(sleepsAreShort: false)
    let caller = try realm.caller(time)
    #expect(try await body(caller, realm) == "Bearer t1")
    if milliseconds > 0 {
      time.advance(.milliseconds(milliseconds - 1))
      #expect(try await body(caller, realm) == "Bearer t1")
      time.advance(.milliseconds(1))
    }
    #expect(try await body(caller, realm) == "Bearer t2")
  }

  /// What the policy sends to a service is not for the server that gives out tokens, and the other way round.
  @Test func credentialsGoWhereTheyBelong() async throws {
    let realm = try Realm()
    defer { realm.server.end() }
    let caller = try realm.caller { $0.headers = [.init("X-Key", Secret("service"))] }
    var request = realm.request()
    request.headers = [.init("authorization", Secret("Basic abc"))]
    _ = try await caller.send(request)
    let seen = realm.server.requests
    #expect(seen.map { $0.fields.contains("X-Key: service") } == [false, true])
    #expect(
      seen[1].fields.filter { $0.lowercased().hasPrefix("authorization") } == ["Authorization: Bearer t1"])
    let error = #expect(throws: SettingError.self) {
      try realm.caller { $0.headers = [.init("authorization", Secret("x"))] }
    }
    #expect(error?.setting == "headers")
  }

  @Test(arguments: [
    (["clientId": "a", "clientSecret": "b"], "oauth2.tokenUrl"),
    (["tokenUrl": "https://x.example/", "clientSecret": "b"], "oauth2.clientId"),
    (["tokenUrl": "https://x.example/", "clientId": "a"], "oauth2.clientSecret"),
    (["tokenUrl": "ftp://x.example/", "clientId": "a", "clientSecret": "b"], "oauth2.tokenUrl"),
    (["tokenUrl": "https://x.example/{value}", "clientId": "a", "clientSecret": "b"], "oauth2.tokenUrl"),
    (
      ["tokenUrl": "https://x.example/", "clientId": "a", "clientSecret": "b", "auth": "none"], "oauth2.auth"
    ),
    (["tokenURL": "https://x.example/", "clientId": "a", "clientSecret": "b"], "oauth2"),
  ])
  func settingsThatCannotBeAreRefusedAtStart(entries: [String: String], setting: String) {
    let map = Setting.map(entries.map { Setting.Entry(name: $0.key, value: .scalar($0.value)) })
    let settings = SettingReader(.map([Setting.Entry(name: "oauth2", value: map)])) { _ in nil }
    let error = #expect(throws: SettingError.self) {
      try CallOut.caller(reading: settings, client: HTTPClient())
    }
    #expect(error?.setting == setting)
  }

  @Test func withoutOAuthACallerIsACallOut() throws {
    let settings = SettingReader(.map([])) { _ in nil }
    #expect(try CallOut.caller(reading: settings, client: HTTPClient()) is CallOut)
  }
}
