import Glibc
import KeyfoldCore
import Synchronization

/// A connection to a mail server that nobody else uses, from its greeting to the reply to the last command.
///
/// libcurl says QUIT when a connection ends, and waits for the reply to it, whatever the time. So the reading
/// half of the socket is closed when all that counts has been read, and the whole socket when nobody waits
/// any more.
///
/// `@unchecked Sendable`: libcurl's handles and what its callbacks write are touched by the thread that runs
/// it alone; what others touch is behind the lock or atomic, and `CurlMulti.wake` is for any thread.
final class SMTPConversation: CurlListener, @unchecked Sendable {
  private struct Line {
    /// Numbers of our own for libcurl's sockets: they mean the same ones until we give them up.
    var sockets: [Int32] = []
    var isInterrupted = false

    func shutDown(_ how: Int) { for socket in sockets { shutdown(socket, Int32(how)) } }
  }

  private let easy: CurlEasy
  private let multi: CurlMulti
  private let rules: CallRules
  private let line = Mutex(Line())
  private let isReady = Atomic(false)
  /// Whether the command on its way is the last one.
  private var isLast = false
  private var failure: CallFailure?

  /// Replies are short; a server that says more than that talks nonsense.
  private static let bytesMax = 64 << 10
  private var bytes = 0

  /// Nil where there is no memory.
  init?(with server: SMTPServer, under rules: CallRules) {
    guard let easy = CurlEasy(), let multi = CurlMulti(poller: nil, idleConnectionsMax: 1) else { return nil }
    self.easy = easy
    self.multi = multi
    self.rules = rules
    easy.reset(to: "smtp,smtps", under: rules)
    easy.set(.connectTimeout, Int(max(1, rules.connectTimeout / 1_000_000)))
    easy.set(.url, server.url)
    if server.requiresTLS { easy.set(.upgrade, CurlEasy.upgradeRequired) }
    guard easy.isSound else { return nil }
  }

  deinit {
    line.withLock { for socket in $0.sockets { close(socket) } }
  }

  /// Whether the server has greeted us and takes commands.
  var hasBegun: Bool { isReady.load(ordering: .acquiring) }

  /// Ends it wherever it is; from any thread.
  func interrupt() {
    line.withLock { line in
      line.isInterrupted = true
      line.shutDown(SHUT_RDWR)
    }
    multi.wake()
  }

  /// Says all commands, and returns the code of the reply to the last one.
  func run(_ commands: [Secret]) -> Result<Int, CallFailure> {
    easy.listener = self
    // The handles hold no one who holds them.
    defer { easy.listener = nil }
    for (index, command) in commands.enumerated() {
      isLast = index == commands.count - 1
      easy.set(.endsConnection, isLast)
      // libcurl decodes it.
      easy.set(.command, Secret(bytes: percentEncoded(command.withExposedBytes { Array($0) })))
      guard easy.isSound, multi.add(easy) else { return .failure(.overloaded) }
      defer { multi.remove(easy) }
      let (code, ending) = wait()
      if let failure = failure ?? self.failure(code, ending) { return .failure(failure) }
      if isLast { return .success(code) }
      if !(200...299).contains(code) { return .failure(.unwelcome) }
    }
    return .failure(.refusedRequest)
  }

  private func wait() -> (code: Int, ending: CurlEnding) {
    while true {
      if line.withLock({ $0.isInterrupted }) { return (0, .failed(.cancelled)) }
      multi.actAndWait(milliseconds: 60_000)
      if let (_, code, ending) = multi.nextFinished() { return (code, ending) }
    }
  }

  private func failure(_ code: Int, _ ending: CurlEnding) -> CallFailure? {
    switch ending {
    case .well: (200...299).contains(code) ? nil : .broken
    // What cannot be understood is refused too; the code is that of the reply before then.
    case .refused: hasBegun ? ((300...599).contains(code) ? nil : .broken) : .unwelcome
    case .late: hasBegun ? .timedOut : .unreachable
    case .failed(let failure): failure
    }
  }

  func takeHead(_ line: UnsafeRawBufferPointer) -> Bool {
    bytes += line.count
    guard bytes <= SMTPConversation.bytesMax else {
      failure = .tooLarge
      return false
    }
    // The last line of a reply has no hyphen behind its code; one that says no is the last of all.
    let isRefusal = line.first.map { $0 >= UInt8(ascii: "4") } ?? false
    if hasBegun, line.count > 3, line[3] != UInt8(ascii: "-"), isLast || isRefusal {
      self.line.withLock { $0.shutDown(SHUT_RD) }
    }
    return true
  }

  func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool { true }

  func permits(_ address: IPAddress?) -> Bool {
    // A second connection would know nothing of what was said on the first.
    failure = hasBegun ? .broken : rules.objection(to: address, isPlain: false)
    return failure == nil
  }

  func permitsConnection(to address: IPAddress?) -> Bool {
    failure = rules.objection(to: address, isPlain: false)
    isReady.store(failure == nil, ordering: .releasing)
    return failure == nil
  }

  func hasOpened(_ socket: Int32) {
    line.withLock { line in
      let own = fcntl(socket, F_DUPFD_CLOEXEC, 0)
      if own >= 0 { line.sockets.append(own) }
      if line.isInterrupted { line.shutDown(SHUT_RDWR) }
    }
  }
}
