#if PostgreSQL
import Glibc
import KeyfoldCore

/// Work for threads of our own, so that none of Swift's few shared ones ever waits for a server.
///
/// `@unchecked Sendable`: everything that changes is touched with the mutex held only.
final class WorkQueue<Item: Sendable>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var items: [Item] = []
  private var isClosed = false
  /// Threads that wait for an item, less the items they have not picked up yet.
  private var idle = 0

  /// What became of an item.
  enum Admission {
    case closed
    /// A thread is waiting for it.
    case taken
    /// All threads are busy.
    case waits
  }

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  func push(_ item: Item) -> Admission {
    locked {
      if isClosed { return .closed }
      items.append(item)
      pthread_cond_signal(condition)
      return idle >= items.count ? .taken : .waits
    }
  }

  /// Waits for items and takes as many as weigh `limit` together, one at least.
  ///
  /// - Returns: nil when the queue is closed and empty.
  func take(limit: Int, weight: (Item) -> Int) -> [Item]? {
    locked {
      idle += 1
      while items.isEmpty && !isClosed { pthread_cond_wait(condition, mutex) }
      idle -= 1
      guard !items.isEmpty else { return nil }
      var total = 0
      let taken = Array(
        items.prefix { item in
          total += weight(item)
          return total <= limit
        })
      let count = max(taken.count, 1)
      defer { items.removeFirst(count) }
      return Array(items[..<count])
    }
  }

  /// Takes nothing more; what is in the queue is still to be done.
  func close() {
    locked {
      isClosed = true
      pthread_cond_broadcast(condition)
    }
  }
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs a closure on a thread of its own.
func startThread(_ run: @escaping @Sendable () -> Void) throws(StoreError) {
  let body = Unmanaged.passRetained(ThreadBody(run))
  var thread = pthread_t()
  let code = pthread_create(
    &thread, nil,
    { body in
      if let body { Unmanaged<ThreadBody>.fromOpaque(body).takeRetainedValue().run() }
      return nil
    }, body.toOpaque())
  guard code == 0 else {
    body.release()
    throw StoreError(
      .inputOutput, "no thread can be started for the database", underlying: String(cString: strerror(code)))
  }
  pthread_detach(thread)
}
#endif
