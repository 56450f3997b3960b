import KeyfoldCore
import Synchronization

/// Asks again about keys that wait for a verdict, in the background, while a resolver runs.
final class PendingRetries: Sendable {
  private let alarms: AsyncStream<Void>
  private let bell: AsyncStream<Void>.Continuation
  private let work = Mutex<Task<Void, Never>?>(nil)

  /// Keys of other processes on the same store are found this late at the latest.
  private static let lookEvery = Duration.seconds(60)
  /// Between two looks at what waits, however much is queued.
  private static let restMin = Duration.seconds(1)

  init() { (alarms, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

  /// Begins to work for a resolver, without keeping it alive.
  ///
  /// - Parameter wait: returns when the time is over, or its task is cancelled.
  func start(for resolver: IdentityResolver, wait: @escaping @Sendable (Duration) async -> Void) {
    let task = Task { [weak resolver, alarms, bell] in
      var schedule = PendingSchedule()
      var alarm = alarms.makeAsyncIterator()
      while !Task.isCancelled {
        guard let rest = await resolver?.retryDue(&schedule) else { return }
        await wait(Self.restMin)
        let timer = Task {
          await wait(rest)
          // One that is cancelled is not over: it would cut the next rest short.
          if !Task.isCancelled { bell.yield() }
        }
        await alarm.next()
        timer.cancel()
      }
    }
    work.withLock { $0 = task }
  }

  /// Something was queued.
  func ring() { bell.yield() }

  /// Ends the work; what is under way is finished or given up first.
  func stop() async {
    let task = work.withLock { $0 }
    task?.cancel()
    bell.finish()
    await task?.value
  }

  deinit {
    work.withLock { $0 }?.cancel()
    bell.finish()
  }

  /// How long to rest if the next turn is then.
  static func rest(until next: Timestamp?, now: Timestamp) -> Duration {
    guard let next else { return lookEvery }
    return min(lookEvery, max(.zero, .microseconds(next.microseconds - now.microseconds)))
  }
}

extension IdentityResolver {
  /// Asks about the keys whose turn it is, and says how long to rest. Where that fails, the next round comes anyway.
  fileprivate func retryDue(_ schedule: inout PendingSchedule) async -> Duration {
    do throws(ResolverError) {
      let due = schedule.due(try await pendingKeys(), now: clock.now())
      let ends = try await retry(due)
      let now = clock.now()
      for entry in due where ends[entry.id] == nil {
        schedule.putOff(entry.id, now: now, jitter: .random(in: 0...1))
      }
    } catch {
      if error == .cancelled { return .zero }
      log?.record(.retryFailed(error))
      return PendingRetries.rest(until: nil, now: clock.now())
    }
    return PendingRetries.rest(until: schedule.next, now: clock.now())
  }
}
