import Synchronization

/// A place where a closure that runs elsewhere leaves its last answer.
final class Cell<Value: Sendable>: Sendable {
  private let stored = Mutex<Value?>(nil)

  var value: Value? {
    get { stored.withLock { $0 } }
    set { stored.withLock { $0 = newValue } }
  }
}
