import Glibc
import KeyfoldCore
import KeyfoldHTTP
import LoopbackServers
import Testing

/// Servers that do not do what servers do.
@Suite struct FaultTests {
  /// What comes of a GET to a server that does this to a connection once the request is there.
  private func outcome(
    _ change: (inout CallPolicy) -> Void = { _ in },
    script: @escaping @Sendable (ScriptedServer.Connection) -> Void
  ) async throws -> Result<HTTPResponse, CallFailure> {
    let server = try ScriptedServer { connection in
      if connection.request() != nil { script(connection) }
    }
    defer { server.end() }
    return await (try CallOut(change)).outcome(server.url)
  }

  @Test(arguments: [
    "", "garbage\r\n\r\n", "\u{16}\u{3}\u{1}", "<html>0.9</html>", "HTTP/1.1 2", "HTTP/1.1 abc X\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\nhello",
    "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 999 Whatever\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 600 Whatever\r\nContent-Length: 0\r\n\r\n", "HTTP/7.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "RTSP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nno field\r\n\r\n",
  ])
  func whatIsNotHTTPIsBroken(text: String) async throws {
    #expect(try await outcome { $0.send(text) }.word == "broken")
  }

  @Test func aResetIsBroken() async throws {
    #expect(try await outcome { $0.reset() }.word == "broken")
    let mid = try await outcome { connection in
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthe beginn")
      connection.reset()
    }
    #expect(mid.word == "broken")
  }

  @Test func aBodyMayBeAsLongAsThePolicySays() async throws {
    for (length, expected) in [(1000, "200"), (1001, "tooLarge")] {
      let body = String(repeating: "a", count: length)
      let known = try await outcome {
        $0.maxResponseBytes = 1000
      } script: {
        $0.send(answer(200, body))
      }
      #expect(known.word == expected)
      let chunked = try await outcome {
        $0.maxResponseBytes = 1000
      } script: { connection in
        connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in 0..<length { connection.send("1\r\na\r\n") }
        connection.send("0\r\nTrailer: x\r\n\r\n")
      }
      #expect(chunked.word == expected)
      let untilTheEnd = try await outcome {
        $0.maxResponseBytes = 1000
      } script: {
        $0.send("HTTP/1.1 200 OK\r\n\r\n" + body)
      }
      #expect(untilTheEnd.word == expected)
    }
  }

  /// The client hangs up, so that the server's loop ends.
  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\n\r\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "10\r\naaaaaaaaaaaaaaaa\r\n"),
    ("HTTP/1.1 200 OK\r\n", "X-Field: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"),
    ("", "HTTP/1.1 100 Continue\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\n"),
    (
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n",
      "Trailer: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
    ),
  ])
  func whatNeverEndsIsTooLarge(beginning: String, repeated: String) async throws {
    let outcome = try await outcome { connection in
      connection.send(beginning)
      while connection.send(repeated) {}
    }
    #expect(outcome.word == "tooLarge")
  }

  /// libcurl keeps a line until it ends, and gives up at 100 KiB.
  @Test func aHeaderLineThatNeverEndsIsNotKept() async throws {
    let outcome = try await outcome { connection in
      connection.send("HTTP/1.1 200 OK\r\nX-Field: ")
      while connection.send(
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
      {}
    }
    #expect(["tooLarge", "broken"].contains(outcome.word))
  }

  @Test(arguments: [
    "", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
    "HTTP/1.1 100 Continue\r\n\r\n",
  ])
  func silenceIsATimeOut(beginning: String) async throws {
    let word = try await whenConnected {
      try await outcome {
        $0.timeout = .milliseconds(200)
      } script: { connection in
        connection.send(beginning)
        connection.waitForEnd()
      }.word
    }
    #expect(word == "timedOut")
  }

  /// One byte now and then keeps no call alive.
  @Test func anAnswerThatDripsIsATimeOut() async throws {
    let word = try await whenConnected {
      try await outcome {
        $0.timeout = .milliseconds(300)
      } script: { connection in
        connection.send("HTTP/1.1 200 OK\r\n\r\n")
        while connection.send("a") { usleep(20_000) }
      }.word
    }
    #expect(word == "timedOut")
  }

  @Test func provisionalAnswersAndTrailersAreNoneOfTheHead() async throws {
    let outcome = try await outcome { connection in
      connection.send("HTTP/1.1 103 Early Hints\r\nEarly: 1\r\n\r\n")
      connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nReal: 1\r\n\r\n")
      connection.send("5\r\nhello\r\n0\r\nTrailer: 1\r\n\r\n")
    }
    let response = try outcome.get()
    #expect(response.headers.map(\.name) == ["transfer-encoding", "real"])
    #expect(String(decoding: response.body, as: UTF8.self) == "hello")
  }

  @Test func nobodyListeningIsUnreachable() async throws {
    let server = try ScriptedServer { _ in }
    server.end()
    let callOut = try CallOut()
    // The port is closed as soon as the server's thread has seen that it ended.
    var outcome = await callOut.outcome(server.url)
    while outcome.word == "broken" { outcome = await callOut.outcome(server.url) }
    #expect(outcome.word == "unreachable")
  }

  @Test func aNameNobodyHasIsUnknown() async throws {
    #expect(await (try CallOut()).outcome("https://nobody.invalid/").word == "unknownHost")
  }

  @Test func aServerWithoutTLSIsNotTrusted() async throws {
    let server = try ScriptedServer { connection in
      connection.send("HTTP/1.1 400 Bad Request\r\n\r\n")
      connection.waitForEnd()
    }
    defer { server.end() }
    #expect(await (try CallOut()).outcome("https://127.0.0.1:\(server.port)/").word == "untrusted")
  }

  /// The calls that wait for the first one's connection have a time limit too.
  @Test func aHandshakeThatNeverEndsIsUnreachableForAllWhoWaitForIt() async throws {
    let server = try ScriptedServer { $0.waitForEnd() }
    defer { server.end() }
    let callOut = try CallOut {
      $0.connectTimeout = .milliseconds(200)
      $0.timeout = .milliseconds(600)
    }
    let words = await withTaskGroup(of: String.self) { group in
      for _ in 0..<20 { group.addTask { await callOut.outcome("https://127.0.0.1:\(server.port)/").word } }
      return await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(words == ["unreachable"])
  }
}
