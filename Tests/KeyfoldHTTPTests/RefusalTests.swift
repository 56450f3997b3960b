import KeyfoldCore
import KeyfoldHTTP
import LoopbackServers
import Testing

/// What is never sent, and never to whom.
@Suite struct RefusalTests {
  @Test(arguments: [
    "", "/", "127.0.0.1", "http:", "http:/", "http://", "http:///", "https://?q", "https://#f", "http://:80/",
    "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "smtp://127.0.0.1/", "dict://127.0.0.1/",
    "http://user@127.0.0.1/", "http://user:word@127.0.0.1/", "http://@127.0.0.1/",
    "http://127.0.0.1\\@x.example/",
    "http://127.0.0.1:99999/", "http://127.0.0.1:x/", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y",
    "http://127.0.0.1/\n", "http://127.0.0.1/\0", "http://127.0.0.1\0.example/", "http://127.0.0.1/é",
    "http://[::1/", "http://[::1%25lo]@x/", "http:127.0.0.1", "http//127.0.0.1/", "://127.0.0.1/",
    "http://a b/", "http://127.0.0.1/\t", "http://127.0.0.1/\u{7F}", "h\u{74}tp\u{3a}\u{0}//127.0.0.1/",
  ])
  func addressesThatAreNone(url: String) async throws {
    #expect(await (try CallOut { $0.allowsHTTP = true }).outcome(url).word == "refusedRequest")
  }

  @Test(arguments: ["", "G ET", "GET\r\n", "GET\0", "GÉT", "CONNECT", "GET / HTTP/1.1\r\nX:"])
  func methodsThatAreNone(method: String) async throws {
    try await expectUnsent(HTTPRequest(method, Secret("http://127.0.0.1/")))
  }

  @Test(arguments: [
    ("X", "a\r\nY: b"), ("X", "a\nb"), ("X", "a\rb"), ("X", "a\0b"), ("X", "a\u{1}"), ("X", "\u{7F}"),
    ("X\r\nY", "a"), ("X:", "a"), ("X Y", "a"), ("", "a"), ("É", "a"), ("X\0", "a"), ("Content-Length", "5"),
    ("transfer-encoding", "chunked"), ("CONNECTION", "keep-alive"), ("Upgrade", "h2c"), ("TE", "trailers"),
  ])
  func fieldsThatAreNone(name: String, value: String) async throws {
    try await expectUnsent(
      HTTPRequest("GET", Secret("http://127.0.0.1/"), headers: [.init(name, Secret(value))]))
    let error = #expect(throws: SettingError.self) {
      try CallOut { $0.headers = [.init(name, Secret(value))] }
    }
    #expect(error?.setting == "headers")
  }

  /// A server stands there, and hears nothing.
  private func expectUnsent(_ request: HTTPRequest) async throws {
    let server = try ScriptedServer.answering { _ in answer(200) }
    defer { server.end() }
    var request = request
    request.url = Secret(server.url)
    let callOut = try CallOut()
    await #expect(throws: CallFailure.refusedRequest) { try await callOut.send(request) }
    #expect(server.connectionCount == 0)
    #expect(await callOut.outcome(server.url).word == "200")
  }

  /// Whatever way an address is written, it is the one connected to that counts. None of these is called: a
  /// call would be unreachable, or never end.
  @Test(arguments: [
    "169.254.169.254", "169.254.0.1", "[fe80::1]", "[fd00:ec2::254]", "[::ffff:169.254.169.254]",
    "2852039166",
    "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::1]",
    "[::ffff:a9fe:a9fe]", "100.100.100.200", "168.63.129.16", "[fd20:ce::254]", "192.0.0.192",
  ])
  func linkLocalAndMetadataAddressesAreRefused(host: String) async throws {
    let callOut = try CallOut { $0.allowsHTTP = true }
    for scheme in ["http", "https"] {
      #expect(await callOut.outcome("\(scheme)://\(host)/latest/meta-data/").word == "refusedAddress")
    }
  }

  @Test func onlyAllowedNetworksAreConnectedTo() async throws {
    let server = try ScriptedServer.answering { _ in answer(200) }
    defer { server.end() }
    for (networks, expected) in [
      (["10.0.0.0/8"], "refusedAddress"), (["::/0"], "refusedAddress"), ([], "refusedAddress"),
      (["127.0.0.1"], "200"), (["10.0.0.0/8", "127.0.0.0/8"], "200"), (["::ffff:127.0.0.0/104"], "200"),
      (["0.0.0.0/0"], "200"), (["127.0.0.2"], "refusedAddress"),
    ] {
      let before = server.connectionCount
      let callOut = try CallOut { $0.allowedNetworks = networks }
      #expect(await callOut.outcome(server.url).word == expected, "\(networks)")
      #expect(server.connectionCount - before == (expected == "200" ? 1 : 0))
    }
  }

  /// The connection that somebody else opened is none of ours.
  @Test func aConnectionOpenedUnderOtherRulesIsNotUsed() async throws {
    let server = try ScriptedServer.answering { _ in answer(200) }
    defer { server.end() }
    let client = HTTPClient()
    let free = try CallOut(client: client)
    let bound = try CallOut(client: client) { $0.allowedNetworks = ["10.0.0.0/8"] }
    #expect(await free.outcome(server.url).word == "200")
    #expect(await bound.outcome(server.url).word == "refusedAddress")
    #expect(server.requests.count == 1)
    #expect(await free.outcome(server.url).word == "200")
  }

  @Test(arguments: [
    "10.0.0.0/33", "10.0.0.1/8", "10.0.0/8", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0.0/+8", "10.0.0.0/ 8", "",
    "all",
    "fd00::/129", "fd00::1/8", "fe80::1%eth0", "crm.example", "10.0.0.0/8 ", "10.0.0.0/8\0",
    "::ffff:10.0.0.0/8",
  ])
  func networksThatAreNoneAreRefusedAtStart(network: String) {
    let error = #expect(throws: SettingError.self) {
      try CallOut { $0.allowedNetworks = ["10.0.0.0/8", network] }
    }
    #expect(error?.setting == "allowedNetworks")
  }

  @Test func filesAndNumbersThatCannotBeAreRefusedAtStart() {
    func expectRefused(_ setting: String, _ change: (inout CallPolicy) -> Void) {
      let error = #expect(throws: SettingError.self) { try CallOut(change) }
      #expect(error?.setting == setting)
    }
    expectRefused("ca") { $0.certificateAuthorities = "/nowhere/ca.pem" }
    expectRefused("clientCert") { $0.clientCertificate = "/nowhere/client.pem" }
    expectRefused("clientKey") { $0.clientKey = "/nowhere/client.key" }
    expectRefused("clientKey") { $0.clientKey = "/dev/null" }
    expectRefused("proxy") { $0.proxy = Secret("proxy.example:3128") }
    expectRefused("proxy") { $0.proxy = Secret("ftp://proxy.example") }
    expectRefused("timeoutMs") { $0.timeout = .zero }
    expectRefused("connectTimeoutMs") { $0.connectTimeout = .zero }
    expectRefused("retries") { $0.retries = -1 }
    expectRefused("maxInFlight") { $0.maxInFlight = 0 }
    expectRefused("maxResponseBytes") { $0.maxResponseBytes = -1 }
    expectRefused("breaker") {
      $0.breaker = .init()
      $0.breaker?.failures = 0
    }
  }

  @Test func complaintsDoNotQuoteSecrets() {
    let error = #expect(throws: SettingError.self) {
      try CallOut { $0.headers = [.init("X", Secret("geheim\n"))] }
    }
    #expect(error?.description.contains("geheim") == false)
  }

  /// Another address of this machine stands for one far away.
  @Test(.enabled(if: ownAddress != nil, "this machine has no address but loopback"))
  func plainHTTPGoesToLoopbackOnlyUnlessAllowed() async throws {
    let address = try #require(ownAddress)
    let server = try ScriptedServer(listeningOn: address) { connection in
      while connection.request() != nil { connection.send(answer(200)) }
    }
    defer { server.end() }
    #expect(await (try CallOut()).outcome("http://\(address):\(server.port)/").word == "refusedRequest")
    #expect(server.connectionCount == 0)
    let open = try CallOut { $0.allowsHTTP = true }
    #expect(await open.outcome("http://\(address):\(server.port)/").word == "200")
  }

  /// What a proxy is told is in the clear, so plain http needs leave also where the proxy is on this machine.
  @Test func plainHTTPThroughAProxyNeedsLeave() async throws {
    let proxy = try ScriptedServer.answering { _ in answer(200, "by proxy") }
    defer { proxy.end() }
    let closed = try CallOut { $0.proxy = Secret(proxy.url) }
    #expect(await closed.outcome("http://127.0.0.1/").word == "refusedRequest")
    let open = try CallOut {
      $0.proxy = Secret(proxy.url)
      $0.allowsHTTP = true
    }
    #expect(try await open.get("http://crm.example/x").status == 200)
    #expect(proxy.requests.map(\.line) == ["GET http://crm.example/x HTTP/1.1"])
  }
}
