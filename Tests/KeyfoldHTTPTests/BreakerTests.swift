import Glibc
import KeyfoldCore
import KeyfoldHTTP
import LoopbackServers
import Testing

@Suite struct BreakerTests {
  /// A server whose answers a test changes, and holds back.
  final class Moody: Sendable {
    let status = Shared(500)
    let isHeld = Shared(false)
    let server: ScriptedServer

    init() throws {
      server = try ScriptedServer.answering { [status, isHeld] _ in
        while isHeld.value { usleep(1000) }
        return answer(status.value)
      }
    }
  }

  private func callOut(_ time: ManualPace, failures: Int = 3) throws -> CallOut {
    try CallOut(pace: time.pace) {
      $0.breaker = .init()
      $0.breaker?.failures = failures
      $0.breaker?.open = .seconds(10)
    }
  }

  @Test func failuresInARowOpenIt() async throws {
    let moody = try Moody()
    defer { moody.server.end() }
    let time = ManualPace()
    let callOut = try callOut(time)
    for expected in ["500", "500", "500", "breakerOpen", "breakerOpen"] {
      #expect(await callOut.outcome(moody.server.url).word == expected)
    }
    #expect(moody.server.requests.count == 3)
    time.advance(.milliseconds(9999))
    #expect(await callOut.outcome(moody.server.url).word == "breakerOpen")
    // The probe fails: closed again for as long.
    time.advance(.milliseconds(1))
    #expect(await callOut.outcome(moody.server.url).word == "500")
    #expect(await callOut.outcome(moody.server.url).word == "breakerOpen")
    time.advance(.seconds(10))
    moody.status.value = 200
    for _ in 0..<3 { #expect(await callOut.outcome(moody.server.url).word == "200") }
    #expect(moody.server.requests.count == 7)
  }

  @Test(arguments: [200, 301, 404, 401, 429])
  func anAnswerInBetweenStartsTheRowAnew(status: Int) async throws {
    let moody = try Moody()
    defer { moody.server.end() }
    let callOut = try callOut(ManualPace())
    for next in [500, 503, status, 500, 500, status, 500, 500] {
      moody.status.value = next
      #expect(await callOut.outcome(moody.server.url).word == String(next))
    }
  }

  @Test func everyKindOfFailureCounts() async throws {
    let callOut = try callOut(ManualPace(), failures: 2)
    let server = try ScriptedServer { connection in
      if connection.request() != nil { connection.reset() }
    }
    let deaf = try ScriptedServer { _ in }
    defer {
      server.end()
      deaf.end()
    }
    for url in [server.url, "https://127.0.0.1:\(deaf.port)", "https://nobody.invalid"] {
      for _ in 0..<2 {
        let word = await callOut.outcome(url).word
        #expect(["broken", "untrusted", "unknownHost"].contains(word), "\(word)")
      }
      #expect(await callOut.outcome(url).word == "breakerOpen")
    }
  }

  @Test func hostsAreJudgedByThemselves() async throws {
    let (bad, good) = (try Moody(), try Moody())
    defer {
      bad.server.end()
      good.server.end()
    }
    good.status.value = 200
    let callOut = try callOut(ManualPace(), failures: 1)
    #expect(await callOut.outcome(bad.server.url + "/a").word == "500")
    #expect(await callOut.outcome(bad.server.url + "/b?c").word == "breakerOpen")
    #expect(await callOut.outcome(good.server.url).word == "200")
  }

  /// What never got there, or nobody waited for, says nothing about the host.
  @Test func whatSaysNothingDoesNotCount() async throws {
    let moody = try Moody()
    defer { moody.server.end() }
    moody.isHeld.value = true
    let callOut = try callOut(ManualPace(), failures: 1)
    let call = Task { await callOut.outcome(moody.server.url).word }
    try await eventually { moody.server.requests.count == 1 }
    call.cancel()
    #expect(await call.value == "cancelled")
    moody.isHeld.value = false
    #expect(await callOut.outcome(moody.server.url).word == "500")
    #expect(await callOut.outcome("http://169.254.169.254/").word == "refusedAddress")
    #expect(await callOut.outcome("http://169.254.169.254/").word == "refusedAddress")
  }

  @Test(arguments: [(200, "200"), (500, "breakerOpen")])
  func exactlyOneFindsOutWhetherTheHostIsBack(status: Int, then: String) async throws {
    let moody = try Moody()
    defer { moody.server.end() }
    let time = ManualPace()
    let callOut = try callOut(time, failures: 1)
    #expect(await callOut.outcome(moody.server.url).word == "500")
    time.advance(.seconds(10))
    moody.status.value = status
    moody.isHeld.value = true
    let words = await withTaskGroup(of: String.self) { group in
      for _ in 0..<40 { group.addTask { await callOut.outcome(moody.server.url).word } }
      var words: [String] = []
      for await word in group {
        words.append(word)
        // The others have their answer while the one that asks has none.
        if words.count == 39 { moody.isHeld.value = false }
      }
      return words
    }
    #expect(words.count { $0 == "breakerOpen" } == 39)
    #expect(words.last == String(status))
    #expect(moody.server.requests.count == 2)
    #expect(await callOut.outcome(moody.server.url).word == then)
  }

  @Test func aProbeThatIsCancelledLeavesItToTheNext() async throws {
    let moody = try Moody()
    defer { moody.server.end() }
    let time = ManualPace()
    let callOut = try callOut(time, failures: 1)
    #expect(await callOut.outcome(moody.server.url).word == "500")
    time.advance(.seconds(10))
    moody.isHeld.value = true
    let probe = Task { await callOut.outcome(moody.server.url).word }
    try await eventually { moody.server.requests.count == 2 }
    probe.cancel()
    #expect(await probe.value == "cancelled")
    moody.isHeld.value = false
    moody.status.value = 200
    #expect(await callOut.outcome(moody.server.url).word == "200")
  }

  @Test func anOpenBreakerEndsTheRetries() async throws {
    let moody = try Moody()
    defer { moody.server.end() }
    moody.status.value = 503
    let callOut = try CallOut(pace: ManualPace().pace) {
      $0.retries = 5
      $0.breaker = .init()
      $0.breaker?.failures = 2
    }
    #expect(await callOut.outcome(moody.server.url).word == "503")
    #expect(moody.server.requests.count == 2)
  }
}
