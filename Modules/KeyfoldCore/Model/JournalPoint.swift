/// A point of the journal, as an operator names it.
public enum JournalPoint: Sendable, Hashable {
  /// When entries were stored, by the clock of whoever stored them.
  case time(Timestamp)
  /// After the entry of that sequence.
  case sequence(Int64)

  /// Reads RFC 3339, or `#` and a sequence number; nil for anything else.
  public init?(_ text: String) {
    if text.utf8.first == UInt8(ascii: "#") {
      let digits = text.utf8.dropFirst()
      guard digits.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains),
        let sequence = Int64(Substring(digits))
      else { return nil }
      self = .sequence(sequence)
    } else {
      guard let time = Timestamp(text) else { return nil }
      self = .time(time)
    }
  }
}

/// A piece of the journal: what was stored after one point, up to another. A time belongs to both sides: what
/// was stored at that very moment counts.
public struct JournalSpan: Sendable, Hashable {
  /// Where it begins; nil for the beginning of the journal.
  public var since: JournalPoint?
  /// Where it ends; nil for the end of the journal.
  public var until: JournalPoint?

  /// Makes a span; the whole journal, unless told otherwise.
  public init(since: JournalPoint? = nil, until: JournalPoint? = nil) {
    self.since = since
    self.until = until
  }

  /// The sequence after which its entries come.
  package var first: Int64 { if case .sequence(let sequence) = since { sequence } else { 0 } }

  /// Whether no later entry can belong to it.
  package func isOver(at entry: JournalEntry) -> Bool {
    if case .sequence(let last) = until { entry.sequence > last } else { false }
  }

  /// Whether an entry belongs to it.
  package func contains(_ entry: JournalEntry) -> Bool {
    if case .time(let time) = since, entry.at < time { return false }
    if case .time(let time) = until, entry.at > time { return false }
    return entry.sequence > first && !isOver(at: entry)
  }
}
