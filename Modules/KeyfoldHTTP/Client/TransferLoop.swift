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
  fileprivate func next(finished: Int) -> [Command]? {
    shared.withLock { shared in
      shared.isAsleep = false
      shared.open -= finished
      guard !shared.isClosed else { return nil }
      defer { shared.commands.removeAll(keepingCapacity: true) }
      return shared.commands
    }
  }

  /// Whether there is nothing to do; from then on the bell rings for it.
  fileprivate func fallAsleep() -> Bool {
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

/// The thread itself: everything here is touched by it alone.
private final class TransferThread {
  private let loop: TransferLoop
  private let poller: Poller
  private let multi: MultiHandle
  private var live: [Transfer] = []
  private var idleHandles: [EasyHandle] = []
  private var finished: [Transfer] = []
  /// No transfer must be over before that; not later than the first that must.
  private var firstDeadline = UInt64.max

  /// Handles kept for what may come.
  private static let idleHandlesMax = 256

  init?(_ loop: TransferLoop, bell: Bell) {
    guard let poller = Poller(bell: bell), let multi = MultiHandle(poller: poller) else { return nil }
    self.loop = loop
    self.poller = poller
    self.multi = multi
  }

  func run() {
    while let commands = loop.next(finished: settle()) {
      for command in commands {
        switch command {
        case .start(let transfer): start(transfer)
        case .cancel(let transfer): if transfer.place >= 0 { end(transfer, .cancelled) }
        }
      }
      if let due = multi.due, due <= monotonicNanoseconds() { multi.actOnTime() }
      collect()
      if finished.isEmpty { wait() }
    }
    while let transfer = live.last { end(transfer, .cancelled) }
    _ = settle()
  }

  private func start(_ transfer: Transfer) {
    guard !transfer.isCancelled.load(ordering: .acquiring) else { return refuse(transfer, .cancelled) }
    guard let handle = idleHandles.popLast() ?? EasyHandle(), handle.take(transfer), multi.add(handle) else {
      return refuse(transfer, .overloaded)
    }
    transfer.handle = handle
    transfer.place = live.count
    live.append(transfer)
    firstDeadline = min(firstDeadline, transfer.deadline)
  }

  private func refuse(_ transfer: Transfer, _ failure: CallFailure) {
    transfer.failure = failure
    finished.append(transfer)
  }

  /// Takes note of what is over.
  private func collect() {
    while let transfer = multi.nextFinished() {
      if transfer.mayTryFreshConnection {
        repeatFreshly(transfer)
      } else {
        end(transfer, transfer.failure)
      }
    }
    let now = monotonicNanoseconds()
    guard firstDeadline <= now else { return }
    // libcurl keeps no time for those that wait for somebody else's connection.
    for transfer in live.reversed() where transfer.deadline <= now {
      end(transfer, transfer.isConnected ? .timedOut : .unreachable)
    }
    firstDeadline = live.reduce(.max) { min($0, $1.deadline) }
  }

  private func repeatFreshly(_ transfer: Transfer) {
    guard let handle = transfer.handle else { return }
    multi.remove(handle)
    handle.release()
    transfer.forgetAnswer()
    transfer.needsFreshConnection = true
    if !handle.take(transfer) || !multi.add(handle) { end(transfer, .overloaded) }
  }

  private func end(_ transfer: Transfer, _ failure: CallFailure?) {
    if let handle = transfer.handle {
      multi.remove(handle)
      handle.release()
      if idleHandles.count < TransferThread.idleHandlesMax { idleHandles.append(handle) }
    }
    transfer.handle = nil
    let last = live.removeLast()
    if last !== transfer {
      live[transfer.place] = last
      last.place = transfer.place
    }
    transfer.place = -1
    transfer.failure = failure
    finished.append(transfer)
  }

  /// Hands everything that is over back to its task.
  ///
  /// - Returns: How many.
  private func settle() -> Int {
    defer { finished.removeAll(keepingCapacity: true) }
    for transfer in finished { transfer.continuation?.resume() }
    return finished.count
  }

  /// Sleeps until something happens, somebody calls, or it is time for something.
  private func wait() {
    let now = monotonicNanoseconds()
    let due = min(multi.due ?? .max, firstDeadline)
    // Rounded up, so that nothing wakes too early and again.
    let milliseconds =
      due == .max ? -1 : due <= now ? 0 : Int32(min((due - now + 999_999) / 1_000_000, 60_000))
    let isIdle = milliseconds != 0 && loop.fallAsleep()
    poller.wait(milliseconds: isIdle ? milliseconds : 0) { socket, reading, writing, broken in
      multi.act(socket, reading: reading, writing: writing, broken: broken)
    }
  }
}
