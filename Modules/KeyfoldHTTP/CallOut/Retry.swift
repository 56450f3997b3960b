import KeyfoldCore

/// Whether an attempt may be repeated, and when at the earliest.
enum Retry {
  /// What comes of the last of several attempts.
  ///
  /// - Parameters:
  ///   - first: what came of the first.
  ///   - deadline: no attempt begins after it.
  ///   - pause: time to the next one; nil where another would change nothing.
  static func outcome<Answer>(
    after first: Result<Answer, CallFailure>, retries: Int, until deadline: ContinuousClock.Instant,
    pace: Pace,
    pause: (Result<Answer, CallFailure>, _ attempt: Int) -> Duration?,
    of attempt: () async -> Result<Answer, CallFailure>
  ) async -> Result<Answer, CallFailure> {
    var outcome = first
    for repetition in 0..<retries {
      guard let pause = pause(outcome, repetition) else { break }
      let resumption = pace.now() + pause
      guard resumption < deadline else { break }
      await pace.sleep(resumption)
      if Task.isCancelled { return .failure(.cancelled) }
      let next = await attempt()
      // What came before says more than that nothing was tried.
      if case .failure(.breakerOpen) = next { break }
      outcome = next
    }
    return outcome
  }

  /// Pauses grow from here, twofold each.
  private static let firstPauseMs = 50.0
  /// Nobody is waited for longer than a call may take anyway.
  private static let retryAfterMaxSeconds = 3600

  /// The pause before the next attempt; nil where another would change nothing.
  ///
  /// - Parameter attempt: how many were made before this one.
  static func pause(
    after outcome: Result<HTTPResponse, CallFailure>, attempt: Int, pace: Pace
  ) -> Duration? {
    switch outcome {
    case .success(let response):
      guard [429, 502, 503, 504].contains(response.status) else { return nil }
      return max(growingPause(attempt, pace), .seconds(secondsToWait(response, pace) ?? 0))
    case .failure(let failure): return pause(after: failure, attempt: attempt, pace: pace)
    }
  }

  /// The same after an attempt that brought no answer.
  static func pause(after failure: CallFailure, attempt: Int, pace: Pace) -> Duration? {
    switch failure {
    // libcurl does not tell a handshake that was refused from one that broke off.
    case .unknownHost, .unreachable, .untrusted, .broken: growingPause(attempt, pace)
    default: nil
    }
  }

  /// From half of it to all of it, so that many calls that failed together do not come back together.
  private static func growingPause(_ attempt: Int, _ pace: Pace) -> Duration {
    .milliseconds(firstPauseMs * Double(1 << min(attempt, 10)) * (0.5 + pace.chance() / 2))
  }

  /// What the field Retry-After asks for (RFC 9110, section 10.2.3): seconds or a date.
  private static func secondsToWait(_ response: HTTPResponse, _ pace: Pace) -> Int? {
    guard let text = response.header("retry-after"), !text.isEmpty else { return nil }
    let seconds =
      text.utf8.allSatisfy(isASCIIDigit)
      ? Int(text) ?? retryAfterMaxSeconds : secondsSince1970(text).map { $0 - pace.wallSeconds() }
    return seconds.map { min(max($0, 0), retryAfterMaxSeconds) }
  }
}
