import Glibc
public import KeyfoldCore

/// Says what time it is. Injected, so that tests and replays are reproducible.
public protocol WallClock: Sendable {
  /// The present instant.
  func now() -> Timestamp
}

/// The system's clock, in whole milliseconds.
public struct SystemClock: WallClock {
  /// Makes a clock.
  public init() {}

  /// The system's real time.
  public func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000_000 * 1000)
  }
}
