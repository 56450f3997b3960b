import KeyfoldHTTP
import Testing
import ToolHarness

@Suite struct `Access` {
  static let requests = [
    ("POST", "/v1/captures"), ("POST", "/v1/validate"), ("GET", "/v1/profiles/x"),
    ("GET", "/v1/keys/email/a@x.test"), ("GET", "/v1/events"), ("GET", "/metrics"),
    ("DELETE", "/v1/profiles/x"),
  ]

  @Test func `without a token that is known there is nothing but signs of life and the description`()
    async throws
  {
    let host = try Host()
    for (method, path) in Self.requests {
      for token in [nil, "nobody", ""] {
        let answer = try await host.send(method, path, token, body: method == "POST" ? "{}" : nil)
        #expect(answer.status == 401, "\(method) \(path)")
        #expect(try answer.errorCode() == "unauthorized")
        #expect(answer.header("www-authenticate") == "Bearer")
      }
    }
    for path in ["/healthz", "/readyz", "/openapi.json"] {
      #expect(try await host.get(path, nil).status == 200, "\(path)")
    }
  }

  @Test func `a token may do what its scopes say and nothing else`() async throws {
    let host = try Host()
    let allowed = [
      "shop": ["POST /v1/captures", "POST /v1/validate"], "page": ["POST /v1/captures"],
      "back": ["GET /v1/profiles/x", "GET /v1/keys/email/a@x.test", "GET /v1/events"],
      "watch": ["GET /metrics"], "privacy": ["DELETE /v1/profiles/x"],
    ]
    for (token, paths) in allowed {
      for (method, path) in Self.requests where !(path == "/v1/events" && token == "back") {
        let body = method == "POST" ? "{\"touchpoint\":\"web\"}" : nil
        let answer = try await host.send(method, path, token, body: body)
        #expect(
          (answer.status == 403) == !paths.contains("\(method) \(path)"), "\(token) \(path): \(answer.status)"
        )
      }
    }
  }

  @Test func `a token speaks for its touchpoints alone`() async throws {
    let host = try Host()
    for (line, status) in [
      ("{\"touchpoint\":\"web\"}", 200), ("{\"touchpoint\":\"app\"}", 200),
      ("{\"touchpoint\":\"desk\"}", 403),
      ("{}", 403), ("{\"touchpoint\":\"*\"}", 403),
    ] {
      let answer = try await host.capture(line, "shop")
      #expect(answer.status == status, "\(line)")
      if status == 403 { #expect(try answer.json()["error"]["field"] == "touchpoint") }
      #expect(try await host.send("POST", "/v1/validate", "shop", body: line).status == status, "\(line)")
    }
    // The only touchpoint of a token need not be named.
    #expect(try await host.capture("{}", "page").status == 200)
    #expect(try await host.capture("{\"touchpoint\":\"app\"}", "page").status == 403)
    let batch = try await host.captureBatch(
      ["{\"touchpoint\":\"web\"}", "{\"touchpoint\":\"desk\"}"], "shop")
    #expect(try batch.lines().map { $0["error"]["code"] } == [nil, "forbidden"])
    #expect(try host.keyfold.run("export", "journal").lines.count == 4)
  }

  @Test func `a browser hears what it is to store and nothing else`() async throws {
    let host = try Host()
    let known = try await host.capture("{\"touchpoint\":\"web\",\"keys\":{\"email\":\"a@x.test\"}}").json()
    let answer = try await host.capture("{\"keys\":{\"email\":\"a@x.test\"}}", "page")
    #expect(try answer.json() == ["touchpointTid": known["touchpointTid"]])
    let next = try await host.capture(
      "{\"tid\":\"\(known["tid"].text)\",\"keys\":{\"email\":\"b@x.test\"}}", "page")
    #expect(try next.json().names == ["touchpointTid"], "switched, and does not hear from whom")
    #expect(try await host.captureBatch(["{}"], "page").status == 403)
  }

  @Test func `too many requests with one token are put off, others go on`() async throws {
    let host = try Host()
    // All at once, so that no pause between them lets them through.
    let request = "GET /v1/profiles/x HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer slow\r\n"
    let connection = try RawConnection(port: host.port)
    try connection.send(
      String(repeating: request + "\r\n", count: 200) + request + "Connection: close\r\n\r\n")
    let answers = try connection.rest()
    #expect(answers.contains("HTTP/1.1 400"), "two a second are allowed")
    #expect(answers.contains("HTTP/1.1 429") && answers.contains("Retry-After: 1"))
    #expect(answers.contains("rateLimited"))
    #expect(try await host.get("/v1/profiles/x", "back").status == 400)
  }

  @Test func `a file of tokens that cannot be meant is refused`() throws {
    let token = "\"sha256\": \"\(Host.digest("x"))\""
    for (text, word) in [
      ("{", "byte"), ("{}", "'tokens'"), ("{\"tokens\": [{}]}", "'name'"),
      ("{\"tokens\": [{\"name\": \"a\"}]}", "'sha256'"),
      ("{\"tokens\": [{\"name\": \"a\", \"sha256\": \"abc\"}]}", "'sha256'"),
      ("{\"tokens\": [{\"name\": \"a\", \(token)}]}", "'scopes'"),
      ("{\"tokens\": [{\"name\": \"a\", \(token), \"scopes\": [\"write\"]}]}", "'scopes'"),
      ("{\"tokens\": [{\"name\": \"a\", \(token), \"scopes\": [\"capture\"]}]}", "'touchpoints'"),
      (
        "{\"tokens\": [{\"name\": \"a\", \(token), \"scopes\": [\"browser\", \"read\"], \"touchpoints\": [\"w\"]}]}",
        "'browser'"
      ),
      ("{\"tokens\": [{\"name\": \"a\", \(token), \"scopes\": [\"read\"], \"rate\": 0}]}", "'rate'"),
      ("{\"tokens\": [{\"name\": \"a\", \(token), \"scopes\": [\"read\"], \"scope\": 1}]}", "'scope'"),
      (
        "{\"tokens\": [{\"name\": \"a\", \(token), \"scopes\": [\"read\"]}, {\"name\": \"b\", \(token), \"scopes\": [\"read\"]}]}",
        "twice"
      ),
    ] {
      let keyfold = try Keyfold(space: Host.space)
      try keyfold.write(text, to: "tokens.json")
      let result = try keyfold.startHost(["--listen", "127.0.0.1:0"]).finish()
      #expect(result.code == 78, "\(text)")
      #expect(result.stderr.contains(word), "\(text): \(result.stderr)")
      #expect(try !keyfold.files().contains("keyfold.db"), "\(text)")
    }
  }
}
