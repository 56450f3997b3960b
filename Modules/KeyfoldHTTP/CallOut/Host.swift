import Glibc
import Synchronization

/// A host that is called: who may call it, and whether that goes unencrypted.
final class Host: Sendable {
  let isPlain: Bool
  /// Scheme, host and port, as an address begins.
  private let origin: [UInt8]
  private let line: Mutex<HostLine>
  private let pace: Pace

  init(_ origin: [UInt8], isPlain: Bool, policy: CallPolicy, pace: Pace) {
    self.origin = origin
    self.isPlain = isPlain
    self.pace = pace
    line = Mutex(HostLine(inFlightMax: policy.maxInFlight, breaker: policy.breaker))
  }

  func isOrigin(_ other: UnsafeRawBufferPointer) -> Bool {
    origin.count == other.count
      && origin.withUnsafeBytes { memcmp($0.baseAddress!, other.baseAddress!, other.count) == 0 }
  }

  var isIdle: Bool { line.withLock { $0.isIdle } }

  /// Makes a call when it has its turn.
  ///
  /// - Returns: What came of it; a failure where it had none in time.
  func call<Answer: Sendable>(
    until deadline: ContinuousClock.Instant, finding: (Result<Answer, CallFailure>) -> HostLine.Finding,
    _ body: () async throws(CallFailure) -> Answer
  ) async -> Result<Answer, CallFailure> {
    let turn: HostLine.Turn
    switch line.withLock({ $0.arrive(at: pace.now) }) {
    case .now(let now): turn = now
    case .later(let pledge): turn = await wait(for: pledge, until: deadline)
    }
    let isProbe: Bool
    switch turn {
    case .go(let probe): isProbe = probe
    case .refused(let failure): return .failure(failure)
    }
    let outcome: Result<Answer, CallFailure>
    do throws(CallFailure) { outcome = .success(try await body()) } catch { outcome = .failure(error) }
    line.withLock { $0.leave(finding(outcome), isProbe: isProbe, at: pace.now) }
    return outcome
  }

  private func wait(
    for pledge: Pledge<HostLine.Turn>, until deadline: ContinuousClock.Instant
  ) async -> HostLine.Turn {
    let turn = await pledge.value(
      before: deadline, pace: pace, late: .refused(.timedOut), cancelled: .refused(.cancelled))
    if case .refused = turn { line.withLock { $0.giveUp(pledge) } }
    return turn
  }
}

extension Pledge {
  /// The value, or another one where it does not come in time or the task is cancelled meanwhile.
  func value(
    before deadline: ContinuousClock.Instant, pace: Pace, late: Value, cancelled: Value
  ) async -> Value {
    let alarm = Task {
      await pace.sleep(deadline)
      if !Task.isCancelled { keep(late) }
    }
    defer { alarm.cancel() }
    return await withTaskCancellationHandler {
      await value
    } onCancel: {
      keep(cancelled)
    }
  }
}
