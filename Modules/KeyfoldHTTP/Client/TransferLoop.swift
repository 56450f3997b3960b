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

    /// The bell, if it must be rung. That is done when the lock is free again, which the thread wants first.
    mutating func wake() -> Bell? {
      defer { isAsleep = false }
      return isAsleep ? bell : nil
    }
  }

  private let shared = Mutex(Shared())
  private let callsMax: Int

  /// - Parameter callsMax: transfers that may be open at the same time.
  init(callsMax: Int) { self.callsMax = callsMax }

  /// Hands a transfer in; its continuation is resumed when it is over. The first one starts the thread.
  func submit(_ transfer: Transfer) {
    let (refusal, bell) = shared.withLock { shared -> (CallFailure?, Bell?) in
      if shared.isClosed { return (.cancelled, nil) }
      if shared.open >= callsMax || shared.bell == nil && !startThread(&shared) { return (.overloaded, nil) }
      shared.open += 1
      shared.commands.append(.start(transfer))
      return (nil, shared.wake())
    }
    bell?.ring()
    guard let refusal else { return }
    transfer.failure = refusal
    transfer.continuation?.resume()
  }

  /// Ends a transfer, whether it has been handed in already, will be, or is over.
  func cancel(_ transfer: Transfer) {
    transfer.isCancelled.store(true, ordering: .releasing)
    let bell = shared.withLock { shared -> Bell? in
      guard shared.bell != nil, !shared.isClosed else { return nil }
      shared.commands.append(.cancel(transfer))
      return shared.wake()
    }
    bell?.ring()
  }

  /// Ends all transfers and the thread.
  func close() {
    let bell = shared.withLock { shared in
      shared.isClosed = true
      return shared.wake()
    }
    bell?.ring()
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

  /// What the thread is to do next.
  ///
  /// - Parameters:
  ///   - commands: an empty list; its room is used for the next ones.
  ///   - finished: how many transfers are over since it was called last.
  /// - Returns: Whether to go on.
  func next(into commands: inout [Command], finished: Int) -> Bool {
    shared.withLock { shared in
      shared.isAsleep = false
      shared.open -= finished
      swap(&shared.commands, &commands)
      return !shared.isClosed
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
        end(.cancelled)
      } else {
        // Another may be started when there is memory again.
        end(.overloaded)
      }
    }
    if started { shared.bell = bell }
    return started
  }

  /// The thread's last words.
  ///
  /// - Parameter failure: of what it has not begun.
  private func end(_ failure: CallFailure) {
    let (commands, mourners) = shared.withLock { shared in
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
