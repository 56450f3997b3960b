import Synchronization

/// A thread for libcurl, and the door other threads hand transfers in at.
final class TransferLoop: Sendable {
  enum Command {
    case start(Transfer)
    case cancel(Transfer)
  }

  private struct Shared {
    var commands: [Command] = []
    /// Transfers handed in and not over.
    var open = 0
    /// Wakes the thread; nil while there is none.
    var bell: Bell?
    /// Whether the thread sleeps until the bell rings.
    var isAsleep = false
    var isClosed = false
    /// Who waits for the thread's end.
    var mourners: [Pledge<Void>] = []

    mutating func wake() {
      guard isAsleep else { return }
      isAsleep = false
      bell?.ring()
    }
  }

  private let shared = Mutex(Shared())
  private let callsMax: Int

  /// - Parameter callsMax: transfers that may be open at the same time.
  init(callsMax: Int) { self.callsMax = callsMax }

  /// Hands a transfer in; its continuation is resumed when it is over. The first one starts the thread.
  func submit(_ transfer: Transfer) {
    let refusal = shared.withLock { shared -> CallFailure? in
      if shared.isClosed { return .cancelled }
      if shared.open >= callsMax || shared.bell == nil && !startThread(&shared) { return .overloaded }
      shared.open += 1
      shared.commands.append(.start(transfer))
      shared.wake()
      return nil
    }
    guard let refusal else { return }
    transfer.failure = refusal
    transfer.continuation?.resume()
  }

  /// Ends a transfer, whether it has been handed in already, will be, or is over.
  func cancel(_ transfer: Transfer) {
    transfer.isCancelled.store(true, ordering: .releasing)
    shared.withLock { shared in
      guard shared.bell != nil, !shared.isClosed else { return }
      shared.commands.append(.cancel(transfer))
      shared.wake()
    }
  }

  /// Ends all transfers and the thread.
  func close() {
    shared.withLock { shared in
      shared.isClosed = true
      shared.wake()
    }
  }

  /// Waits until the thread has ended, if there ever was one.
  func waitForEnd() async {
    let end = Pledge<Void>()
    let isOver = shared.withLock { shared in
      if shared.bell != nil { shared.mourners.append(end) }
      return shared.bell == nil
    }
    if !isOver { await end.value }
  }

  /// What the thread is to do next; nil when it is to end.
  ///
  /// - Parameter finished: how many transfers are over since it was called last.
  func next(finished: Int) -> [Command]? {
    shared.withLock { shared in
      shared.isAsleep = false
      shared.open -= finished
      guard !shared.isClosed else { return nil }
      defer { shared.commands.removeAll(keepingCapacity: true) }
      return shared.commands
    }
  }

  /// Whether there is nothing to do; from then on the bell rings for it.
  func fallAsleep() -> Bool {
    shared.withLock { shared in
      shared.isAsleep = shared.commands.isEmpty && !shared.isClosed
      return shared.isAsleep
    }
  }

  private func startThread(_ shared: inout Shared) -> Bool {
    guard let bell = Bell() else { return false }
    let started = startDetachedThread { [self] in
      if let thread = TransferThread(self, bell: bell) {
        thread.run()
        end(bell, .cancelled)
      } else {
        // Another may be started when there is memory again.
        end(bell, .overloaded)
      }
    }
    if started { shared.bell = bell } else { bell.remove() }
    return started
  }

  /// The thread's last words.
  ///
  /// - Parameter failure: of what it has not begun.
  private func end(_ bell: Bell, _ failure: CallFailure) {
    let (commands, mourners) = shared.withLock { shared in
      bell.remove()
      shared.bell = nil
      shared.open = 0
      defer { (shared.commands, shared.mourners) = ([], []) }
      return (shared.commands, shared.mourners)
    }
    for case .start(let transfer) in commands {
      transfer.failure = failure
      transfer.continuation?.resume()
    }
    for mourner in mourners { mourner.keep(()) }
  }
}
