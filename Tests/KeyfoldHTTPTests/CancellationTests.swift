import KeyfoldCore
import LoopbackServers
import Testing

@testable import KeyfoldHTTP

@Suite struct CancellationTests {
  /// A server that never answers, and counts those who have not hung up.
  final class Silent: Sendable {
    let present = Shared(0)
    let server: ScriptedServer

    init() throws {
      server = try ScriptedServer { [present] connection in
        guard connection.request() != nil else { return }
        present.change { $0 += 1 }
        connection.waitForEnd()
        present.change { $0 -= 1 }
      }
    }
  }

  @Test func aCancelledCallEndsAndHangsUp() async throws {
    let silent = try Silent()
    defer { silent.server.end() }
    let callOut = try CallOut()
    let call = Task { await callOut.outcome(silent.server.url).word }
    try await eventually { silent.present.value == 1 }
    call.cancel()
    #expect(await call.value == "cancelled")
    try await eventually { silent.present.value == 0 }
  }

  @Test func aCallOfACancelledTaskIsNotMade() async throws {
    let silent = try Silent()
    defer { silent.server.end() }
    let callOut = try CallOut()
    let call = Task {
      while !Task.isCancelled { await Task.yield() }
      return await callOut.outcome(silent.server.url).word
    }
    call.cancel()
    #expect(await call.value == "cancelled")
    #expect(silent.server.requests.count == 0)
  }

  /// Whatever comes first, every call ends once, with its own answer or as cancelled.
  @Test func aStormOfCancellationsLosesNobody() async throws {
    let server = try ScriptedServer.answering {
      answer(200, String($0.line.split(separator: " ")[1].dropFirst()))
    }
    defer { server.end() }
    let callOut = try CallOut { $0.maxInFlight = 16 }
    let counts = await withTaskGroup(of: (Int, String).self) { group in
      var counts = (answered: 0, cancelled: 0)
      for number in 0..<1000 {
        group.addTask {
          let call = Task { await callOut.outcome("\(server.url)/\(number)") }
          if number % 3 == 0 {
            for _ in 0..<(number % 64) { await Task.yield() }
            call.cancel()
          }
          switch await call.value {
          case .success(let response): return (number, String(decoding: response.body, as: UTF8.self))
          case .failure(let failure): return (number, failure.rawValue)
          }
        }
      }
      for await (number, word) in group {
        if word == "cancelled" && number % 3 == 0 {
          counts.cancelled += 1
        } else if word == String(number) {
          counts.answered += 1
        }
      }
      return counts
    }
    #expect(counts.answered + counts.cancelled == 1000)
    #expect(counts.answered >= 666)
    #expect(await callOut.outcome(server.url + "/last").word == "200")
  }

  @Test func closingAClientEndsItsCalls() async throws {
    let silent = try Silent()
    defer { silent.server.end() }
    let client = HTTPClient()
    let callOut = try CallOut(client: client)
    let calls = (0..<5).map { _ in Task { await callOut.outcome(silent.server.url).word } }
    try await eventually { silent.present.value == 5 }
    await client.close()
    for call in calls { #expect(await call.value == "cancelled") }
    #expect(await callOut.outcome(silent.server.url).word == "cancelled")
    try await eventually { silent.present.value == 0 }
    await client.close()
  }

  @Test func aClientThatNeverCalledCanBeClosed() async { await HTTPClient().close() }

  /// The thread goes with the client, and with it the connections it kept.
  @Test func aClientThatIsReleasedEndsItsThread() async throws {
    let isOver = Shared(false)
    let server = try ScriptedServer { connection in
      while connection.request() != nil { connection.send(answer(200)) }
      isOver.value = true
    }
    defer { server.end() }
    weak var loop: TransferLoop?
    do {
      let client = HTTPClient()
      loop = client.loop
      #expect(await (try CallOut(client: client)).outcome(server.url).word == "200")
      #expect(loop != nil)
    }
    try await eventually { loop == nil && isOver.value }
  }
}
