import Synchronization

/// The thread itself: everything here is touched by it alone.
final class TransferThread {
  private let loop: TransferLoop
  private let poller: Poller
  private let multi: CurlMulti
  private var live: [Transfer] = []
  private var idleHandles: [RequestHandle] = []
  private var finished: [Transfer] = []
  /// Sockets that something happened on when it was looked for last.
  private var ready = 0
  /// No transfer is over before that for want of time; not later than the first that is.
  private var firstDue = UInt64.max

  /// Handles and connections kept for what may come.
  private static let idleMax = 256
  /// Transfers that are handed back at the latest when there are so many.
  private static let settledTogether = 32

  init?(_ loop: TransferLoop, bell: Bell) {
    guard let poller = Poller(bell: bell),
      let multi = CurlMulti(poller: poller, idleConnectionsMax: TransferThread.idleMax)
    else { return nil }
    self.loop = loop
    self.poller = poller
    self.multi = multi
  }

  func run() {
    var commands: [TransferLoop.Command] = []
    while loop.next(into: &commands, finished: settle()) {
      for command in commands { obey(command) }
      commands.removeAll(keepingCapacity: true)
      actOnTime()
      collect()
      // Those who wait are woken together, when nothing else is ready. Not where all share one connection, which
      // brings many answers at a time anyway.
      while !finished.isEmpty, finished.count < TransferThread.settledTogether, ready > 1 {
        wait(milliseconds: 0)
        actOnTime()
        collect()
      }
      if finished.isEmpty { wait() }
    }
    // What has been handed in last is begun, to end with the others.
    for command in commands { obey(command) }
    while let transfer = live.last { end(transfer, .cancelled) }
    _ = settle()
  }

  private func obey(_ command: TransferLoop.Command) {
    switch command {
    case .start(let transfer): start(transfer)
    case .cancel(let transfer): if transfer.handle != nil { end(transfer, .cancelled) }
    }
  }

  private func start(_ transfer: Transfer) {
    guard !transfer.isCancelled.load(ordering: .acquiring) else { return refuse(transfer, .cancelled) }
    guard let handle = idleHandles.popLast() ?? RequestHandle(poller: poller), handle.take(transfer),
      multi.add(handle.easy)
    else { return refuse(transfer, .overloaded) }
    transfer.handle = handle
    handle.easy.tag = live.count
    live.append(transfer)
    firstDue = min(firstDue, transfer.due)
  }

  private func refuse(_ transfer: Transfer, _ failure: CallFailure) {
    transfer.failure = failure
    finished.append(transfer)
  }

  /// Takes note of what is over.
  private func collect() {
    while let (easy, status, ending) = multi.nextFinished() {
      let transfer = live[easy.tag]
      transfer.ended(ending, status: status)
      if transfer.mayTryFreshConnection {
        repeatFreshly(transfer)
      } else {
        end(transfer, transfer.failure)
      }
    }
    endWhatIsLate()
  }

  /// libcurl could keep the time, but takes a while to for each request, and keeps none for those that wait
  /// for somebody else's connection.
  private func endWhatIsLate() {
    let now = monotonicNanoseconds()
    guard firstDue <= now else { return }
    for transfer in live.reversed() where transfer.due <= now { end(transfer, transfer.lateness) }
    firstDue = live.reduce(.max) { min($0, $1.due) }
  }

  private func repeatFreshly(_ transfer: Transfer) {
    guard let handle = transfer.handle else { return }
    multi.remove(handle.easy)
    handle.release(transfer)
    transfer.forgetAnswer()
    transfer.needsFreshConnection = true
    if !handle.take(transfer) || !multi.add(handle.easy) { end(transfer, .overloaded) }
  }

  private func end(_ transfer: Transfer, _ failure: CallFailure?) {
    guard let handle = transfer.handle else { return }
    transfer.failure = failure
    multi.remove(handle.easy)
    handle.release(transfer)
    if idleHandles.count < TransferThread.idleMax { idleHandles.append(handle) }
    transfer.handle = nil
    let last = live.removeLast()
    if last !== transfer {
      live[handle.easy.tag] = last
      last.handle?.easy.tag = handle.easy.tag
    }
    finished.append(transfer)
  }

  /// Hands everything that is over back to its task.
  ///
  /// - Returns: How many.
  private func settle() -> Int {
    guard !finished.isEmpty else { return 0 }
    let batch = finished
    finished = []
    if batch.count == 1 {
      batch[0].continuation?.resume()
    } else {
      // To wake a task costs as much as a request; one that is awake wakes the others, while this thread goes
      // on.
      Task.detached { for transfer in batch { transfer.continuation?.resume() } }
    }
    return batch.count
  }

  private func actOnTime() {
    if let due = multi.due, due == 0 || due <= monotonicNanoseconds() { multi.actOnTime() }
  }

  /// Deals with what happens until the time is over.
  private func wait(milliseconds: Int32) {
    ready = poller.wait(milliseconds: milliseconds) { socket, reading, writing, broken in
      multi.act(socket, reading: reading, writing: writing, broken: broken)
    }
  }

  /// Sleeps until something happens, somebody calls, or it is time for something.
  private func wait() {
    let now = monotonicNanoseconds()
    let due = min(multi.due ?? .max, firstDue)
    // Rounded up, so that nothing wakes too early and again.
    let milliseconds =
      due == .max ? -1 : due <= now ? 0 : Int32(min((due - now + 999_999) / 1_000_000, 60_000))
    let isIdle = milliseconds != 0 && loop.fallAsleep()
    wait(milliseconds: isIdle ? milliseconds : 0)
  }
}
