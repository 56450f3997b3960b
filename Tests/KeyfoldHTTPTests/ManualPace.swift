import KeyfoldHTTP
import Synchronization

/// Time that stands still but for what is slept, and a chance that is always the same.
final class ManualPace: Sendable {
  private struct State {
    var elapsed = Duration.zero
    var sleeps: [Duration] = []
  }

  private let begin = ContinuousClock.now
  private let state = Mutex(State())
  private let chance: Double
  private let wallSeconds: Int
  /// Whether a sleep takes no time to those who wait for it; otherwise it ends with its task only.
  private let sleepsAreShort: Bool

  init(chance: Double = 1, wallSeconds: Int = 0, sleepsAreShort: Bool = true) {
    self.chance = chance
    self.wallSeconds = wallSeconds
    self.sleepsAreShort = sleepsAreShort
  }

  /// How long each sleep was to last.
  var sleeps: [Duration] { state.withLock { $0.sleeps } }

  func advance(_ duration: Duration) { state.withLock { $0.elapsed += duration } }

  var pace: Pace {
    var pace = Pace.system
    pace.now = { [self] in begin + state.withLock { $0.elapsed } }
    pace.sleep = { [self] instant in
      state.withLock { state in
        let left = instant - (begin + state.elapsed)
        state.sleeps.append(left)
        if sleepsAreShort { state.elapsed += max(.zero, left) }
      }
      // Ends with the task, however long the test takes.
      while !sleepsAreShort, !Task.isCancelled {
        do { try await Task.sleep(for: .seconds(3600)) } catch { return }
      }
    }
    pace.wallSeconds = { [wallSeconds] in wallSeconds }
    pace.chance = { [chance] in chance }
    return pace
  }
}
