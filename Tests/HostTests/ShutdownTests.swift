import Glibc
import KeyfoldCore
import KeyfoldHTTP
import LoopbackServers
import Synchronization
import Testing
import ToolHarness

@Suite struct `Shutdown` {
  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
  func `what was accepted is answered and stored, and no more is accepted`(
    _ signal: Int32, _ code: Int32
  ) async throws {
    let asked = AsyncStream.makeStream(of: Void.self)
    let mayAnswer = Mutex(false)
    let crm = try ScriptedServer.answering { _ in
      asked.continuation.yield()
      while !mayAnswer.withLock({ $0 }) { usleep(1000) }
      return answer(200, "{}")
    }
    defer { crm.end() }
    let host = try Host(
      space: """
        space: s
        attributes:
          - name: crmId
            linksFrom: ["*"]
            validators: [{ use: crm, url: "\(crm.url)/{value}" }]
        """)
    let waiting = Task { [port = host.port] in
      try await offPool {
        let connection = try RawConnection(port: port)
        let body = "{\"id\":\"1\",\"keys\":{\"crmId\":\"7\"}}"
        try connection.send(
          """
          POST /v1/captures HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer all\r\n\
          Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)
          """)
        return try connection.rest()
      }
    }
    for await _ in asked.stream { break }
    host.tool.signal(signal)
    // It says so when it has stopped listening to others.
    try host.tool.waitForNote("finishing")
    while (try? RawConnection(port: host.port)) != nil { try await Task.sleep(for: .milliseconds(1)) }
    mayAnswer.withLock { $0 = true }
    let answered = try await waiting.value
    #expect(answered.hasPrefix("HTTP/1.1 200 OK"), "\(answered)")
    #expect(answered.contains("\"decision\":\"created\""), "\(answered)")
    #expect(try host.tool.awaitEnd().code == code)
    let journal = try host.keyfold.run("export", "journal")
    #expect(journal.lines.count == 1)
  }

  @Test func `under load nothing that was answered is lost`() async throws {
    let host = try Host()
    let answered = Answered()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for client in 0..<8 {
        group.addTask { [port = host.port, answered] in
          let caller = try LoadClient(port: port)
          var number = client * 1_000_000
          while await caller.capture(number) {
            answered.ids.withLock { _ = $0.insert(number) }
            number += 1
          }
        }
      }
      while answered.ids.withLock({ $0.count }) < 200 { try await Task.sleep(for: .milliseconds(1)) }
      #expect(try host.end().code == 143)
      try await group.waitForAll()
    }
    let ids = try host.keyfold.run("export", "journal").json().map { $0["capture"]["id"].text }
    #expect(Set(ids).count == ids.count)
    #expect(Set(answered.ids.withLock { $0 }.map { "\($0)" }).isSubset(of: Set(ids)))
    #expect(try host.keyfold.run("check", "--rebuild").code == 0)
  }

  /// What the host acknowledged.
  private final class Answered: Sendable {
    let ids = Mutex<Set<Int>>([])
  }

  /// Captures one after the other.
  private struct LoadClient {
    private let caller: CallOut
    private let url: Secret

    init(port: Int) throws {
      var policy = CallPolicy()
      policy.timeout = .seconds(60)
      policy.retries = 0
      policy.breaker = nil
      policy.headers = [.init("Authorization", Secret("Bearer all"))]
      caller = try CallOut(client: HTTPClient(), policy: policy)
      url = Secret("http://127.0.0.1:\(port)/v1/captures")
    }

    /// Whether a capture was acknowledged.
    func capture(_ number: Int) async -> Bool {
      let body = "{\"id\":\"\(number)\",\"keys\":{\"crmId\":\"\(number % 97)\"}}"
      var request = HTTPRequest("POST", url, body: Secret(body))
      request.isRepeatable = false
      do { return try await caller.send(request).status == 200 } catch { return false }
    }
  }

  @Test func `TLS is served with a certificate of one's own`() async throws {
    let keyfold = try Keyfold(space: Host.space)
    let made = try keyfold.run(
      program: "/usr/bin/openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
        "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
        "subjectAltName=IP:127.0.0.1",
      ])
    try #require(made.code == 0, "\(made.stderr)")
    let host = try Host(in: keyfold, "--tls-cert", "cert.pem", "--tls-key", "key.pem")
    var policy = CallPolicy()
    policy.timeout = .seconds(30)
    policy.certificateAuthorities = keyfold.path("cert.pem")
    let caller = try CallOut(client: HTTPClient(), policy: policy)
    let answer = try await caller.send(HTTPRequest("GET", Secret("https://127.0.0.1:\(host.port)/healthz")))
    #expect(answer.status == 200)
  }
}
