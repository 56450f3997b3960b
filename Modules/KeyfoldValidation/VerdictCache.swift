import KeyfoldCore
import Synchronization

/// How long the verdicts of a validator may be given again: its setting `cache`.
struct CacheSettings: Sendable, Hashable {
  /// Time to live of `valid` verdicts, in seconds.
  var validSeconds = 300
  /// Time to live of `invalid` ones, in seconds.
  var invalidSeconds = 30
  /// Verdicts kept at most.
  var entries = 100_000

  private static let longest = 31_536_000

  init() {}

  /// Nil for `cache: false`.
  init?(_ settings: SettingReader) throws(SettingError) {
    if settings.settings["cache"]?.text == "false" { return nil }
    guard let map = try settings.map("cache", known: ["validSeconds", "invalidSeconds", "entries"]) else {
      return
    }
    if let seconds = try map.integer("validSeconds", in: 0...Self.longest) { validSeconds = seconds }
    if let seconds = try map.integer("invalidSeconds", in: 0...Self.longest) { invalidSeconds = seconds }
    if let count = try map.integer("entries", in: 1...10_000_000) { entries = count }
  }

  /// When a verdict given now may be given no more; nil where it may not be given again at all.
  func expiry(of verdict: Verdict, now: Timestamp) -> Timestamp? {
    let seconds: Int
    switch verdict.finding {
    case .valid: seconds = validSeconds
    case .invalid: seconds = invalidSeconds
    case .indeterminate: return nil
    }
    let configured = now.advanced(bySeconds: Int64(seconds))
    switch verdict.reuse {
    case .asConfigured: return configured
    case .until(let limit): return min(configured, limit)
    case .never: return nil
    }
  }
}

/// Verdicts of one validator that may be given again, by a keyed digest of the question: neither a value nor a
/// proof can be read from it.
///
/// Bounded without a list of uses: when the younger half is full, the older half is forgotten and what was
/// asked for meanwhile has moved to the younger.
struct VerdictCache: Sendable {
  private struct Entry: Sendable {
    let verdict: Verdict
    let expires: Timestamp
  }

  private let half: Int
  private var young: [Digest: Entry] = [:]
  private var old: [Digest: Entry] = [:]

  init(entries: Int) { half = max(1, entries / 2) }

  var count: Int { young.count + old.count }

  mutating func verdict(for question: Digest, now: Timestamp) -> Verdict? {
    guard let entry = young[question] ?? old[question] else { return nil }
    if now >= entry.expires {
      young[question] = nil
      old[question] = nil
      return nil
    }
    if young[question] == nil { put(entry, for: question) }
    return entry.verdict
  }

  mutating func keep(_ verdict: Verdict, for question: Digest, until expires: Timestamp) {
    put(Entry(verdict: verdict, expires: expires), for: question)
  }

  private mutating func put(_ entry: Entry, for question: Digest) {
    old[question] = nil
    if young.count >= half && young[question] == nil {
      old = young
      young = [:]
    }
    young[question] = entry
  }
}
