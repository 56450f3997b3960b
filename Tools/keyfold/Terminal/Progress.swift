import Glibc
import Keyfold
import KeyfoldCore

/// A line on standard error that tells how a long work goes: count, rate, share and time left.
struct Progress {
  private let output: Output
  private let label: String
  /// How much there is to do, in the unit `show` is told; nil where nobody knows.
  private let total: Int?
  private let start = SystemClock().now()
  private var last = Timestamp(microseconds: 0)
  private var drawn = false

  /// How often the line is drawn anew, in microseconds.
  private static let interval: Int64 = 100_000
  private static let width = 30

  init(_ label: String, total: Int?, output: Output) {
    self.label = label
    self.output = output
    self.total = total
  }

  /// Draws the line, unless it was drawn a moment ago.
  ///
  /// - Parameters:
  ///   - count: what the label counts.
  ///   - done: how much of the total is done.
  mutating func show(count: Int, of done: Int) {
    let now = SystemClock().now()
    guard output.showsProgress, now.microseconds - last.microseconds >= Progress.interval else { return }
    last = now
    drawn = true
    let seconds = Double(max(1, now.microseconds - start.microseconds)) / 1_000_000
    var line = "\(label) \(count), \(Int(Double(count) / seconds))/s"
    if let total, total > 0, done > 0 {
      let share = min(1, Double(done) / Double(total))
      let filled = Int(share * Double(Progress.width))
      let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: Progress.width - filled)
      line = "[\(bar)] \(Int(share * 100)) %  \(line), \(Int(seconds / share * (1 - share))) s left"
    }
    draw(line)
  }

  /// Removes the line.
  mutating func end() {
    if drawn { draw("") }
  }

  private func draw(_ line: String) {
    // A picture that cannot be drawn must not end the work it tells of.
    try? Output.write(Array("\r\u{1B}[K\(line)".utf8), to: STDERR_FILENO)
  }
}
