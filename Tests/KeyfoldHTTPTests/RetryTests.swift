import KeyfoldCore
import KeyfoldHTTP
import LoopbackServers
import Testing

@Suite struct RetryTests {
  /// Answers one after the other, the last one for ever.
  private func server(_ answers: [String]) throws -> ScriptedServer {
    let left = Shared(answers)
    return try ScriptedServer.answering { _ in
      var next = ""
      left.change { next = $0.count > 1 ? $0.removeFirst() : $0[0] }
      return next
    }
  }

  @Test(arguments: [
    (429, 3), (502, 3), (503, 3), (504, 3), (500, 1), (501, 1), (400, 1), (401, 1), (404, 1), (408, 1),
    (200, 1),
    (301, 1),
  ])
  func statusesThatMayPassAreTriedAgain(status: Int, attempts: Int) async throws {
    let server = try server([answer(status)])
    defer { server.end() }
    let time = ManualPace()
    let callOut = try CallOut(pace: time.pace) { $0.retries = 2 }
    #expect(try await callOut.get(server.url).status == status)
    #expect(server.requests.count == attempts)
    #expect(time.sleeps.count == attempts - 1)
  }

  @Test func theFirstGoodAnswerCounts() async throws {
    let server = try server([answer(503), answer(429), answer(200, "x"), answer(500)])
    defer { server.end() }
    let callOut = try CallOut(pace: ManualPace().pace) { $0.retries = 5 }
    #expect(try await callOut.get(server.url).status == 200)
    #expect(server.requests.count == 3)
  }

  @Test func pausesGrowAndDiffer() async throws {
    let server = try server([answer(503)])
    defer { server.end() }
    for (chance, expected) in [(1.0, [50, 100, 200, 400]), (0, [25, 50, 100, 200])] {
      let time = ManualPace(chance: chance)
      _ = try await CallOut(pace: time.pace) { $0.retries = 4 }.get(server.url)
      #expect(time.sleeps == expected.map { .milliseconds($0) })
    }
  }

  @Test func connectionsThatBreakAreTriedAgain() async throws {
    let count = Shared(0)
    let server = try ScriptedServer { connection in
      while connection.request() != nil {
        count.change { $0 += 1 }
        guard count.value > 2 else { return connection.reset() }
        connection.send(answer(200))
      }
    }
    defer { server.end() }
    let callOut = try CallOut(pace: ManualPace().pace) { $0.retries = 2 }
    #expect(await callOut.outcome(server.url).word == "200")
    #expect(server.requests.count == 3)
  }

  @Test func handshakesThatBreakOffAreTriedAgain() async throws {
    let server = try ScriptedServer { _ in }
    defer { server.end() }
    let callOut = try CallOut(pace: ManualPace().pace) { $0.retries = 2 }
    #expect(await callOut.outcome("https://127.0.0.1:\(server.port)/").word == "untrusted")
    #expect(server.connectionCount == 3)
  }

  @Test func whatWillNotPassIsNotTriedAgain() async throws {
    let time = ManualPace()
    let callOut = try CallOut(pace: time.pace) {
      $0.retries = 2
      $0.maxResponseBytes = 3
    }
    let server = try server([answer(200, "much too long")])
    defer { server.end() }
    #expect(await callOut.outcome(server.url).word == "tooLarge")
    #expect(await callOut.outcome("http://169.254.169.254/").word == "refusedAddress")
    #expect(await callOut.outcome("ftp://127.0.0.1/").word == "refusedRequest")
    #expect(time.sleeps == [])
  }

  @Test func aRequestThatMustNotBeRepeatedIsNot() async throws {
    let server = try server([answer(503)])
    defer { server.end() }
    var request = HTTPRequest("POST", Secret(server.url))
    request.isRepeatable = false
    let callOut = try CallOut(pace: ManualPace().pace) { $0.retries = 2 }
    #expect(try await callOut.send(request).status == 503)
    #expect(server.requests.count == 1)
  }

  /// 1994-11-06T08:49:37Z is the date of the examples in RFC 9110, section 5.6.7.
  @Test(arguments: [
    ("2", 2000), ("0", 50), (" 3 ", 3000), ("Sun, 06 Nov 1994 08:49:37 GMT", 7000),
    ("Sunday, 06-Nov-94 08:49:37 GMT", 7000), ("Sun Nov  6 08:49:37 1994", 7000),
    ("Sun, 06 Nov 1994 08:49:00 GMT", 50), ("soon", 50), ("-5", 50), ("1.5", 50), ("", 50),
  ])
  func retryAfterIsHonoured(field: String, milliseconds: Int) async throws {
    let server = try server([answer(429, fields: ["Retry-After: \(field)"]), answer(200)])
    defer { server.end() }
    let time = ManualPace(wallSeconds: 784_111_777 - 7)
    #expect(try await CallOut(pace: time.pace) { $0.retries = 1 }.get(server.url).status == 200)
    #expect(time.sleeps == [.milliseconds(milliseconds)])
  }

  @Test(arguments: ["60", "3600", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
  func nobodyWaitsBeyondTheTimeLimit(field: String) async throws {
    let server = try server([answer(503, fields: ["Retry-After: \(field)"]), answer(200)])
    defer { server.end() }
    let time = ManualPace()
    #expect(
      try await CallOut(pace: time.pace) {
        $0.retries = 5
        $0.timeout = .seconds(60)
      }.get(server.url).status == 503)
    #expect(server.requests.count == 1)
    #expect(time.sleeps == [])
  }

  @Test func aCallThatIsCancelledBetweenAttemptsMakesNoMore() async throws {
    let server = try server([answer(503), answer(200)])
    defer { server.end() }
    let time = ManualPace(sleepsAreShort: false)
    let callOut = try CallOut(pace: time.pace) { $0.retries = 1 }
    let call = Task { await callOut.outcome(server.url).word }
    try await eventually { !time.sleeps.isEmpty }
    call.cancel()
    #expect(await call.value == "cancelled")
    #expect(server.requests.count == 1)
  }
}
