import Keyfold
import KeyfoldCore

/// What became of the lines of an import.
struct ImportCounts {
  private(set) var lines = 0
  /// Captures that were captured before, and were not captured again.
  private(set) var repeated = 0
  private(set) var refused = 0
  private var decisions: [Outcome.Word: Int] = [:]
  private var refusals: [CaptureError.Code: Int] = [:]
  private let start = SystemClock().now()

  /// The words of an outcome, in the order they are printed.
  private static let words: [Outcome.Word] = [.created, .associated, .recognized, .merged, .switched]

  private var captured: Int { decisions.values.reduce(0, +) }

  mutating func count(_ end: CaptureEnd) {
    lines += 1
    switch end {
    case .decided(let outcome): decisions[outcome.decision, default: 0] += 1
    case .repeated: repeated += 1
    }
  }

  mutating func count(_ refusal: CaptureError) {
    lines += 1
    refused += 1
    refusals[refusal.code, default: 0] += 1
  }

  mutating func countAcceptable() { lines += 1 }

  /// Prints the result of the import.
  func print(to output: Output, isDryRun: Bool) throws {
    let took = max(1, SystemClock().now().microseconds - start.microseconds)
    let rate = Int(Double(lines) / Double(took) * 1_000_000)
    let refusals = refusals.sorted { $0.key.rawValue < $1.key.rawValue }
    guard output.json else {
      return try output.print(text(refusals, seconds: Double(took) / 1_000_000, rate, isDryRun, output))
    }
    try output.printJSON { json in
      json.object { json in
        json.member("lines", lines)
        json.member("captured", captured)
        json.member("repeated", repeated)
        json.member("refused", refused)
        json.name("decisions")
        json.object { json in
          for word in ImportCounts.words {
            json.name(word.rawValue)
            json.integer(Int64(decisions[word] ?? 0))
          }
        }
        json.name("refusals")
        json.object { json in
          for (code, count) in refusals {
            json.name(code.rawValue)
            json.integer(Int64(count))
          }
        }
        json.member("milliseconds", took / 1000)
        json.member("linesPerSecond", rate)
      }
    }
  }

  private func text(
    _ refusals: [(key: CaptureError.Code, value: Int)], seconds: Double, _ rate: Int, _ isDryRun: Bool,
    _ output: Output
  ) -> String {
    let tenths = Int(seconds * 10)
    var rows = [("lines", "\(lines) in \(tenths / 10).\(tenths % 10) s, \(rate) a second")]
    if isDryRun {
      rows.append(("sound", "\(lines - refused); nothing was stored"))
    } else {
      let parts = ImportCounts.words.compactMap { word in decisions[word].map { "\($0) \(word.rawValue)" } }
      rows.append(("captured", "\(captured)\(parts.isEmpty ? "" : ": " + parts.joined(separator: ", "))"))
      if repeated > 0 { rows.append(("repeated", "\(repeated) were captured before")) }
    }
    if refused > 0 {
      let parts = refusals.map { "\($0.value) \($0.key.rawValue)" }
      rows.append(("refused", "\(refused): \(parts.joined(separator: ", "))"))
    }
    return rows.map { "\(Style.dim($0.0.padded(to: 11), output)) \($0.1)" }.joined(separator: "\n")
  }
}
