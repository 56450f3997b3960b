import KeyfoldCore

/// Whether an attempt may be repeated, and when at the earliest.
enum Retry {
  /// Pauses grow from here, twofold each.
  private static let firstPauseMs = 50.0
  /// Nobody is waited for longer than a call may take anyway.
  private static let retryAfterMaxSeconds = 3600

  /// The pause before the next attempt; nil where another would change nothing.
  ///
  /// - Parameters:
  ///   - attempt: how many were made before this one.
  static func pause(
    after outcome: Result<HTTPResponse, CallFailure>, attempt: Int, pace: Pace
  ) -> Duration? {
    // From half of it to all of it, so that many calls that failed together do not come back together.
    let growing = firstPauseMs * Double(1 << min(attempt, 10)) * (0.5 + pace.chance() / 2)
    let pause = Duration.milliseconds(growing)
    switch outcome {
    case .success(let response):
      guard [429, 502, 503, 504].contains(response.status) else { return nil }
      return max(pause, .seconds(secondsToWait(response, pace) ?? 0))
    case .failure(let failure):
      // libcurl does not tell a handshake that was refused from one that broke off.
      return [.unknownHost, .unreachable, .untrusted, .broken].contains(failure) ? pause : nil
    }
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
