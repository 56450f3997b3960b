public import KeyfoldCore

/// Which merges are to be undone: those that something made, within a piece of the journal.
public struct MergeSelection: Sendable, Hashable {
  /// What made them.
  public enum Maker: Sendable, Hashable {
    /// The validator of that name vouched for the key that made it.
    case validator(String)
    /// That key, in any form that normalises to it.
    case key(attribute: String, value: String)
    /// The capture of that idempotency id, be it by one of its keys that had to wait for a verdict.
    case capture(id: String)
  }

  /// What made them.
  public var maker: Maker
  /// When they were stored.
  public var span: JournalSpan

  /// Makes a selection; of the whole journal, unless told otherwise.
  public init(_ maker: Maker, span: JournalSpan = JournalSpan()) {
    self.maker = maker
    self.span = span
  }
}

/// A merge in the journal.
public struct PastMerge: Sendable, Hashable {
  /// The TID that became secondary.
  public let secondary: TID
  /// The TID it was merged into.
  public let primary: TID
  /// Journal sequence of the commit that made it.
  public let sequence: Int64
  /// When that was stored.
  public let at: Timestamp
}

/// Finds the merges of a selection among journal entries.
struct MergeSearch: Sendable {
  /// What to look for, with everything looked up that needs the store.
  enum Subject: Sendable {
    case validator(String)
    case key(Key)
    case capture(id: Digest, sequence: Int64)
  }

  let subject: Subject
  let span: JournalSpan

  /// The sequence after which something can be found.
  var first: Int64 {
    if case .capture(_, let sequence) = subject { max(span.first, sequence - 1) } else { span.first }
  }

  /// The merges an entry made, in the order they happened.
  func merges(in entry: JournalEntry) -> [PastMerge] {
    guard span.contains(entry) else { return [] }
    return entry.effects.compactMap { effect in
      guard case .merged(let tid, let primary, let cause) = effect, isWanted(entry.event, cause) else {
        return nil
      }
      return PastMerge(secondary: tid, primary: primary, sequence: entry.sequence, at: entry.at)
    }
  }

  private func isWanted(_ event: JournalEntry.Event, _ cause: Effect.MergeCause) -> Bool {
    switch (subject, event) {
    case (.capture(let id, _), .capture(let record)): return record.identity?.id == id
    case (.capture(_, let sequence), .pending(let id, _)): return id.commit == sequence
    case (_, .capture(let record)): return isWanted(record.outcome, cause)
    case (_, .pending(_, let outcome?)): return isWanted(outcome, cause)
    case (_, .pending(_, nil)), (_, .operation): return false
    }
  }

  private func isWanted(_ outcome: Outcome, _ cause: Effect.MergeCause) -> Bool {
    keys(of: outcome, cause).contains { key in
      switch subject {
      case .validator(let name):
        key.evidence.contains { $0.finding == .valid && sameBytes($0.validator, name) }
      case .key(let wanted):
        sameBytes(key.attribute, wanted.attribute) && sameBytes(key.value, wanted.value)
      case .capture: false
      }
    }
  }

  /// The keys that made a merge: one that led to each of the profiles, or one alone where a TID led to the other.
  /// Those of its attribute where an older journal does not say which it was.
  private func keys(of outcome: Outcome, _ cause: Effect.MergeCause) -> [Outcome.KeyResult] {
    guard case .key(let attribute, let place, let beside) = cause else { return [] }
    if let place {
      return [place, beside].compactMap { $0 }.filter(outcome.keys.indices.contains).map { outcome.keys[$0] }
    }
    return outcome.keys.filter { sameBytes($0.attribute, attribute) }
  }
}
