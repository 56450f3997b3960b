import Synchronization

/// The body of an answer that goes on: a task brings bytes, the server's thread takes them when the client is
/// ready for more. A task that is too quick waits.
final class EventStream: Sendable {
  private struct State {
    var bytes: [UInt8] = []
    /// Nothing more is brought.
    var isFinished = false
    /// Nobody takes anything any more.
    var isAbandoned = false
    /// Makes the server ask again, where it was told to wait.
    var wakeServer: (@Sendable () -> Void)?
    var waitingWriters: [CheckedContinuation<Void, Never>] = []
    var task: Task<Void, Never>?

    mutating func takeWake() -> (@Sendable () -> Void)? {
      defer { wakeServer = nil }
      return wakeServer
    }

    mutating func takeWriters(below count: Int) -> [CheckedContinuation<Void, Never>] {
      guard bytes.count <= count else { return [] }
      defer { waitingWriters = [] }
      return waitingWriters
    }
  }

  /// What the server is to do.
  enum Portion {
    case bytes(count: Int)
    case wait
    case end
  }

  /// Bytes that wait to be taken, above which a task waits.
  private static let waitingBytesMax = 256 << 10

  private let produce: @Sendable (EventStream) async -> Void
  private let state = Mutex(State())

  /// - Parameter produce: brings the bytes, and ends soon after its task is cancelled.
  init(_ produce: @escaping @Sendable (EventStream) async -> Void) { self.produce = produce }

  /// Begins to bring bytes.
  func start() {
    let task = Task {
      await produce(self)
      end()
    }
    state.withLock { $0.task = task }
  }

  /// Brings bytes, and waits while there are many.
  ///
  /// - Returns: Whether somebody still takes them.
  func send(_ text: [UInt8]) async -> Bool {
    let wake = state.withLock { state -> (@Sendable () -> Void)? in
      if state.isAbandoned || state.isFinished { return nil }
      state.bytes += text
      return state.takeWake()
    }
    wake?()
    await withCheckedContinuation { continuation in
      let goesOn = state.withLock { state in
        if state.isAbandoned || state.isFinished || state.bytes.count <= Self.waitingBytesMax { return true }
        state.waitingWriters.append(continuation)
        return false
      }
      if goesOn { continuation.resume() }
    }
    return state.withLock { !$0.isAbandoned && !$0.isFinished }
  }

  /// Brings nothing more; what was brought is still taken.
  func end() {
    let (wake, task, writers) = state.withLock { state in
      state.isFinished = true
      return (state.takeWake(), state.task, state.takeWriters(below: .max))
    }
    task?.cancel()
    wake?()
    for writer in writers { writer.resume() }
  }

  /// Takes bytes on the server's thread.
  ///
  /// - Parameter park: makes the server wait, where there is nothing to take, and returns what wakes it.
  ///   Called while nobody can bring anything, so that no waking is lost.
  func take(into buffer: UnsafeMutableRawBufferPointer, park: () -> @Sendable () -> Void) -> Portion {
    let (portion, writers) = state.withLock { state -> (Portion, [CheckedContinuation<Void, Never>]) in
      let count = min(buffer.count, state.bytes.count)
      if count > 0 {
        state.bytes.withUnsafeBytes { buffer.copyMemory(from: .init(rebasing: $0[..<count])) }
        state.bytes.removeFirst(count)
        return (.bytes(count: count), state.takeWriters(below: Self.waitingBytesMax))
      }
      if state.isFinished { return (.end, []) }
      state.wakeServer = park()
      return (.wait, [])
    }
    for writer in writers { writer.resume() }
    return portion
  }

  /// Nobody takes anything any more.
  func abandon() {
    let (task, writers) = state.withLock { state in
      state.isAbandoned = true
      state.wakeServer = nil
      state.bytes = []
      return (state.task, state.takeWriters(below: .max))
    }
    task?.cancel()
    for writer in writers { writer.resume() }
  }
}
