import KeyfoldHTTP
import Testing
import ToolHarness

@Suite struct `Requests` {
  @Test func `a capture is answered with its outcome, and a repetition with the first one`() async throws {
    let host = try Host()
    let line = "{\"id\":\"1\",\"touchpoint\":\"web\",\"keys\":{\"email\":\"a@x.test\"}}"
    let answer = try await host.capture(line)
    #expect(answer.status == 200)
    #expect(answer.header("content-type") == "application/json")
    #expect(answer.header("cache-control") == "no-store")
    let outcome = try answer.json()
    #expect(outcome["decision"] == "created")
    #expect(try await host.capture(line).json() == outcome.with("replayed", true))
    #expect(try await host.capture("{\"id\":\"1\"}").status == 409)
  }

  @Test func `what is wrong with a capture is said with a code, a field and a status`() async throws {
    let host = try Host()
    for (line, status, code, field) in [
      ("{", 400, "malformedJson", JSON.null), ("[]", 400, "malformedJson", nil),
      ("", 400, "malformedJson", nil),
      ("{\"keys\":{\"email\":1}}", 400, "malformedField", "keys.email"),
      ("{\"tid\":\"x\"}", 400, "malformedTid", "tid"), ("{\"at\":\"x\"}", 400, "malformedTime", "at"),
      ("{\"keys\":{\"fax\":\"1\"}}", 422, "unknownAttribute", "keys.fax"),
      ("{\"keys\":{\"crmId\":[\"1\",\"2\"]}}", 422, "ambiguousKeys", "keys.crmId"),
      ("{\"id\":\"\(String(repeating: "x", count: 129))\"}", 422, "tooLong", "id"),
    ] {
      let answer = try await host.capture(line)
      #expect(answer.status == status, "\(line)")
      let error = try answer.json()["error"]
      #expect(error["code"].text == code, "\(line)")
      #expect(error["field"] == field, "\(line)")
    }
    let answer = try await host.send("POST", "/v1/captures", body: "<a/>", type: "text/xml")
    #expect(answer.status == 415)
    #expect(try host.keyfold.run("stats", "--json").object()["sequence"] == 0)
  }

  @Test func `a batch is answered line by line in order, whatever is wrong with some`() async throws {
    let host = try Host()
    var lines = (1...5000).map { "{\"id\":\"e\($0)\",\"keys\":{\"email\":\"a\($0)@x.test\"}}" }
    lines[10] = "{\"id\":\"e11\",\"fax\":1}"
    lines[4999] = "nonsense"
    let answer = try await host.captureBatch(lines)
    #expect(answer.status == 200)
    #expect(answer.header("content-type") == "application/x-ndjson")
    let answers = try answer.lines()
    #expect(answers.dropLast().map { $0["id"].text } == (1...4999).map { "e\($0)" })
    #expect(answers[10]["line"] == 11)
    #expect(answers[10]["error"]["code"] == "malformedField")
    #expect(answers[4999]["line"] == 5000)
    #expect(answers[4999]["error"]["code"] == "malformedJson")
    let sequences = answers.compactMap { $0["sequence"] == .null ? nil : $0["sequence"].number }
    #expect(sequences == (1...4998).map(Double.init))

    let tooMany = try await host.captureBatch(lines + ["{}"])
    #expect(tooMany.status == 413)
    let blank = try await host.send(
      "POST", "/v1/captures", body: "\u{FEFF}\n  \r\n{\"id\":\"last\"}\r\n{", type: "application/x-ndjson")
    let rest = try blank.lines()
    #expect(rest.count == 2)
    #expect(rest[0]["id"] == "last")
    #expect(rest[1]["line"] == 4)
    #expect(try await host.captureBatch([]).text.isEmpty)
  }

  @Test func `a body that is too large is refused, said before or not`() async throws {
    let host = try Host("--max-body", "2048")
    let large = "{\"id\":\"\(String(repeating: "x", count: 3000))\"}"
    let answer = try await host.capture(large)
    #expect(answer.status == 413)
    #expect(try answer.errorCode() == "tooLong")
    let connection = try RawConnection(port: host.port)
    try connection.send(
      "POST /v1/captures HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer all\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    let chunk = "400\r\n\(String(repeating: "x", count: 0x400))\r\n"
    for _ in 1...100 { try connection.send(chunk) }
    try connection.send("0\r\n\r\n")
    #expect(try connection.line() == "HTTP/1.1 413 Content Too Large")
    #expect(try await host.capture("{}").status == 200)
  }

  @Test func `profiles are found by TID and by key, whatever stands in a value`() async throws {
    let host = try Host()
    let outcome = try await host.capture("{\"keys\":{\"crmId\":\"a/b%c d?é\"}}").json()
    let profile = try await host.get("/v1/profiles/\(outcome["tid"].text)").json()
    #expect(profile["tid"] == outcome["tid"])
    #expect(profile["keys"][0]["value"] == "a/b%c d?é")
    let found = try await host.get("/v1/keys/crmId/a%2Fb%25c%20d%3F%C3%A9")
    #expect(try found.json() == ["profiles": [profile]])
    #expect(try await host.get("/v1/keys/crmId/a/b%25c%20d%3F%C3%A9").json() == ["profiles": [profile]])
    for (path, status, code) in [
      ("/v1/keys/crmId/nobody", 404, "notFound"), ("/v1/keys/crmId/%FF", 400, "malformedField"),
      ("/v1/keys/crmId/a%00b", 400, "malformedField"), ("/v1/keys/crmId/%4", 400, "malformedField"),
      ("/v1/keys/fax/1", 422, "unknownAttribute"),
      ("/v1/keys/crmId/1?includeUnverified=maybe", 400, "malformedField"),
      ("/v1/profiles/nobody", 400, "malformedTid"),
      ("/v1/profiles/01900000-0000-7000-8000-000000000000", 404, "notFound"), ("/v1", 404, "notFound"),
      ("/v1/profiles", 404, "notFound"), ("/", 404, "notFound"), ("/v1/keys/crmId", 404, "notFound"),
    ] {
      let answer = try await host.get(path)
      #expect(answer.status == status, "\(path)")
      #expect(try answer.errorCode() == code, "\(path)")
    }
    let wrong = try await host.send("DELETE", "/v1/captures")
    #expect(wrong.status == 405)
    #expect(wrong.header("allow") == "POST")
  }

  @Test func `unverified claims are found when they are asked for`() async throws {
    let host = try Host(
      space: """
        space: s
        attributes:
          - { name: email, trust: source, linksFrom: [desk] }
        """)
    let outcome = try await host.capture("{\"touchpoint\":\"web\",\"keys\":{\"email\":\"a\"}}").json()
    #expect(try await host.get("/v1/keys/email/a").status == 404)
    let found = try await host.get("/v1/keys/email/a?includeUnverified=true").json()
    #expect(found["profiles"][0]["tid"] == outcome["tid"])
  }

  @Test func `validation tells what would be found and stores nothing`() async throws {
    let host = try Host()
    let body = "{\"id\":\"v\",\"touchpoint\":\"web\",\"keys\":{\"email\":\"nobody\",\"crmId\":\"7\"}}"
    let answer = try await host.send("POST", "/v1/validate", body: body).json()
    #expect(answer["id"] == "v")
    #expect(answer["keys"].elements.map { $0["attribute"] } == ["crmId", "email"])
    #expect(answer["keys"].elements.map { $0["links"] } == [true, false])
    #expect(answer["keys"][1]["reason"] == "malformed")
    #expect(try host.keyfold.run("stats", "--json").object()["sequence"] == 0)
  }

  @Test func `request ids are given back where they are harmless`() async throws {
    let host = try Host()
    for (id, isTaken) in [
      ("abc-1_2.3", true), ("a b", false), ("a\"b", false), (String(repeating: "a", count: 129), false),
    ] {
      let answer = try await host.send("GET", "/healthz", nil, fields: ["X-Request-Id": id])
      let given = try #require(answer.header("x-request-id"))
      #expect((given == id) == isTaken, "\(id)")
      if !isTaken { #expect(given.count == 32) }
    }
  }

  @Test func `metrics are in Prometheus' format and count what happened`() async throws {
    let host = try Host()
    _ = try await host.capture("{\"keys\":{\"crmId\":\"7\"}}")
    let answer = try await host.get("/metrics", "watch")
    #expect(answer.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
    #expect(answer.text.contains("\nkeyfold_captures_total{space=\"shop\",decision=\"created\"} 1\n"))
  }

  @Test func `options that cannot be meant are refused with the nearest name`() throws {
    for (arguments, code, word) in [
      (["--tokenz", "x"], Int32(64), "--tokens"), (["--listen", "nowhere"], 64, "HOST:PORT"),
      (["--rate", "0"], 64, "--rate"), (["--quiet=1"], 64, "--quiet"),
      (["--tls-cert", "x"], 64, "--tls-key"),
      (["--store", "sqlite"], 64, "--store"), (["--space", "nofile.yaml"], 66, "nofile.yaml"),
      (["--tokens", "nofile.json"], 66, "nofile.json"), (["extra"], 64, "extra"),
    ] {
      let keyfold = try Keyfold(space: Host.space)
      try keyfold.write(Host.tokens, to: "tokens.json")
      let result = try keyfold.startHost(arguments).finish()
      #expect(result.code == code, "\(arguments): \(result.stderr)")
      #expect(result.stderr.contains(word), "\(arguments): \(result.stderr)")
    }
    let help = try Keyfold(space: Host.space).startHost(["--help"]).finish()
    #expect(help.code == 0)
    #expect(help.stdout.contains("--tls-key"))
  }

  @Test func `a customer who is erased is gone, and the journal keeps why`() async throws {
    let host = try Host()
    let outcome = try await host.capture(#"{"id":"1","keys":{"email":"gone@x.test"}}"#).json()
    let path = "/v1/profiles/\(outcome["tid"].text)"
    #expect(try await host.send("DELETE", path, "back").status == 403)
    let erased = try await host.send("DELETE", path + "?reason=ticket%201774", "privacy")
    #expect(erased.status == 200)
    #expect(try erased.json()["tids"] == [outcome["tid"]])
    #expect(try erased.json()["keys"] == 1)
    #expect(try erased.json()["finished"] == true)
    for request in ["GET", "DELETE"] { #expect(try await host.send(request, path).status == 404) }
    #expect(try await host.capture(#"{"id":"1","keys":{"email":"gone@x.test"}}"#).status == 410)
    #expect(try await host.send("PUT", path).header("allow") == "GET, DELETE")
    let journal = try host.keyfold.run("export", "journal").stdout
    #expect(journal.contains("ticket 1774") && !journal.contains("gone@x.test"))
  }
}
