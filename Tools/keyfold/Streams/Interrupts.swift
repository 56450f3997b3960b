import Glibc
import Synchronization

/// SIGINT and SIGTERM as something to be waited for, so that a stream ends between captures and not within
/// one.
final class Interrupts: Sendable {
  private let readEnd: Int32
  private let writeEnd: Int32
  private let seen = Atomic<Int32>(0)

  /// Takes over the signals. To be called before other threads exist: they inherit what this one blocks.
  init() throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else {
      throw Failure(.bug, "signals cannot be waited for: \(String(cString: strerror(errno)))")
    }
    (readEnd, writeEnd) = (ends[0], ends[1])
    var signals = Interrupts.signals
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    var thread = pthread_t()
    let started = pthread_create(
      &thread, nil,
      { context in
        Unmanaged<Interrupts>.fromOpaque(context!).takeRetainedValue().listen()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    guard started == 0 else { throw Failure(.bug, "no thread could be started to wait for signals") }
    pthread_detach(thread)
  }

  private static var signals: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    return signals
  }

  /// Waits for signals for as long as the process lives; the first one counts.
  private func listen() {
    while true {
      var signals = Interrupts.signals
      var signal: Int32 = 0
      guard sigwait(&signals, &signal) == 0 else { continue }
      let (first, _) = seen.compareExchange(expected: 0, desired: signal, ordering: .relaxed)
      if first { write(writeEnd, "!", 1) }
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
