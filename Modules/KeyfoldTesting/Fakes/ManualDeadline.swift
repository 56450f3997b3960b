public import Keyfold
import Synchronization

/// A deadline for verdicts that passes when a test says so, however busy the machine is.
public final class ManualDeadline: Sendable {
  private let isOver = Mutex(false)

  /// A deadline that has not passed.
  public init() {}

  /// Lets it pass for the capture that waits for verdicts, or for the next one if none does.
  public func pass() { isOver.withLock { $0 = true } }

  fileprivate func wait() async {
    while !Task.isCancelled {
      let passed = isOver.withLock { isOver in
        defer { isOver = false }
        return isOver
      }
      if passed { return }
      do { try await Task.sleep(for: .milliseconds(1)) } catch { return }  // Nobody waits any more.
    }
  }
}

extension IdentityResolver.Options {
  /// Waits for verdicts until a deadline of the test's own passes.
  public mutating func use(_ deadline: ManualDeadline) {
    waitForDeadline = { _ in await deadline.wait() }
  }
}
