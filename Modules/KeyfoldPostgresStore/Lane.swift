#if PostgreSQL
import Glibc
import KeyfoldCore

/// A thread's connection, made anew where it was lost.
///
/// Belongs to one thread.
final class Lane {
  let location: Location
  let schema: String
  private let purpose: Connection.Purpose
  private var connection: Connection?

  init(_ location: Location, schema: String, for purpose: Connection.Purpose) {
    self.location = location
    self.schema = schema
    self.purpose = purpose
  }

  /// The connection; makes one where there is none.
  func connected() throws(Failure) -> Connection {
    if let connection, !connection.isLost { return connection }
    connection = nil
    let made = try Connection(location, schema: schema, for: purpose)
    connection = made
    return made
  }

  /// Lets go of the connection.
  func disconnect() { connection = nil }
}

/// How long a server that went away is waited for: a fail-over takes its time.
struct Patience {
  private let end: ContinuousClock.Instant
  private var pauseMs: UInt32 = 10
  /// The longest pause between two attempts to connect.
  private static let pauseMsMax: UInt32 = 500

  init(_ duration: Duration) { end = .now + duration }

  /// Pauses before another attempt.
  ///
  /// - Returns: false where there is no time for another.
  mutating func pause() -> Bool {
    guard .now < end else { return false }
    pauseMs = Jitter.pause(pauseMs, max: Patience.pauseMsMax)
    return true
  }
}

/// Pauses of random length, so that those who were in each other's way are not so again.
enum Jitter {
  /// Sleeps up to so many milliseconds.
  ///
  /// - Returns: How long to sleep the next time.
  static func pause(_ milliseconds: UInt32, max: UInt32) -> UInt32 {
    usleep(UInt32.random(in: milliseconds * 500...milliseconds * 1000))
    return min(milliseconds * 2, max)
  }
}
#endif
