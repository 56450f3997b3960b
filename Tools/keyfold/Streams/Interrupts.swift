import Glibc
import Synchronization

/// SIGINT and SIGTERM as something to be waited for, so that a stream ends between captures and not within
/// one.
///
/// Handlers, and not a thread that waits for blocked signals: the threads of the Swift runtime exist before
/// any of our code runs and block nothing, so one of them would end the process.
struct Interrupts: Sendable {
  private let readEnd: Int32

  /// Takes over the signals, for as long as the process lives.
  init() throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else {
      throw Failure(.bug, "signals cannot be waited for: \(String(cString: strerror(errno)))")
    }
    readEnd = ends[0]
    // Both are made here, and not by whoever comes first: that could be the handler.
    seen.store(0, ordering: .relaxed)
    alarm.store(ends[1], ordering: .relaxed)
    for signal in [SIGINT, SIGTERM] { try Interrupts.take(signal) }
  }

  /// Also where whoever started us ignores the signal, as shells do for commands in the background: to end between
  /// captures is what `kill -INT` asks for, and nothing is lost by it.
  private static func take(_ signal: Int32) throws {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { arrive($0) }
    action.sa_flags = SA_RESTART
    guard sigaction(signal, &action, nil) == 0 else {
      throw Failure(.bug, "signal \(signal) cannot be waited for")
    }
  }

  /// Whether one of the signals came.
  var arrived: Bool { seen.load(ordering: .relaxed) != 0 }

  /// The exit code that tells of the signal that came.
  var exitCode: ExitCode? {
    switch seen.load(ordering: .relaxed) {
    case SIGINT: .interrupted
    case SIGTERM: .terminated
    default: nil
    }
  }

  /// Waits until a file can be read or a signal comes.
  ///
  /// - Parameter block: false to look only.
  /// - Returns: Whether the file can be read.
  func waitForInput(_ input: Int32, block: Bool) throws -> Bool {
    guard !arrived else { return false }
    var files = [
      pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0),
      pollfd(fd: input, events: Int16(POLLIN), revents: 0),
    ]
    while poll(&files, 2, block ? -1 : 0) < 0 {
      if errno != EINTR {
        throw Failure(.inputOutput, "waiting for input failed: \(String(cString: strerror(errno)))")
      }
    }
    if files[0].revents != 0 { return false }
    return files[1].revents != 0
  }
}

/// The signal that came first.
private let seen = Atomic<Int32>(0)
/// The end of a pipe to write to when it comes, so that whoever waits for input wakes up.
private let alarm = Atomic<Int32>(-1)

/// Runs as the handler: may do nothing but what is safe within whatever it interrupted.
private func arrive(_ signal: Int32) {
  guard seen.compareExchange(expected: 0, desired: signal, ordering: .relaxed).exchanged else { return }
  let before = errno
  var byte: UInt8 = 1
  write(alarm.load(ordering: .relaxed), &byte, 1)
  errno = before
}
