import Synchronization

/// Tells those who follow the journal that something was committed. It rings without waiting for anybody: who is
/// busy hears of any number of rings as of one.
final class CommitBell: Sendable {
  private struct State {
    var isClosed = false
    var nextNumber = 0
    var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
  }

  private let state = Mutex(State())

  /// Something was committed.
  func ring() {
    state.withLock { state in
      for listener in state.listeners.values { listener.yield() }
    }
  }

  /// Nothing is committed any more.
  func close() {
    state.withLock { state in
      state.isClosed = true
      for listener in state.listeners.values { listener.finish() }
    }
  }

  /// Somebody who hears it from now on, for as long as the object lives.
  func listener() -> Listener {
    let (rings, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let number = state.withLock { state in
      state.nextNumber += 1
      state.listeners[state.nextNumber] = continuation
      if state.isClosed { continuation.finish() }
      return state.nextNumber
    }
    return Listener(bell: self, number: number, rings: rings, ring: continuation)
  }

  private func forget(_ number: Int) {
    state.withLock { $0.listeners[number] = nil }
  }

  /// Whoever waits for the bell. For one task at a time.
  final class Listener: Sendable {
    private let bell: CommitBell
    private let number: Int
    private let rings: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation

    fileprivate init(
      bell: CommitBell, number: Int, rings: AsyncStream<Void>, ring: AsyncStream<Void>.Continuation
    ) {
      self.bell = bell
      self.number = number
      self.rings = rings
      self.ring = ring
    }

    deinit { bell.forget(number) }

    /// Waits until it has rung since it was last waited for.
    ///
    /// - Parameter rest: returns when it is not to be waited for any longer, or its task is cancelled.
    /// - Returns: Whether it may ring again: false when it is closed, or the task is cancelled.
    func wait(atMost rest: @escaping @Sendable () async -> Void) async -> Bool {
      let timer = Task { [ring] in
        await rest()
        // One that is cancelled is not over: it would ring for the next wait, and so on without end.
        if !Task.isCancelled { ring.yield() }
      }
      defer { timer.cancel() }
      var rings = rings.makeAsyncIterator()
      return await rings.next() != nil
    }
  }
}
