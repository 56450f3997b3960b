import Foundation
import KeyfoldCore
import KeyfoldHTTP
import Testing

/// The server that `Tools/with-servers nginx` starts.
enum Nginx {
  /// What is behind `KEYFOLD_TEST_NGINX_`.
  static func variable(_ name: String) -> String? {
    ProcessInfo.processInfo.environment["KEYFOLD_TEST_NGINX_\(name)"]
  }

  static let isThere = variable("HTTP") != nil
  static let whyNot: Comment = "KEYFOLD_TEST_NGINX_HTTP is not set: see Tools/with-servers"
}

@Suite(.enabled(if: Nginx.isThere, Nginx.whyNot))
struct NginxTests {
  private func url(_ server: String, _ path: String) throws -> String {
    try #require(Nginx.variable(server)) + path
  }

  private func trusting(
    _ client: HTTPClient = HTTPClient(), _ change: (inout CallPolicy) -> Void = { _ in }
  ) throws -> CallOut {
    try CallOut(client: client) {
      $0.certificateAuthorities = Nginx.variable("CA")
      change(&$0)
    }
  }

  private func body(_ response: HTTPResponse) -> String { String(decoding: response.body, as: UTF8.self) }

  @Test(arguments: [("HTTP", "HTTP/1.1"), ("HTTPS1", "HTTP/1.1"), ("HTTPS", "HTTP/2.0")])
  func theProtocolIsTheBestThatBothSpeak(server: String, expected: String) async throws {
    let callOut = try trusting()
    for _ in 0..<2 {
      #expect(body(try await callOut.get(try url(server, "/seen?a=1"))) == "\(expected) GET /seen?a=1 \n")
    }
  }

  @Test(arguments: ["HTTP", "HTTPS1", "HTTPS"])
  func bodiesArriveBothWays(server: String) async throws {
    let callOut = try trusting()
    let url = Secret(try url(server, "/echo"))
    for length in [0, 1, 2000] {
      let text = String(repeating: "k", count: length)
      let response = try await callOut.send(HTTPRequest("POST", url, body: Secret(text)))
      #expect(body(response) == text)
      #expect(response.header("server")?.hasPrefix("nginx") == true)
    }
  }

  @Test(arguments: ["HTTP", "HTTPS1", "HTTPS"])
  func manyAtTheSameTime(server: String) async throws {
    let callOut = try trusting()
    let url = try url(server, "/seen?")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<64 {
        group.addTask {
          for turn in 0..<20 {
            let answer = String(
              decoding: try await callOut.get("\(url)\(worker)-\(turn)").body, as: UTF8.self)
            #expect(answer.hasSuffix(" GET /seen?\(worker)-\(turn) \n"))
          }
        }
      }
      try await group.waitForAll()
    }
  }

  /// Connections end after 20 requests; nobody notices, however often that happens.
  @Test(arguments: [("HTTPS1", 1), ("HTTPS1", 64), ("MUTUAL", 1), ("MUTUAL", 8)])
  func connectionsThatTheServerEndsAreReplaced(server: String, inFlight: Int) async throws {
    let callOut = try trusting {
      $0.clientCertificate = Nginx.variable("CLIENT_CERT")
      $0.clientKey = Nginx.variable("CLIENT_KEY")
    }
    let url = try url(server, "/body")
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<inFlight {
        group.addTask {
          for _ in 0..<(640 / inFlight) { #expect(await callOut.outcome(url).word == "200") }
        }
      }
    }
  }

  @Test(arguments: ["EXPIRED", "WRONG_NAME", "UNKNOWN", "OLD"])
  func serversThatAreNotWhoTheyShouldBe(server: String) async throws {
    let url = try url(server, "/body")
    #expect(await (try trusting()).outcome(url).word == "untrusted")
    #expect(await (try CallOut()).outcome(url).word == "untrusted")
  }

  @Test func ourOwnAuthorityTakesThePlaceOfTheSystems() async throws {
    #expect(await (try CallOut()).outcome(try url("HTTPS", "/body")).word == "untrusted")
    #expect(await (try trusting()).outcome(try url("HTTPS", "/body")).word == "200")
    let other = try CallOut { $0.certificateAuthorities = "/etc/ssl/certs/ca-certificates.crt" }
    #expect(await other.outcome(try url("HTTPS", "/body")).word == "untrusted")
  }

  /// A name is as good as an address where the certificate has it.
  @Test func theNameInTheAddressIsTheOneThatCounts() async throws {
    let callOut = try trusting()
    let localhost = try url("HTTPS", "/body").replacing("127.0.0.1", with: "localhost")
    #expect(await callOut.outcome(localhost).word == "200")
  }

  @Test func aServerThatAsksForACertificateGetsOurs() async throws {
    let client = HTTPClient()
    let known = try trusting(client) {
      $0.clientCertificate = Nginx.variable("CLIENT_CERT")
      $0.clientKey = Nginx.variable("CLIENT_KEY")
    }
    let unknown = try trusting(client)
    let url = try url("MUTUAL", "/seen")
    for _ in 0..<2 {
      // The one does not go over the connection of the other.
      #expect(body(try await known.get(url)) == "HTTP/2.0 GET /seen CN=keyfold-client\n")
      #expect(await unknown.outcome(url).word == "400")
    }
  }

  @Test func aCertificateThatIsNoneIsRefusedBeforeAnythingIsSent() async throws {
    let callOut = try trusting {
      $0.clientCertificate = Nginx.variable("CLIENT_KEY")
      $0.clientKey = Nginx.variable("CLIENT_KEY")
    }
    #expect(await callOut.outcome(try url("MUTUAL", "/seen")).word == "untrusted")
  }

  @Test func redirectsAreAnswers() async throws {
    let response = try await trusting().get(try url("HTTPS", "/elsewhere"))
    #expect(response.status == 302)
    #expect(response.header("location") == "http://169.254.169.254/latest/meta-data/")
  }

  @Test(arguments: ["HTTP", "HTTPS"])
  func aBusyServerIsLeftAlone(server: String) async throws {
    let time = ManualPace()
    let callOut = try CallOut(pace: time.pace) {
      $0.certificateAuthorities = Nginx.variable("CA")
      $0.retries = 2
    }
    #expect(try await callOut.get(try url(server, "/busy")).status == 429)
    #expect(time.sleeps == [.seconds(1), .seconds(1)])
  }

  @Test(arguments: ["HTTP", "HTTPS1", "HTTPS"])
  func bodiesThatNeverEndOrNeverComeHaveALimit(server: String) async throws {
    let callOut = try trusting()
    #expect(await callOut.outcome(try url(server, "/endless")).word == "tooLarge")
    let hasty = try trusting { $0.timeout = .milliseconds(300) }
    let drip = try url(server, "/drip")
    #expect(await whenConnected { await hasty.outcome(drip).word } == "timedOut")
    // Neither spoils a connection for others.
    #expect(await callOut.outcome(try url(server, "/body")).word == "200")
  }

  @Test(arguments: ["HTTP", "HTTPS1", "HTTPS"])
  func cancelledCallsLeaveTheOthersAlone(server: String) async throws {
    let callOut = try trusting()
    let slow = try url(server, "/drip")
    let quick = try url(server, "/body")
    let calls = (0..<20).map { _ in Task { await callOut.outcome(slow).word } }
    for _ in 0..<20 { #expect(await callOut.outcome(quick).word == "200") }
    for call in calls { call.cancel() }
    for call in calls { #expect(await call.value == "cancelled") }
    #expect(await callOut.outcome(quick).word == "200")
  }

  @Test func aConnectionOpenedUnderOtherRulesIsNotUsed() async throws {
    let client = HTTPClient()
    let free = try trusting(client)
    let bound = try trusting(client) { $0.allowedNetworks = ["10.0.0.0/8"] }
    let url = try url("HTTPS", "/body")
    #expect(await free.outcome(url).word == "200")
    #expect(await bound.outcome(url).word == "refusedAddress")
    #expect(await free.outcome(url).word == "200")
  }
}
