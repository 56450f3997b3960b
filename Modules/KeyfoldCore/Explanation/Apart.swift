/// Why two are not one customer.
public struct Apart: Sendable, Hashable {
  /// What brought the two together and did not make them one, in the order of the journal; empty where nothing
  /// ever connected them.
  public let reasons: [Reason]
  /// What speaks against them as they are now.
  public let differences: [Reason]
  /// What would have to happen; nil where one of the subjects is nobody's.
  public let prospect: Prospect?

  /// One thing that kept two customers apart.
  public struct Reason: Sendable, Hashable {
    /// The kinds of reason.
    public enum Code: String, Sendable, Hashable {
      /// They hold different values of an attribute.
      case conflict
      /// They were said to be different customers.
      case separated
      /// They were one customer until an operator undid it.
      case unmerged
      /// Together they would be more than a profile may hold.
      case profileLimit
      /// A touchpoint that many people use.
      case sharedTouchpoint
      /// A handoff does not join a known customer to one who is settled.
      case settled
      /// A handoff was not honoured.
      case handoff
      /// Nobody vouched for the key that would have connected them.
      case unverified
      /// The validator of that key said it is wrong.
      case invalid
      /// The TID that was presented had been revoked.
      case revoked
      /// They held the same key, but not at the same time.
      case released
      /// The key that was asked about is nobody's.
      case notHeld
    }

    /// Which kind.
    public let code: Code
    /// The attribute they differ in.
    public let attribute: String?
    /// The key that led from one to the other.
    public let key: Key?
    /// The journal entry; nil for what is so now, and for what has no single entry.
    public let sequence: Int64?
    /// When it happened.
    public let at: Timestamp?
    /// Where.
    public let touchpoint: String?
    /// The reason, in a sentence.
    public let sentence: Sentence
  }
}

/// Finds what kept two customers apart.
struct Comparison {
  let a: Explanation.Customer
  let b: Explanation.Customer
  let space: Space
  /// The primary TID of each of their TIDs.
  private let primaries: [TID: TID]

  init(_ a: Explanation.Customer, _ b: Explanation.Customer, in space: Space) {
    (self.a, self.b, self.space) = (a, b, space)
    var primaries: [TID: TID] = [:]
    for customer in [a, b] {
      for story in customer.tids { primaries[story.record.tid] = customer.primary }
    }
    self.primaries = primaries
  }

  func differ(_ one: TID, _ other: TID) -> Bool {
    guard let one = primaries[one], let other = primaries[other] else { return false }
    return one != other
  }

  /// What happened that brought them together.
  func reasons(_ events: [Explanation.Event]) -> [Apart.Reason] {
    var reasons = events.flatMap(reasons)
    let told = Set(reasons.compactMap(\.key))
    reasons += sharedKeys.filter { $0.key.map { !told.contains($0) } ?? true }
    return reasons
  }

  private func reasons(_ event: Explanation.Event) -> [Apart.Reason] {
    switch event.entry.event {
    case .operation(.separate(let a, let b, _)) where differ(a, b):
      return [reason(.separated, event, event.headline)]
    case .operation(.unmerge):
      return event.entry.effects.compactMap { effect in
        guard case .unmerged(let tid, let parent) = effect, differ(tid, parent) else { return nil }
        return reason(.unmerged, event, "\(tid) was part of \(parent) until then: \(event.headline)")
      }
    case .capture(let record): return reasons(event, record)
    case .operation, .pending: return []
    }
  }

  private func reasons(_ event: Explanation.Event, _ record: CaptureRecord) -> [Apart.Reason] {
    let outcome = record.outcome
    var reasons = event.stops.filter { differ($0.obstacle.profile, outcome.tid) }.map { reason(event, $0) }
    reasons += keptOutTogether(event, record)
    reasons += event.elsewhere.compactMap { holding in
      guard differ(holding.origin, outcome.tid), !reasons.contains(where: { $0.key == holding.key }),
        let result = outcome.keys.first(where: { $0.key == holding.key })
      else { return nil }
      let invalid = result.reason == .invalid
      let why: Sentence = invalid ? "its validator said it is wrong" : "nobody vouched for it there"
      return reason(
        invalid ? .invalid : .unverified, event, key: holding.key,
        "\(holding.key), which \(holding.origin) held\(holding.sinceWords), was shown on \(outcome.touchpointTid); \(why)"
      )
    }
    if outcome.unknownTid, let tid = record.tid, differ(tid, outcome.tid) {
      reasons.append(reason(.revoked, event, "\(tid) was presented, but it had been revoked"))
    }
    if let handoff = outcome.handoff, let words = handoff.words, handoff != .conflict,
      let tid = record.handoffTid, differ(tid, outcome.tid)
    {
      reasons.append(reason(.handoff, event, "a handoff brought \(tid) and was ignored: \(words)"))
    }
    return reasons
  }

  /// Two that one capture led to and that both stayed out of a third.
  private func keptOutTogether(_ event: Explanation.Event, _ record: CaptureRecord) -> [Apart.Reason] {
    guard primaries[record.outcome.tid] == nil,
      let first = event.stops.first(where: { primaries[$0.obstacle.profile] != nil }),
      let second = event.stops.first(where: { differ($0.obstacle.profile, first.obstacle.profile) })
    else { return [] }
    return [first, second].map { reason(event, $0) }
  }

  private func reason(_ event: Explanation.Event, _ stop: Explanation.Stop) -> Apart.Reason {
    let (code, attribute): (Apart.Reason.Code, String?) =
      switch stop.obstacle.cause {
      case .separated: (.separated, nil)
      case .profileLimit: (.profileLimit, nil)
      case .conflict(let attribute): (.conflict, attribute)
      case .sharedTouchpoint: (.sharedTouchpoint, nil)
      case .settled: (.settled, nil)
      }
    return reason(code, event, attribute: attribute, key: stop.key, stop.sentence)
  }

  private func reason(
    _ code: Apart.Reason.Code, _ event: Explanation.Event, attribute: String? = nil, key: Key? = nil,
    _ sentence: Sentence
  ) -> Apart.Reason {
    Apart.Reason(
      code: code, attribute: attribute, key: key, sequence: event.sequence, at: event.at,
      touchpoint: event.touchpoint, sentence: sentence)
  }

  /// Keys that were captured for both, without ever bringing them together.
  private var sharedKeys: [Apart.Reason] {
    a.keys.flatMap { mine in
      b.keys.filter { $0.key == mine.key }.map { theirs in
        let released = [mine, theirs].contains { if case .released = $0.standing { true } else { false } }
        return Apart.Reason(
          code: released ? .released : .unverified, attribute: nil, key: mine.key, sequence: nil, at: nil,
          touchpoint: nil, sentence: "\(mine.statement); \(theirs.statement)")
      }
    }
  }
}
