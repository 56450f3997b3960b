import KeyfoldCore
import Synchronization

/// Where a resolver counts. What every capture passes is counted in plain arrays, under one lock.
final class Meter: Sendable {
  private struct Counts {
    var decisions = [Int](repeating: 0, count: Outcome.Word.places.count)
    /// By result and reason.
    var keys = [Int](repeating: 0, count: Outcome.Result.places.count * Meter.reasonPlaces)
    /// Everything else.
    var rest: ResolverMetrics
    var validators: Set<String> = []
  }

  /// The reasons, and none.
  private static let reasonPlaces = Outcome.Reason.places.count + 1
  /// Names of validators that are told apart.
  private static let validatorsMax = 64

  private let counts: Mutex<Counts>

  init(space: String) { counts = Mutex(Counts(rest: ResolverMetrics(space: space))) }

  /// What was counted so far.
  var metrics: ResolverMetrics {
    let counts = counts.withLock { $0 }
    var metrics = counts.rest
    for (word, count) in zip(Outcome.Word.places, counts.decisions) where count > 0 {
      metrics.captures[word] = count
    }
    for (place, count) in counts.keys.enumerated() where count > 0 {
      let (result, reason) = place.quotientAndRemainder(dividingBy: Meter.reasonPlaces)
      let end = ResolverMetrics.KeyEnd(
        result: Outcome.Result.places[result],
        reason: reason < Outcome.Reason.places.count ? Outcome.Reason.places[reason] : nil)
      metrics.keys[end] = count
    }
    return metrics
  }

  /// Captures of one list came to these ends.
  func count(_ ends: [Result<CaptureEnd, ResolverError>], since begun: ContinuousClock.Instant) {
    let elapsed = begun.microsecondsSoFar
    counts.withLock { counts in
      counts.rest.captureLatency.add(microseconds: elapsed, times: ends.count)
      for end in ends {
        switch end {
        case .success(.decided(let outcome)):
          counts.decisions[outcome.decision.place] += 1
          for key in outcome.keys {
            let reason = key.reason?.place ?? Outcome.Reason.places.count
            counts.keys[key.result.place * Meter.reasonPlaces + reason] += 1
          }
        case .success(.repeated): counts.rest.replays += 1
        case .failure(let error): counts.rest.count(error)
        }
      }
    }
  }

  /// The store carried out a transaction.
  func countCommit(since begun: ContinuousClock.Instant) {
    let elapsed = begun.microsecondsSoFar
    counts.withLock { $0.rest.commitLatency.add(microseconds: elapsed) }
  }

  /// A decision is made again.
  func countRetry() { counts.withLock { $0.rest.retries += 1 } }

  /// Validators were asked about a key.
  func count(_ verdict: Verdict, on key: Key) {
    counts.withLock { counts in
      if verdict.evidence.isEmpty {
        let nobody = ResolverMetrics.ValidatorUse(attribute: key.attribute, validator: "none")
        counts.rest.verdicts[nobody, default: [:]][verdict.finding, default: 0] += 1
      }
      for evidence in verdict.evidence {
        var name = evidence.validator
        if counts.validators.count < Meter.validatorsMax {
          counts.validators.insert(name)
        } else if !counts.validators.contains(name) {
          name = "other"
        }
        let use = ResolverMetrics.ValidatorUse(attribute: key.attribute, validator: name)
        counts.rest.verdicts[use, default: [:]][evidence.finding, default: 0] += 1
        guard !evidence.cached else { continue }
        // A whole number of milliseconds was rounded down: what it stands for ends below the next one.
        counts.rest.validatorLatency[use, default: LatencyHistogram()].add(
          microseconds: evidence.latencyMs * 1000 + 999)
      }
    }
  }

  /// So many keys wait for a verdict.
  func notePending(_ count: Int) { counts.withLock { $0.rest.pending = count } }

  /// Keys wait no longer.
  func count(_ ends: some Collection<PendingEnd>) {
    if ends.isEmpty { return }
    counts.withLock { counts in
      for end in ends { counts.rest.pendingEnds[end, default: 0] += 1 }
      if let pending = counts.rest.pending { counts.rest.pending = max(0, pending - ends.count) }
    }
  }
}

extension ResolverMetrics {
  fileprivate init(space: String) { self.space = space }

  fileprivate mutating func count(_ error: ResolverError) {
    switch error {
    case .refused(let refusal): refusals[refusal.code, default: 0] += 1
    case .store: failures[.store, default: 0] += 1
    case .cancelled: failures[.cancelled, default: 0] += 1
    case .configuration, .refusedOperation, .notFound: failures[.configuration, default: 0] += 1
    }
  }
}

extension ContinuousClock.Instant {
  fileprivate var microsecondsSoFar: Int {
    let (seconds, attoseconds) = (ContinuousClock.now - self).components
    return Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000)
  }
}

extension Outcome.Word {
  fileprivate static let places: [Self] = [.switched, .merged, .created, .associated, .recognized]

  fileprivate var place: Int {
    switch self {
    case .switched: 0
    case .merged: 1
    case .created: 2
    case .associated: 3
    case .recognized: 4
    }
  }
}

extension Outcome.Result {
  fileprivate static let places: [Self] = [.associated, .recognized, .withheld, .rejected]

  fileprivate var place: Int {
    switch self {
    case .associated: 0
    case .recognized: 1
    case .withheld: 2
    case .rejected: 3
    }
  }
}

extension Outcome.Reason {
  fileprivate static let places: [Self] = [
    .unverified, .conflict, .separated, .profileLimit, .superseded, .transferred, .invalid, .malformed,
    .blocked,
  ]

  fileprivate var place: Int {
    switch self {
    case .unverified: 0
    case .conflict: 1
    case .separated: 2
    case .profileLimit: 3
    case .superseded: 4
    case .transferred: 5
    case .invalid: 6
    case .malformed: 7
    case .blocked: 8
    }
  }
}
