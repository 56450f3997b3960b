import AuthenticatedValidator
import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import Synchronization
import Testing

/// When an issuer's keys are fetched: not too often, and in time for new ones.
@Suite struct KeySourceTests {
  private static let old = SigningKey.p256("old")
  private static let new = SigningKey.p256("new")
  private static let settings: Settings = [
    "mode": "jwt", "jwks": "https://idp.example/jwks", "issuer": "https://idp.example", "audience": "keyfold",
  ]

  private static func keySet(_ keys: SigningKey...) -> String {
    "{\"keys\":[\(keys.map { $0.jwk() }.joined(separator: ","))]}"
  }

  /// A token that is good for years, so that only the keys' age counts.
  private static func token(_ key: SigningKey, named id: String? = nil) -> String {
    let claims =
      #"{"iss":"https://idp.example","aud":"keyfold","sub":"alice","exp":\#(nowSeconds + 100_000_000)}"#
    return signedToken(#"{"alg":"ES256","kid":"\#(id ?? key.id)"}"#, claims) {
      key.signature(of: $0, "ES256")
    }
  }

  /// Publishes what a test puts into it.
  private final class Publisher: Sendable {
    let keySet: Box<String>
    let headers: Box<[(name: String, value: String)]>
    let status = Box(200)
    let failure = Box<CallFailure?>(nil)
    let caller: ScriptedCaller

    init(_ keys: SigningKey..., headers: [(name: String, value: String)] = []) {
      let keySet = Box("{\"keys\":[\(keys.map { $0.jwk() }.joined(separator: ","))]}")
      let headers = Box(headers)
      self.keySet = keySet
      self.headers = headers
      let (status, failure) = (status, failure)
      caller = ScriptedCaller { _ throws(CallFailure) in
        if let failure = failure.value { throw failure }
        return HTTPResponse(status: status.value, headers: headers.value, body: Array(keySet.value.utf8))
      }
    }

    var fetches: Int { caller.requests.count }
  }

  private func later(_ seconds: Double) -> Timestamp {
    Timestamp(microseconds: now.microseconds + Int64(seconds * 1_000_000))
  }

  // MARK: Age

  /// Seconds that keys are kept by what the issuer says.
  @Test(
    arguments: [
      ([], 600), (["max-age=3600"], 3600), (["public, max-age=3600, must-revalidate"], 3600),
      (["public", "max-age=3600"], 3600), (["Max-Age=3600"], 3600), (["max-age = 3600"], 3600),
      (["max-age=0"], 60), (["max-age=5"], 60), (["no-store"], 60), (["no-cache, max-age=3600"], 60),
      (["private"], 600), (["max-age=99999999"], 86_400), (["max-age=99999999999999999999999"], 86_400),
      (["max-age=-1"], 60), (["max-age=abc"], 60), (["max-age="], 60), (["max-age"], 60), ([""], 600),
      (["s-maxage=3600"], 600),
    ] as [([String], Double)])
  func keysAreKeptAsLongAsTheIssuerSays(_ cacheControl: [String], _ seconds: Double) async throws {
    let publisher = Publisher(KeySourceTests.old, headers: cacheControl.map { ("cache-control", $0) })
    let validator = try validator([KeySourceTests.settings], publisher.caller)
    let token = KeySourceTests.token(KeySourceTests.old)
    for time in [0, 1, seconds - 0.000001] {
      #expect(await validator.finding(token, at: later(time)) == .valid)
    }
    #expect(publisher.fetches == 1)
    #expect(await validator.finding(token, at: later(seconds)) == .valid)
    #expect(publisher.fetches == 2)
  }

  @Test func timeSpentInOtherCachesCounts() async throws {
    let headers = [("cache-control", "max-age=3600"), ("age", "3000")]
    let publisher = Publisher(KeySourceTests.old, headers: headers.map { (name: $0.0, value: $0.1) })
    let validator = try validator([KeySourceTests.settings], publisher.caller)
    let token = KeySourceTests.token(KeySourceTests.old)
    _ = await validator.finding(token)
    _ = await validator.finding(token, at: later(599))
    #expect(publisher.fetches == 1)
    _ = await validator.finding(token, at: later(600))
    #expect(publisher.fetches == 2)
  }

  /// Old keys may be ones that were withdrawn.
  @Test func keysThatAreTooOldAreNotUsed() async throws {
    let publisher = Publisher(KeySourceTests.old)
    let validator = try validator([KeySourceTests.settings], publisher.caller)
    let token = KeySourceTests.token(KeySourceTests.old)
    #expect(await validator.finding(token) == .valid)
    publisher.failure.value = .timedOut
    #expect(await validator.finding(token, at: later(599)) == .valid)
    #expect(await validator.finding(token, at: later(600)) == Found(.indeterminate, "timedOut"))
  }

  @Test func aWithdrawnKeyIsGoneWhenItsTimeIsOver() async throws {
    let publisher = Publisher(KeySourceTests.old)
    let validator = try validator([KeySourceTests.settings], publisher.caller)
    let token = KeySourceTests.token(KeySourceTests.old)
    #expect(await validator.finding(token) == .valid)
    publisher.keySet.value = KeySourceTests.keySet(KeySourceTests.new)
    #expect(await validator.finding(token, at: later(600)) == .invalid(.unknownKey))
  }

  @Test func aClockThatIsSetBackKeepsNoKeysAlive() async throws {
    let publisher = Publisher(KeySourceTests.old)
    let validator = try validator([KeySourceTests.settings], publisher.caller)
    let token = KeySourceTests.token(KeySourceTests.old)
    _ = await validator.finding(token)
    _ = await validator.finding(token, at: later(-59))
    #expect(publisher.fetches == 1)
    _ = await validator.finding(token, at: later(-3600))
    #expect(publisher.fetches == 2)
  }

  // MARK: Rotation

  @Test func aNewKeyIsFetchedAtOnce() async throws {
    let publisher = Publisher(KeySourceTests.old)
    let validator = try validator([KeySourceTests.settings], publisher.caller)
    #expect(await validator.finding(KeySourceTests.token(KeySourceTests.old)) == .valid)
    publisher.keySet.value = KeySourceTests.keySet(KeySourceTests.old, KeySourceTests.new)
    #expect(await validator.finding(KeySourceTests.token(KeySourceTests.new), at: later(1)) == .valid)
    #expect(publisher.fetches == 2)
    #expect(await validator.finding(KeySourceTests.token(KeySourceTests.old), at: later(1)) == .valid)
    #expect(publisher.fetches == 2)
  }

  /// The issuer rotates while its keys are on their way: whoever waits gets the old ones, and asks once more.
  @Test func rotationInMidFlightWorks() async throws {
    let gate = Gate()
    let published = Box(KeySourceTests.keySet(KeySourceTests.old))
    let caller = ScriptedCaller { _ in
      let keySet = published.value
      await gate.pass()
      return HTTPResponse(status: 200, body: Array(keySet.utf8))
    }
    let validator = try validator([KeySourceTests.settings], caller)
    async let first = validator.finding(KeySourceTests.token(KeySourceTests.old))
    await gate.arrivals(1)
    published.value = KeySourceTests.keySet(KeySourceTests.new)
    async let second = validator.finding(KeySourceTests.token(KeySourceTests.new))
    await settle()
    await gate.open()
    #expect(await first == .valid)
    #expect(await second == .valid)
    #expect(caller.requests.count == 2)
  }

  /// Whoever makes names of keys up has the issuer called twice a minute, not for each.
  @Test func unknownKeysDoNotHaveTheIssuerCalledEachTime() async throws {
    let publisher = Publisher(KeySourceTests.old)
    let validator = try validator([KeySourceTests.settings], publisher.caller)
    #expect(await validator.finding(KeySourceTests.token(KeySourceTests.old)) == .valid)
    for number in 0..<500 {
      let token = KeySourceTests.token(KeySourceTests.old, named: "made-up-\(number)")
      let found = await validator.finding(token, at: later(1 + Double(number) / 100))
      #expect(found == (number == 0 ? .invalid(.unknownKey) : .unclear(.unknownKey)))
    }
    #expect(publisher.fetches == 2)
    // A key that is new is known half a minute later at most, and the others are not touched.
    publisher.keySet.value = KeySourceTests.keySet(KeySourceTests.old, KeySourceTests.new)
    let token = KeySourceTests.token(KeySourceTests.new)
    #expect(await validator.finding(token, at: later(30.9)) == .unclear(.unknownKey))
    #expect(await validator.finding(KeySourceTests.token(KeySourceTests.old), at: later(30.9)) == .valid)
    #expect(await validator.finding(token, at: later(31)) == .valid)
    #expect(publisher.fetches == 3)
  }

  /// A token that proves nothing anyway has nobody called.
  @Test func theIssuerIsAskedForTokensOnlyThatCouldBeGood() async throws {
    let publisher = Publisher(KeySourceTests.old)
    let validator = try validator([KeySourceTests.settings], publisher.caller)
    for (claims, code) in [
      (
        #"{"iss":"https://evil.example","aud":"keyfold","sub":"alice","exp":9999999999}"#,
        AuthenticatedCode.otherIssuer
      ),
      (#"{"aud":"keyfold","sub":"alice","exp":9999999999}"#, .otherIssuer),
      (#"{"iss":"https://idp.example","aud":"web","sub":"alice","exp":9999999999}"#, .otherAudience),
      (#"{"iss":"https://idp.example","aud":"keyfold","sub":"bob","exp":9999999999}"#, .namesAnotherKey),
      (#"{"iss":"https://idp.example","aud":"keyfold","sub":"alice","exp":1}"#, .expired),
      (#"{"iss":"https://idp.example","aud":"keyfold","sub":"alice"}"#, .expired),
    ] {
      let proof = signedToken(#"{"alg":"ES256","kid":"x"}"#, claims) {
        KeySourceTests.old.signature(of: $0, "ES256")
      }
      #expect(await validator.finding(proof) == .invalid(code))
    }
    #expect(publisher.fetches == 0)
  }

  // MARK: Failures

  @Test(arguments: [
    "", "[]", "{}", "null", #"{"keys":{}}"#, #"{"keys":null}"#, "<html>", #"{"keys":[],"keys":[]}"#,
    #"{"keys":[\#(Array(repeating: "{}", count: 65).joined(separator: ","))]}"#,
  ])
  func whatIsNoKeySetSaysNothing(_ body: String) async throws {
    let validator = try validator([KeySourceTests.settings], answering(body))
    let verdict = await validator.verdict(KeySourceTests.token(KeySourceTests.old))
    #expect(Found(verdict.finding, verdict.evidence[0].code) == .unclear(.unreadableKeys))
    #expect(verdict.evidence.map(\.status) == [200])
  }

  @Test func aKeySetWithoutAKeyOfUseKnowsNone() async throws {
    let validator = try validator(
      [KeySourceTests.settings], answering(#"{"keys":[{},7,null,{"kty":"oct","k":"AQAB"}]}"#))
    #expect(await validator.finding(KeySourceTests.token(KeySourceTests.old)) == .invalid(.unknownKey))
  }

  @Test(arguments: [204, 301, 401, 404, 500])
  func otherStatusesSayNothing(_ status: Int) async throws {
    let validator = try validator(
      [KeySourceTests.settings], answering(KeySourceTests.keySet(KeySourceTests.old), status: status))
    let verdict = await validator.verdict(KeySourceTests.token(KeySourceTests.old))
    #expect(Found(verdict.finding, verdict.evidence[0].code) == .unclear(.unexpectedStatus))
    #expect(verdict.evidence.map(\.status) == [status])
  }

  /// A hundred megabytes of keys are cut off by the caller, and not asked for again with every token.
  @Test(arguments: CallFailure.allCases)
  func aFailedFetchIsNotRepeatedAtOnce(_ failure: CallFailure) async throws {
    let publisher = Publisher(KeySourceTests.old)
    publisher.failure.value = failure
    let validator = try validator([KeySourceTests.settings], publisher.caller)
    let token = KeySourceTests.token(KeySourceTests.old)
    for time in [0, 0.5, 1.9] {
      #expect(await validator.finding(token, at: later(time)) == Found(.indeterminate, failure.rawValue))
    }
    #expect(publisher.fetches == 1)
    publisher.failure.value = nil
    #expect(await validator.finding(token, at: later(2)) == .valid)
    #expect(publisher.fetches == 2)
  }

  @Test func aSearchThatFailsLeavesTheKnownKeys() async throws {
    let publisher = Publisher(KeySourceTests.old)
    let validator = try validator([KeySourceTests.settings], publisher.caller)
    #expect(await validator.finding(KeySourceTests.token(KeySourceTests.old)) == .valid)
    publisher.failure.value = .timedOut
    let found = await validator.finding(KeySourceTests.token(KeySourceTests.new), at: later(1))
    #expect(found == Found(.indeterminate, "timedOut"))
    #expect(await validator.finding(KeySourceTests.token(KeySourceTests.old), at: later(1)) == .valid)
  }

  // MARK: Many at a time

  @Test func oneFetchServesEverybody() async throws {
    let gate = Gate()
    let keySet = KeySourceTests.keySet(KeySourceTests.old)
    let caller = ScriptedCaller { _ in
      await gate.pass()
      return HTTPResponse(status: 200, body: Array(keySet.utf8))
    }
    let validator = try validator([KeySourceTests.settings], caller)
    let found = await withTaskGroup(of: Found.self) { group in
      for _ in 0..<100 { group.addTask { await validator.finding(KeySourceTests.token(KeySourceTests.old)) } }
      await gate.arrivals(1)
      await settle()
      await gate.open()
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(found.count == 100 && Set(found) == [.valid])
    #expect(caller.requests.count == 1)
  }

  /// Who gives up gets away at once, and takes nothing from the others.
  @Test func whoeverIsCancelledLeavesTheOthersTheirFetch() async throws {
    let gate = Gate()
    let keySet = KeySourceTests.keySet(KeySourceTests.old)
    let caller = ScriptedCaller { _ in
      await gate.pass()
      return HTTPResponse(status: 200, body: Array(keySet.utf8))
    }
    let validator = try validator([KeySourceTests.settings], caller)
    let first = Task { await validator.finding(KeySourceTests.token(KeySourceTests.old)) }
    await gate.arrivals(1)
    let second = Task { await validator.finding(KeySourceTests.token(KeySourceTests.old)) }
    await settle()
    first.cancel()
    // The gate is closed still.
    #expect(await first.value == Found(.indeterminate, "cancelled"))
    await gate.open()
    #expect(await second.value == .valid)
    #expect(caller.requests.count == 1)
  }

  /// Lets other tasks get as far as they can; no test relies on how far that is.
  private func settle() async { for _ in 0..<1000 { await Task.yield() } }
}

/// A gate that holds whoever comes until it is opened.
private actor Gate {
  private var isOpen = false
  private var count = 0
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

  func pass() async {
    count += 1
    for watcher in watchers where watcher.count <= count { watcher.continuation.resume() }
    watchers.removeAll { $0.count <= count }
    guard !isOpen else { return }
    await withCheckedContinuation { waiting.append($0) }
  }

  func arrivals(_ count: Int) async {
    guard self.count < count else { return }
    await withCheckedContinuation { watchers.append((count, $0)) }
  }

  func open() {
    isOpen = true
    for continuation in waiting { continuation.resume() }
    waiting = []
  }
}
