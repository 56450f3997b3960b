public import KeyfoldCore

/// What a resolver counted since it was made. A value: it does not change while it is looked at.
public struct ResolverMetrics: Sendable, Hashable {
  /// What became of keys.
  public struct KeyEnd: Sendable, Hashable {
    /// What became of it.
    public let result: Outcome.Result
    /// Why, where that needs saying.
    public let reason: Outcome.Reason?
  }

  /// A validator where it is asked.
  public struct ValidatorUse: Sendable, Hashable {
    /// Name of the key attribute it vouches for.
    public let attribute: String
    /// Its name, as it stands in evidence; `none` where the time was over before anybody said anything, and
    /// `other` for the sixty-fifth and further names.
    public let validator: String
  }

  /// What broke where a capture was neither decided nor refused.
  public enum FailureCause: String, Sendable, Hashable {
    /// The store.
    case store
    /// Something the configuration promises is not there.
    case configuration
    /// Its task was cancelled.
    case cancelled
  }

  /// Name of the space.
  public internal(set) var space: String
  /// Captures that were decided and stored, by decision.
  public internal(set) var captures: [Outcome.Word: Int] = [:]
  /// Captures that got their first answer again.
  public internal(set) var replays = 0
  /// Captures that were refused, by reason.
  public internal(set) var refusals: [CaptureError.Code: Int] = [:]
  /// Captures that came to nothing because something broke.
  public internal(set) var failures: [FailureCause: Int] = [:]
  /// Keys of the captures that were decided.
  public internal(set) var keys: [KeyEnd: Int] = [:]
  /// Findings of validators, cached ones included.
  public internal(set) var verdicts: [ValidatorUse: [Finding: Int]] = [:]
  /// How often a decision was made again because the state had changed.
  public internal(set) var retries = 0
  /// Keys that waited for a verdict and do so no longer, by how that ended.
  public internal(set) var pendingEnds: [PendingEnd: Int] = [:]
  /// Keys that wait for a verdict, as they were last looked at: within a minute, where they are asked about in
  /// the background. Nil where nobody looked.
  public internal(set) var pending: Int?
  /// Captures on their way.
  public internal(set) var capturesInFlight = 0
  /// Calls that wait for their turn.
  public internal(set) var capturesWaiting = 0
  /// From the call to the outcome, replays and refusals included; captures of a list take as long as their
  /// list.
  public internal(set) var captureLatency = LatencyHistogram()
  /// How long the store took to commit; once for every call of its, however many captures shared it.
  public internal(set) var commitLatency = LatencyHistogram()
  /// How long the checks of validators took, in whole milliseconds; cached ones are left out.
  public internal(set) var validatorLatency: [ValidatorUse: LatencyHistogram] = [:]

  /// Transactions that the store carried out, those that found nothing to commit included.
  public var commits: Int { commitLatency.count }
}
