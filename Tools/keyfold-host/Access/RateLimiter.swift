import Synchronization

/// Lets so many requests a second through, and as many at once after a quiet second.
final class RateLimiter: Sendable {
  private struct State {
    var left: Double
    var seen = ContinuousClock.now
  }

  private let perSecond: Double
  private let state: Mutex<State>

  init(perSecond: Int) {
    self.perSecond = Double(perSecond)
    state = Mutex(State(left: Double(perSecond)))
  }

  /// How many seconds to wait, rounded up; nil where a request may go through, which counts then.
  func secondsToWait() -> Int? {
    let now = ContinuousClock.now
    return state.withLock { state in
      let (seconds, attoseconds) = (now - state.seen).components
      let elapsed = Double(seconds) + Double(attoseconds) / 1e18
      state.left = min(perSecond, state.left + max(0, elapsed) * perSecond)
      state.seen = now
      guard state.left < 1 else {
        state.left -= 1
        return nil
      }
      return max(1, Int(((1 - state.left) / perSecond).rounded(.up)))
    }
  }
}
