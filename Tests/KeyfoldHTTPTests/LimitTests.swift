import Glibc
import KeyfoldCore
import KeyfoldHTTP
import LoopbackServers
import Testing

/// How many calls are on their way, and what becomes of those that are not.
@Suite struct LimitTests {
  /// A server that lets nobody go before it is told to, and counts who is there.
  final class Turnstile: Sendable {
    private struct State {
      var inside = 0
      var insideMost = 0
      var mayLeave = 0
    }

    private let state = Shared(State())
    let server: ScriptedServer

    init() throws {
      server = try ScriptedServer.answering { [state] _ in
        state.change { state in
          state.inside += 1
          state.insideMost = max(state.insideMost, state.inside)
        }
        var hasLeft = false
        while !hasLeft {
          usleep(500)
          state.change { state in
            guard state.mayLeave > 0 else { return }
            state.mayLeave -= 1
            state.inside -= 1
            hasLeft = true
          }
        }
        return answer(200)
      }
    }

    var inside: Int { state.value.inside }
    var insideMost: Int { state.value.insideMost }
    func letGo(_ count: Int) { state.change { $0.mayLeave += count } }
  }

  @Test(arguments: [1, 3, 64])
  func noMoreAreOnTheirWayThanThePolicySays(limit: Int) async throws {
    let turnstile = try Turnstile()
    defer { turnstile.server.end() }
    let callOut = try CallOut { $0.maxInFlight = limit }
    let count = limit * 3 + 1
    let words = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<count { group.addTask { await callOut.outcome(turnstile.server.url).word } }
      for turn in 0..<count {
        let expected = min(limit, count - turn)
        try await eventually { turnstile.inside == expected }
        turnstile.letGo(1)
        try await eventually { turnstile.inside != expected || turn + limit < count }
      }
      return try await group.reduce(into: [String]()) { $0.append($1) }
    }
    #expect(words == Array(repeating: "200", count: count))
    #expect(turnstile.insideMost == limit)
  }

  @Test func whoWaitsTooLongGetsNoTurn() async throws {
    let turnstile = try Turnstile()
    defer { turnstile.server.end() }
    let callOut = try CallOut {
      $0.maxInFlight = 1
      $0.timeout = .milliseconds(300)
    }
    let words = await withTaskGroup(of: String.self) { group in
      for _ in 0..<5 { group.addTask { await callOut.outcome(turnstile.server.url).word } }
      return await group.reduce(into: [String]()) { $0.append($1) }
    }
    // Whoever has a turn at last may get no connection in time.
    #expect(words.allSatisfy { $0 == "timedOut" || $0 == "unreachable" })
    // Their places are free again.
    turnstile.letGo(100)
    var word = ""
    while word != "200" { word = await callOut.outcome(turnstile.server.url).word }
  }

  @Test func whoIsCancelledWhileWaitingGivesItsPlaceToTheNext() async throws {
    let turnstile = try Turnstile()
    defer { turnstile.server.end() }
    let callOut = try CallOut { $0.maxInFlight = 1 }
    let first = Task { await callOut.outcome(turnstile.server.url).word }
    try await eventually { turnstile.inside == 1 }
    let waiting = (0..<10).map { _ in Task { await callOut.outcome(turnstile.server.url).word } }
    for task in waiting { task.cancel() }
    for task in waiting { #expect(await task.value == "cancelled") }
    let last = Task { await callOut.outcome(turnstile.server.url).word }
    turnstile.letGo(2)
    #expect(await first.value == "200")
    #expect(await last.value == "200")
    #expect(turnstile.server.requests.count == 2)
  }

  @Test func beyondAThousandNobodyWaits() async throws {
    let turnstile = try Turnstile()
    defer { turnstile.server.end() }
    let callOut = try CallOut { $0.maxInFlight = 1 }
    let words = await withTaskGroup(of: String.self) { group in
      for _ in 0..<1030 { group.addTask { await callOut.outcome(turnstile.server.url).word } }
      var words: [String] = []
      for await word in group {
        words.append(word)
        if words.count == 5 { turnstile.letGo(10_000) }
      }
      return words
    }
    #expect(words.count { $0 == "200" } == 1025)
    #expect(words.count { $0 == "overloaded" } == 5)
  }

  @Test func aClientTakesNoMoreThanItSays() async throws {
    let turnstile = try Turnstile()
    defer { turnstile.server.end() }
    let callOut = try CallOut(client: HTTPClient(callsMax: 2))
    let calls = (0..<2).map { _ in Task { await callOut.outcome(turnstile.server.url).word } }
    try await eventually { turnstile.inside == 2 }
    #expect(await callOut.outcome(turnstile.server.url).word == "overloaded")
    turnstile.letGo(3)
    for call in calls { #expect(await call.value == "200") }
    #expect(await callOut.outcome(turnstile.server.url).word == "200")
  }

  @Test func whenTheBreakerOpensNobodyWaitsAnyMore() async throws {
    let isHeld = Shared(true)
    let server = try ScriptedServer.answering { _ in
      while isHeld.value { usleep(1000) }
      return answer(500)
    }
    defer { server.end() }
    let callOut = try CallOut {
      $0.maxInFlight = 1
      $0.breaker = .init()
      $0.breaker?.failures = 1
    }
    let words = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<10 { group.addTask { await callOut.outcome(server.url).word } }
      try await eventually { server.requests.count == 1 }
      isHeld.value = false
      return try await group.reduce(into: [String]()) { $0.append($1) }
    }
    #expect(words.count { $0 == "breakerOpen" } == 9)
    #expect(words.contains("500"))
    #expect(server.requests.count == 1)
  }
}
