import Glibc
import Keyfold
import KeyfoldCore

/// A line on standard error that tells how a long work goes: count, rate, share and time left.
struct Progress {
  private let output: Output
  private let label: String
  /// Bytes of the whole input, where known.
  private let total: Int?
  private let start = SystemClock().now()
  private var last = Timestamp(microseconds: 0)
  private var drawn = false

  /// How often the line is drawn anew, in microseconds.
  private static let interval: Int64 = 100_000

  init(_ label: String, totalBytes: Int?, output: Output) {
    self.label = label
    self.output = output
    total = totalBytes
  }

  mutating func show(count: Int, bytes: Int) throws {
    let now = SystemClock().now()
    guard output.showsProgress, now.microseconds - last.microseconds >= Progress.interval else { return }
    last = now
    drawn = true
    let seconds = Double(max(1, now.microseconds - start.microseconds)) / 1_000_000
    var line = "\(label) \(count), \(Int(Double(count) / seconds))/s"
    if let total, total > 0, bytes > 0 {
      let share = min(1, Double(bytes) / Double(total))
      let filled = Int(share * 30)
      let left = Int(seconds / share * (1 - share))
      line =
        "[\(String(repeating: "█", count: filled))\(String(repeating: "·", count: 30 - filled))] \(Int(share * 100)) %  \(line), \(left) s left"
    }
    try Output.write(Array("\r\u{1B}[K\(line)".utf8), to: STDERR_FILENO)
  }

  /// Removes the line.
  mutating func end() throws {
    if drawn { try Output.write(Array("\r\u{1B}[K".utf8), to: STDERR_FILENO) }
  }
}
