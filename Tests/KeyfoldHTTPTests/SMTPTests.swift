import Glibc
import KeyfoldCore
import KeyfoldHTTP
import LoopbackServers
import Testing

/// Questions to mail servers.
@Suite struct SMTPTests {
  /// A mail server that says what it is told to, and remembers what was said to it.
  final class Postman: Sendable {
    let heard = Shared<[String]>([])
    /// Connections that are still there.
    let present = Shared(0)
    let server: ScriptedServer
    var url: String { "smtp://127.0.0.1:\(server.port)" }

    /// - Parameter reply: to a line; nil to hang up.
    init(greeting: String? = "220 mail.example ready\r\n", _ reply: @escaping @Sendable (String) -> String?)
      throws
    {
      server = try ScriptedServer { [heard, present] connection in
        present.change { $0 += 1 }
        if let greeting { connection.send(greeting) }
        while let line = connection.line() {
          heard.change { $0.append(line) }
          guard let reply = reply(line) else { break }
          connection.send(reply)
        }
        present.change { $0 -= 1 }
      }
    }

    /// One that is polite, and says this to the command that counts.
    static func saying(_ reply: String, to command: String = "RCPT") throws -> Postman {
      try Postman { line in
        if line.hasPrefix(command) { return reply + "\r\n" }
        if line.hasPrefix("EHLO") { return "250-mail.example\r\n250-SIZE 1000\r\n250 8BITMIME\r\n" }
        return line == "QUIT" ? "221 bye\r\n" : "250 ok\r\n"
      }
    }

    func probe(
      requiresTLS: Bool = false, pace: Pace = .system, _ change: (inout CallPolicy) -> Void = { _ in }
    ) throws -> SMTPProbe {
      let server = try SMTPServer(url, helo: "keyfold.example", requiresTLS: requiresTLS)
      return try SMTPProbe(server, policy: patientPolicy(change), pace: pace)
    }

    /// Whether everybody has gone.
    func isEmpty() async throws { try await eventually { present.value == 0 } }
  }

  private static let question = SMTPQuestion.recipient(from: "probe@keyfold.example", to: "emma@er.example")

  private func word(_ probe: SMTPProbe, _ question: SMTPQuestion = question) async -> String {
    do throws(CallFailure) { return String(try await probe.ask(question)) } catch { return error.rawValue }
  }

  @Test(arguments: [250, 251, 252, 421, 450, 452, 500, 550, 551, 552, 553, 554])
  func theReplyToTheLastCommandCounts(code: Int) async throws {
    for reply in ["\(code) text", "\(code)-more\r\n\(code) text", "\(code)"] {
      let postman = try Postman.saying(reply)
      defer { postman.server.end() }
      #expect(await word(try postman.probe()) == String(code))
      try await postman.isEmpty()
      #expect(
        postman.heard.value.prefix(3) == [
          "EHLO keyfold.example", "MAIL FROM:<probe@keyfold.example>", "RCPT TO:<emma@er.example>",
        ])
      #expect(postman.heard.value.dropFirst(3).allSatisfy { $0 == "QUIT" })
    }
  }

  @Test func aMailboxIsVerified() async throws {
    let postman = try Postman.saying("252 cannot say", to: "VRFY")
    defer { postman.server.end() }
    #expect(await word(try postman.probe(), .verify("emma@er.example")) == "252")
    try await postman.isEmpty()
    #expect(postman.heard.value.prefix(2) == ["EHLO keyfold.example", "VRFY emma@er.example"])
  }

  @Test(arguments: [
    ("", "emma@er.example"), ("a%41b@x.example", "50%25@er.example"), ("a@x", #""a b<c>\"d"@er.example"#),
    ("a+b@x", "o'neil&co@er.example"),
  ])
  func addressesGoAsTheyAre(sender: String, recipient: String) async throws {
    let postman = try Postman.saying("250 ok")
    defer { postman.server.end() }
    #expect(await word(try postman.probe(), .recipient(from: sender, to: recipient)) == "250")
    #expect(postman.heard.value[1...2] == ["MAIL FROM:<\(sender)>", "RCPT TO:<\(recipient)>"])
  }

  @Test(arguments: [
    "", "a\r\nDATA@x", "a\n@x", "a\0@x", "a b@x", "a<b@x", "a>@x", "emma@er.example> SIZE=1", "a\t@x", "é@x",
    "a\\@x",
    "\"a@x", #""a\"@x"#, "\"a\r\nb\"@x", String(repeating: "a", count: 255), "\u{7F}@x",
  ])
  func addressesThatCannotBeAskedAboutAreNot(address: String) async throws {
    let postman = try Postman.saying("250 ok")
    defer { postman.server.end() }
    let probe = try postman.probe()
    #expect(await word(probe, .recipient(from: "a@x", to: address)) == "refusedRequest")
    #expect(await word(probe, .verify(address)) == "refusedRequest")
    if !address.isEmpty {
      #expect(await word(probe, .recipient(from: address, to: "a@x")) == "refusedRequest")
    }
    #expect(postman.server.connectionCount == 0)
  }

  /// What is said to us is not said of the recipient.
  @Test(arguments: ["MAIL FROM:<refused>", "EHLO"])
  func aServerThatDoesNotTalkWithUsSaysNothingOfTheRecipient(command: String) async throws {
    let postman = try Postman { line in
      if line.hasPrefix(command.prefix(4)) || line.hasPrefix("HELO") { return "550 5.7.1 not from you\r\n" }
      return line == "QUIT" ? "221 bye\r\n" : "250 ok\r\n"
    }
    defer { postman.server.end() }
    #expect(await word(try postman.probe()) == "unwelcome")
    #expect(!postman.heard.value.contains { $0.hasPrefix("RCPT") })
  }

  @Test(arguments: ["554 no\r\n", "421 later\r\n"])
  func aGreetingThatSaysNoSaysNothingOfTheRecipient(greeting: String) async throws {
    let postman = try Postman(greeting: greeting) { $0 == "QUIT" ? nil : "250 ok\r\n" }
    defer { postman.server.end() }
    #expect(await word(try postman.probe()) == "unwelcome")
    #expect(postman.heard.value.allSatisfy { $0 == "QUIT" })
  }

  @Test(arguments: ["999 what\r\n", "garbage\r\n", "25\r\n", "\r\n", "100 hm\r\n", "354 go on\r\n"])
  func aReplyThatIsNoneIsNoReply(reply: String) async throws {
    let postman = try Postman { line in
      guard line.hasPrefix("RCPT") else { return "250 ok\r\n" }
      return reply
    }
    defer { postman.server.end() }
    let probe = try postman.probe { $0.timeout = .milliseconds(500) }
    let word = await whenConnected { await self.word(probe) }
    // What has no code at all may yet be followed by one.
    #expect(["broken", "timedOut", "354"].contains(word), "\(word)")
    #expect((word == "354") == reply.hasPrefix("354"))
  }

  @Test(arguments: ["EHLO", "MAIL", "RCPT"])
  func aConnectionThatBreaksIsBroken(command: String) async throws {
    let postman = try Postman { $0.hasPrefix(command) ? nil : "250 ok\r\n" }
    defer { postman.server.end() }
    #expect(await word(try postman.probe()) == "broken")
    try await postman.isEmpty()
  }

  /// A connection that is made anew would know nothing of the sender.
  @Test func aConnectionThatEndsBetweenCommandsIsNotReplaced() async throws {
    let server = try ScriptedServer { connection in
      connection.send("220 ready\r\n")
      while let line = connection.line() {
        connection.send("250 ok\r\n")
        if line.hasPrefix("MAIL") { return }
      }
    }
    defer { server.end() }
    let mail = try SMTPServer("smtp://127.0.0.1:\(server.port)", helo: "keyfold.example")
    let word = await word(try SMTPProbe(mail, policy: patientPolicy()))
    #expect(word == "broken")
    #expect(server.connectionCount == 1)
  }

  @Test(arguments: [
    ("greeting", "unreachable"), ("EHLO", "unreachable"), ("MAIL", "timedOut"), ("RCPT", "timedOut"),
  ])
  func silenceHasATimeLimit(moment: String, expected: String) async throws {
    let postman = try Postman(greeting: moment == "greeting" ? nil : "220 ready\r\n") {
      $0.hasPrefix(moment) ? "" : "250 ok\r\n"
    }
    defer { postman.server.end() }
    let probe = try postman.probe { $0.timeout = .milliseconds(300) }
    let word =
      expected == "unreachable" ? await self.word(probe) : await whenConnected { await self.word(probe) }
    #expect(word == expected)
    try await postman.isEmpty()
  }

  /// libcurl says QUIT at the end and would wait for the reply; nobody else does.
  @Test(arguments: ["250 ok", "550 no", "450-later\r\n450 really"])
  func nobodyWaitsForAGoodbye(reply: String) async throws {
    let postman = try Postman { line in
      if line.hasPrefix("RCPT") { return reply + "\r\n" }
      return line == "QUIT" ? "" : "250 ok\r\n"
    }
    defer { postman.server.end() }
    #expect(await word(try postman.probe()) == String(reply.prefix(3)))
    try await postman.isEmpty()
    #expect(postman.heard.value.last == "QUIT")
  }

  @Test(arguments: ["greeting", "EHLO", "MAIL", "RCPT"])
  func aCancelledQuestionEndsAndHangsUp(moment: String) async throws {
    let isThere = Shared(moment == "greeting")
    let postman = try Postman(greeting: moment == "greeting" ? nil : "220 ready\r\n") { line in
      if line.hasPrefix(moment) { isThere.value = true }
      return line.hasPrefix(moment) ? "" : "250 ok\r\n"
    }
    defer { postman.server.end() }
    let probe = try postman.probe()
    let question = Task { await word(probe) }
    try await eventually { isThere.value && postman.present.value == 1 }
    question.cancel()
    #expect(await question.value == "cancelled")
    try await postman.isEmpty()
  }

  @Test func endlessTalkIsTooLarge() async throws {
    let server = try ScriptedServer { connection in
      while connection.send("220-and another line that says nothing at all\r\n") {}
    }
    defer { server.end() }
    let mail = try SMTPServer("smtp://127.0.0.1:\(server.port)", helo: "keyfold.example")
    #expect(await word(try SMTPProbe(mail, policy: patientPolicy())) == "tooLarge")
  }

  @Test func encryptionThatIsRequiredIsNotDoneWithout() async throws {
    let postman = try Postman.saying("250 ok")
    defer { postman.server.end() }
    #expect(await word(try postman.probe(requiresTLS: true)) == "untrusted")
    #expect(!postman.heard.value.contains { $0.hasPrefix("MAIL") || $0.hasPrefix("RCPT") })
    let mail = try SMTPServer("smtps://127.0.0.1:\(postman.server.port)", helo: "keyfold.example")
    #expect(await word(try SMTPProbe(mail, policy: patientPolicy())) == "untrusted")
  }

  @Test func onlyAllowedNetworksAreConnectedTo() async throws {
    let postman = try Postman.saying("250 ok")
    defer { postman.server.end() }
    #expect(await word(try postman.probe { $0.allowedNetworks = ["10.0.0.0/8"] }) == "refusedAddress")
    #expect(postman.server.connectionCount == 0)
    let metadata = try SMTPServer("smtp://169.254.169.254", helo: "keyfold.example")
    #expect(await word(try SMTPProbe(metadata, policy: patientPolicy())) == "refusedAddress")
  }

  /// Each on a connection of its own.
  @Test func questionsDoNotMix() async throws {
    let sessions = Shared<[Int: [String]]>([:])
    let server = try ScriptedServer { connection in
      var lines: [String] = []
      connection.send("220 ready\r\n")
      while let line = connection.line() {
        lines.append(line)
        let number = line.filter(\.isNumber)
        connection.send(line.hasPrefix("RCPT") ? "\(250 + (Int(number) ?? 0) % 2) ok\r\n" : "250 ok\r\n")
      }
      let said = lines
      sessions.change { $0[$0.count] = said }
    }
    defer { server.end() }
    let mail = try SMTPServer("smtp://127.0.0.1:\(server.port)", helo: "keyfold.example")
    let probe = try SMTPProbe(mail, policy: patientPolicy { $0.maxInFlight = 8 })
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<100 {
        group.addTask {
          let word = await word(probe, .recipient(from: "s\(number)@x", to: "r\(number)@x"))
          #expect(word == String(250 + number % 2))
        }
      }
    }
    try await eventually { sessions.value.count == 100 }
    for lines in sessions.value.values {
      let numbers = Set(
        lines.filter { $0.hasPrefix("MAIL") || $0.hasPrefix("RCPT") }.map { $0.filter(\.isNumber) })
      #expect(numbers.count == 1)
    }
  }

  @Test func noMoreAreAskedAtATimeThanThePolicySays() async throws {
    let inside = Shared((now: 0, most: 0))
    let mayLeave = Shared(0)
    let postman = try Postman { line in
      guard line.hasPrefix("RCPT") else { return "250 ok\r\n" }
      inside.change { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
      var hasLeft = false
      while !hasLeft {
        usleep(500)
        mayLeave.change { count in
          guard count > 0 else { return }
          count -= 1
          hasLeft = true
        }
      }
      inside.change { $0.now -= 1 }
      return "250 ok\r\n"
    }
    defer { postman.server.end() }
    let probe = try postman.probe { $0.maxInFlight = 2 }
    try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<6 { group.addTask { await word(probe) } }
      for left in [6, 5, 4, 3, 2, 1] {
        try await eventually { inside.value.now == min(left, 2) }
        mayLeave.change { $0 += 1 }
        try await eventually { mayLeave.value == 0 }
      }
      for try await word in group { #expect(word == "250") }
    }
    #expect(inside.value.most == 2)
  }

  @Test func failuresAreRepeatedAndOpenTheBreaker() async throws {
    let count = Shared(0)
    let postman = try Postman { line in
      if line.hasPrefix("EHLO") { count.change { $0 += 1 } }
      return count.value <= 2 ? nil : "250 ok\r\n"
    }
    defer { postman.server.end() }
    let time = ManualPace(sleepsAreShort: true)
    // Sleeps end at once, so the time limit of a question would too.
    var pace = time.pace
    let real = Pace.system
    pace.sleep = { instant in
      if instant - time.pace.now() < .seconds(1) {
        await time.pace.sleep(instant)
      } else {
        await real.sleep(instant)
      }
    }
    #expect(await word(try postman.probe(pace: pace) { $0.retries = 2 }) == "250")
    count.value = -10
    let probe = try postman.probe(pace: pace) {
      $0.breaker = .init()
      $0.breaker?.failures = 2
    }
    for expected in ["broken", "broken", "breakerOpen"] { #expect(await word(probe) == expected) }
  }

  @Test(arguments: [
    "", "mail.example", "http://mail.example", "smtp://", "smtp://u:p@mail.example",
    "smtp://mail.example/path",
    "smtp://mail.example?x", "smtp://mail.example#x", "smtp://mail example", "smtp://mail.example\r\n",
    "smtp://mail.example:0x19", "imap://mail.example",
  ])
  func serversThatAreNoneAreRefusedAtStart(url: String) {
    let error = #expect(throws: SettingError.self) { try SMTPServer(url, helo: "keyfold.example") }
    #expect(error?.setting == "server")
  }

  @Test(arguments: [
    "", "a b", "a\r\nDATA", "é.example", "a/b", "a%41", "a<b>", String(repeating: "a", count: 256),
  ])
  func namesThatAreNoneAreRefusedAtStart(helo: String) {
    let error = #expect(throws: SettingError.self) { try SMTPServer("smtp://mail.example", helo: helo) }
    #expect(error?.setting == "helo")
  }
}
