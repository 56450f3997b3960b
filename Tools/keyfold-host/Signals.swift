import Glibc
import Synchronization

/// SIGINT and SIGTERM as something to be waited for.
enum Signals {
  /// Takes the signals over; a broken connection, which would be SIGPIPE, is an error where it is written to.
  static func take() throws {
    signal(SIGPIPE, SIG_IGN)
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else {
      throw Failure(.bug, "signals cannot be waited for: \(String(cString: strerror(errno)))")
    }
    alarm.store(ends[1], ordering: .relaxed)
    ear.store(ends[0], ordering: .relaxed)
    for number in [SIGINT, SIGTERM] { signal(number) { arrive($0) } }
  }

  /// Waits for one of them, on the calling thread.
  static func wait() -> Int32 {
    var byte: UInt8 = 0
    while read(ear.load(ordering: .relaxed), &byte, 1) != 1 {}
    return Int32(byte)
  }
}

private let ear = Atomic<Int32>(-1)
private let alarm = Atomic<Int32>(-1)

/// Runs as the handler: does nothing but what is safe within whatever it interrupted.
private func arrive(_ number: Int32) {
  let before = errno
  var byte = UInt8(truncatingIfNeeded: number)
  write(alarm.load(ordering: .relaxed), &byte, 1)
  errno = before
}
