import KeyfoldCore
import KeyfoldHTTP
import LoopbackServers
import Testing

/// What goes onto the wire, and what comes back.
@Suite struct CallTests {
  @Test func aGetBringsStatusFieldsAndBody() async throws {
    let server = try ScriptedServer.answering { _ in
      answer(200, "hello", fields: ["X-One:  a b \t", "x-one: c", "Empty:", "Colon: a:b"])
    }
    defer { server.end() }
    let response = try await CallOut().get(server.url + "/p?q=1#part")
    #expect(response.status == 200)
    #expect(String(decoding: response.body, as: UTF8.self) == "hello")
    #expect(response.headers.map(\.name) == ["content-length", "x-one", "x-one", "empty", "colon"])
    #expect(response.headers.map(\.value) == ["5", "a b", "c", "", "a:b"])
    #expect(response.header("x-one") == "a b")
    #expect(response.header("nothing") == nil)
    let request = try #require(server.requests.first)
    #expect(request.line == "GET /p?q=1 HTTP/1.1")
    #expect(
      request.fields == ["Host: 127.0.0.1:\(server.port)", "User-Agent: keyfold/0.1.0", "Accept: */*"])
  }

  @Test func methodsAndBodiesGoAsTheyAre() async throws {
    let server = try ScriptedServer.answering { answer(200, $0.line.hasPrefix("HEAD") ? "" : "x") }
    defer { server.end() }
    let callOut = try CallOut()
    for (method, body) in [
      ("POST", "a=1"), ("GET", nil), ("POST", ""), ("POST", nil), ("PUT", "{}"), ("DELETE", nil),
      ("HEAD", nil),
      ("GET", nil), ("REPORT", nil), ("GET", "body"), ("GET", nil),
    ] {
      _ = try await callOut.send(HTTPRequest(method, Secret(server.url), body: body.map { Secret($0) }))
    }
    let requests = server.requests
    #expect(
      requests.map(\.line)
        == [
          "POST", "GET", "POST", "POST", "PUT", "DELETE", "HEAD", "GET", "REPORT", "GET", "GET",
        ].map { "\($0) / HTTP/1.1" })
    #expect(requests.map(\.body) == ["a=1", "", "", "", "{}", "", "", "", "", "body", ""])
    let lengths = requests.map { $0.fields.first { $0.hasPrefix("Content-Length") } ?? "" }
    #expect(
      lengths == [
        "Content-Length: 3", "", "Content-Length: 0", "Content-Length: 0", "Content-Length: 2", "", "", "",
        "",
        "Content-Length: 4", "",
      ])
    // Nothing is said about a body that the request does not say, and no leave is asked for to send it.
    let names = Set(requests.flatMap(\.fields).map { $0.prefix { $0 != ":" } })
    #expect(names == ["Host", "User-Agent", "Accept", "Content-Length"])
    #expect(server.connectionCount == 1)
  }

  @Test func aLongBodyIsSentAtOnce() async throws {
    let server = try ScriptedServer.answering { answer(200, String($0.body.utf8.count)) }
    defer { server.end() }
    let body = Secret(bytes: Array(repeating: UInt8(ascii: "a"), count: 3 << 20))
    let response = try await CallOut().send(HTTPRequest("POST", Secret(server.url), body: body))
    #expect(String(decoding: response.body, as: UTF8.self) == String(3 << 20))
    #expect(server.requests.first?.fields.contains { $0.hasPrefix("Expect") } == false)
  }

  @Test func fieldsOfTheRequestTakeThePlaceOfThoseOfThePolicy() async throws {
    let server = try ScriptedServer.answering { _ in answer(204) }
    defer { server.end() }
    let callOut = try CallOut {
      $0.headers = [
        .init("Authorization", Secret("Bearer policy")), .init("X-Policy", Secret("1")),
        .init("X-None", Secret("")),
        .init("accept", Secret("application/json")),
      ]
    }
    _ = try await callOut.get(server.url)
    _ = try await callOut.send(
      HTTPRequest(
        "POST", Secret(server.url),
        headers: [
          .init("authorization", Secret("Bearer request")), .init("Content-Type", Secret("text/plain")),
        ], body: Secret("x")))
    _ = try await callOut.get(server.url)
    let fields = server.requests.map { Set($0.fields.dropFirst()) }
    let common: Set = ["User-Agent: keyfold/0.1.0", "X-Policy: 1", "X-None:", "accept: application/json"]
    #expect(fields[0] == common.union(["Authorization: Bearer policy"]))
    #expect(
      fields[1]
        == common.union(["authorization: Bearer request", "Content-Type: text/plain", "Content-Length: 1"]))
    #expect(fields[2] == fields[0])
  }

  @Test func connectionsAreUsedAgainUnlessTheRequestMustNotBeRepeated() async throws {
    let server = try ScriptedServer.answering { _ in answer(200) }
    defer { server.end() }
    let callOut = try CallOut()
    for _ in 0..<3 { _ = try await callOut.get(server.url) }
    #expect(server.connectionCount == 1)
    var request = HTTPRequest("GET", Secret(server.url))
    request.isRepeatable = false
    _ = try await callOut.send(request)
    #expect(server.connectionCount == 2)
    for _ in 0..<3 { _ = try await callOut.get(server.url) }
    #expect(server.connectionCount == 2)
  }

  @Test func pathsGoAsTheyAre() async throws {
    let server = try ScriptedServer.answering { _ in answer(200) }
    defer { server.end() }
    let callOut = try CallOut()
    for path in ["/a/../b/./c", "/a//b", "/%2e%2e/%41", "/?a=../b"] {
      _ = try await callOut.get(server.url + path)
    }
    #expect(
      server.requests.map(\.line) == [
        "GET /a/../b/./c HTTP/1.1", "GET /a//b HTTP/1.1", "GET /%2e%2e/%41 HTTP/1.1", "GET /?a=../b HTTP/1.1",
      ])
  }

  /// Every one is an answer, and none makes the client go elsewhere or keep something for next time.
  @Test(arguments: [200, 204, 301, 302, 307, 308, 400, 401, 404, 407, 429, 500, 503, 599])
  func everyStatusIsAnAnswer(status: Int) async throws {
    let server = try ScriptedServer.answering { _ in
      answer(
        status,
        fields: [
          "Location: http://127.0.0.1:1/elsewhere", "Set-Cookie: a=b", "Alt-Svc: h2=\"127.0.0.1:1\"",
          "WWW-Authenticate: Basic", "Refresh: 0; url=/elsewhere",
        ])
    }
    defer { server.end() }
    let callOut = try CallOut()
    for _ in 0..<2 { #expect(try await callOut.get(server.url).status == status) }
    #expect(server.requests.map(\.line) == ["GET / HTTP/1.1", "GET / HTTP/1.1"])
    #expect(server.requests.flatMap(\.fields).allSatisfy { !$0.lowercased().hasPrefix("cookie") })
  }
}
