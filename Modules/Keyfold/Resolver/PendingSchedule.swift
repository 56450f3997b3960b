import KeyfoldCore

/// When keys that wait for a verdict are asked about again: after a second, then each time twice as long, up to
/// five minutes.
///
/// Kept in memory: after a restart, what waits in the store is asked about at once.
struct PendingSchedule: Sendable {
  private struct Turn {
    var attempts = 0
    var next: Timestamp
  }

  private var turns: [PendingKey.ID: Turn] = [:]

  private static let firstSeconds: Int64 = 1
  private static let longestSeconds: Int64 = 300
  /// Doubled more often than this, it is longer than the longest anyway.
  private static let doublingsMax = 16

  /// Those of the waiting keys whose turn it is, in their order; keys that wait no longer are forgotten.
  mutating func due(_ waiting: [PendingKey], now: Timestamp) -> [PendingKey] {
    var known: [PendingKey.ID: Turn] = [:]
    for entry in waiting {
      known[entry.id] =
        turns[entry.id] ?? Turn(next: entry.queuedAt.advanced(bySeconds: Self.firstSeconds))
    }
    turns = known
    return waiting.filter { turns[$0.id]?.next ?? now <= now }
  }

  /// Notes that a key was asked about and waits on.
  ///
  /// - Parameter jitter: 0 to 1; spreads the turns, so that a server that comes back is not overrun.
  mutating func putOff(_ id: PendingKey.ID, now: Timestamp, jitter: Double) {
    guard var turn = turns[id] else { return }
    turn.attempts += 1
    let seconds = min(Self.longestSeconds, Self.firstSeconds << min(turn.attempts, Self.doublingsMax))
    let microseconds = Double(seconds) * 1_000_000 * (0.5 + min(max(jitter, 0), 1) / 2)
    turn.next = Timestamp(microseconds: now.microseconds + Int64(microseconds))
    turns[id] = turn
  }

  /// When the next turn is; nil where nothing waits.
  var next: Timestamp? { turns.values.map(\.next).min() }
}
