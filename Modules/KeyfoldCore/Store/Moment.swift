/// A place in a journal: behind everything that was committed by a time, or up to a sequence number.
///
/// What counts is when an entry was prepared for its commit, not when the capture in it is said to have
/// happened: a moment stands for what was known then.
public enum Moment: Sendable, Hashable {
  /// Behind the last entry before the first one that is later than this.
  case time(Timestamp)
  /// Behind the entry of this number.
  case sequence(Int64)

  /// Reads a time (RFC 3339) or `#` and a sequence number; nil for anything else.
  public init?(_ text: String) {
    if text.hasPrefix("#") {
      guard let number = Int64(text.dropFirst()), number >= 0, !text.hasPrefix("#+") else { return nil }
      self = .sequence(number)
    } else {
      guard let time = Timestamp(text) else { return nil }
      self = .time(time)
    }
  }

  /// Whether it is behind an entry; behind none that comes after one it is not behind.
  package func isBehind(_ entry: JournalEntry) -> Bool {
    switch self {
    case .time(let time): entry.at <= time
    case .sequence(let number): entry.sequence <= number
    }
  }
}
