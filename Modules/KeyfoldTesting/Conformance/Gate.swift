import Glibc
import Synchronization

/// Lets a closure that may not wait asynchronously take turns with a task.
final class Gate: Sendable {
  private let isOpen = Atomic(false)
  private let isFinished = Atomic(false)

  func open() { isOpen.store(true, ordering: .releasing) }
  func finish() { isFinished.store(true, ordering: .releasing) }

  func waitUntilOpen() async {
    while !isOpen.load(ordering: .acquiring) { await Task.yield() }
  }

  /// Blocks the thread; a store that cannot commit meanwhile is given up on after a while.
  func waitUntilFinished() {
    for _ in 0..<Gate.attempts where !isFinished.load(ordering: .acquiring) { usleep(1000) }
  }

  /// Milliseconds a store may take to commit while a view is lent; some cannot, and commit after it.
  private static let attempts = 2000
}
