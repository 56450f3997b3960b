import Synchronization

/// A value that one task waits for and others bring: the first that comes counts.
package final class Pledge<Value: Sendable>: Sendable {
  private enum State {
    case open
    case awaited(CheckedContinuation<Value, Never>)
    case kept(Value)
  }

  private let state = Mutex(State.open)

  /// Nobody has brought anything.
  package init() {}

  /// Brings the value.
  ///
  /// - Returns: Whether it counts.
  @discardableResult
  package func keep(_ value: Value) -> Bool {
    let (counts, waiting) = state.withLock { state -> (Bool, CheckedContinuation<Value, Never>?) in
      switch state {
      case .kept: return (false, nil)
      case .open:
        state = .kept(value)
        return (true, nil)
      case .awaited(let continuation):
        state = .kept(value)
        return (true, continuation)
      }
    }
    waiting?.resume(returning: value)
    return counts
  }

  /// The value, when there is one. For one task.
  package var value: Value {
    get async {
      await withCheckedContinuation { continuation in
        let kept = state.withLock { state -> Value? in
          if case .kept(let value) = state { return value }
          state = .awaited(continuation)
          return nil
        }
        if let kept { continuation.resume(returning: kept) }
      }
    }
  }
}
