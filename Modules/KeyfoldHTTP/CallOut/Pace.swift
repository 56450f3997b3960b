import Glibc

/// Time and chance, as calls need them. Tests bring their own.
package struct Pace: Sendable {
  /// A clock that never steps.
  package var now: @Sendable () -> ContinuousClock.Instant
  /// Sleeps until an instant of that clock; returns early when the task is cancelled.
  package var sleep: @Sendable (_ until: ContinuousClock.Instant) async -> Void
  /// Seconds since 1970.
  package var wallSeconds: @Sendable () -> Int
  /// A random number from 0 to 1.
  package var chance: @Sendable () -> Double

  /// The system's.
  package static let system = Pace(
    now: { .now },
    sleep: { instant in
      do { try await Task.sleep(until: instant, clock: .continuous) } catch {
        // Cancelled: whoever sleeps looks for that.
        return
      }
    },
    wallSeconds: { Glibc.time(nil) },
    chance: { .random(in: 0...1) })
}
