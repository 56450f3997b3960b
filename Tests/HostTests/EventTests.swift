import KeyfoldHTTP
import Testing
import ToolHarness

@Suite struct `Events` {
  @Test func `history comes first, then what happens, and a client goes on where it was`() async throws {
    let host = try Host()
    _ = try await host.captureBatch((1...3000).map { "{\"id\":\"e\($0)\"}" })
    let connection = try RawConnection(port: host.port)
    try connection.listen("/v1/events")
    for number in 1...3000 {
      let event = try #require(try connection.event())
      #expect(event.id == number)
      #expect(event.data["capture"]["id"].text == "e\(number)")
    }
    _ = try await host.capture("{\"id\":\"later\"}")
    #expect(try connection.event()?.data["capture"]["id"] == "later")

    let resumed = try RawConnection(port: host.port)
    try resumed.listen("/v1/events?after=1", lastEventID: "2999")
    #expect(try resumed.event()?.id == 3000, "the last event that came counts more than the address")
    let other = try RawConnection(port: host.port)
    try other.listen("/v1/events?after=3000")
    #expect(try other.event()?.id == 3001)
    let answer = try await host.get("/v1/events?after=-1")
    #expect(answer.status == 400)
  }

  @Test func `who does not read holds nobody up`() async throws {
    // However long it takes on a busy machine.
    let host = try Host("--idle", "3600")
    let connection = try RawConnection(port: host.port)
    try connection.listen("/v1/events")
    // More than the sockets' buffers and the host's own hold.
    let value = String(repeating: "x", count: 1000)
    let data = (1...20).map { "\"n\($0)\":\"\(value)\"" }.joined(separator: ",")
    #expect(
      try await host.captureBatch((1...250).map { "{\"id\":\"\($0)\",\"data\":{\(data)}}" }).status == 200)
    #expect(try await host.capture("{}").status == 200)
    for number in 1...251 { try #require(try connection.event()?.id == number) }
  }

  @Test func `streams end when the host does`() async throws {
    let host = try Host()
    _ = try await host.capture("{}")
    let connection = try RawConnection(port: host.port)
    try connection.listen("/v1/events")
    #expect(try connection.event()?.id == 1)
    let deaf = try RawConnection(port: host.port)
    try deaf.listen("/v1/events")
    #expect(try host.end().code == 143)
    #expect(try connection.event() == nil)
  }
}
