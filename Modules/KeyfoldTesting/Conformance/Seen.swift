import KeyfoldCore
import Synchronization

/// What a closure that a store called saw last.
final class Seen: Sendable {
  private let stored = Mutex<Snapshot?>(nil)

  var value: Snapshot? { stored.withLock { $0 } }
  func set(_ snapshot: Snapshot) { stored.withLock { $0 = snapshot } }
}
