import Glibc
import Keyfold
import KeyfoldCore

/// Tells on standard error how a long work goes: count, rate, share and time left. A picture where a person
/// watches; elsewhere nothing, or plain lines from time to time.
struct Progress {
  private enum Form {
    case picture
    case lines
    case nothing
  }

  private let output: Output
  private let label: String
  /// How much there is to do, in the unit `show` is told; nil where nobody knows.
  private let total: Int?
  private let form: Form
  /// How often it is told, in microseconds.
  private let interval: Int64
  private let start = SystemClock().now()
  private var last: Timestamp
  private var drawn = false

  private static let pictureInterval: Int64 = 100_000
  private static let width = 30

  /// - Parameters:
  ///   - resultsFollow: whether results go to standard output only when the work is done, so that a picture
  ///     disturbs nobody there.
  ///   - seconds: how often a plain line is written where no person watches; nil for never.
  init(
    _ label: String, total: Int?, output: Output, resultsFollow: Bool = false, linesEvery seconds: Int? = nil
  ) {
    self.label = label
    self.output = output
    self.total = total
    if output.showsProgress(resultsFollow: resultsFollow) {
      (form, interval) = (.picture, Progress.pictureInterval)
    } else {
      (form, interval) = (seconds == nil ? .nothing : .lines, Int64(seconds ?? 0) * 1_000_000)
    }
    // A picture is drawn at once; the first line comes when the first interval is over.
    last = form == .lines ? start : Timestamp(microseconds: 0)
  }

  /// Tells how it goes, unless that was told a moment ago.
  ///
  /// - Parameters:
  ///   - count: what the label counts.
  ///   - done: how much of the total is done.
  mutating func show(count: Int, of done: Int) {
    let now = SystemClock().now()
    guard form != .nothing, now.microseconds - last.microseconds >= interval else { return }
    last = now
    let seconds = Double(max(1, now.microseconds - start.microseconds)) / 1_000_000
    let line = "\(label) \(count), \(Int(Double(count) / seconds))/s"
    var share: Double?
    if let total, total > 0, done > 0 { share = min(1, Double(done) / Double(total)) }
    let left = share.map { "\(Int(seconds / $0 * (1 - $0))) s left" }
    if form == .lines {
      // Nor must a line that cannot be written.
      try? output.note(
        line + (share.map { ", \(Int($0 * 100)) %" } ?? "") + (left.map { ", \($0)" } ?? ""))
      return
    }
    drawn = true
    draw(share.map { "\(bar($0))  \(line)\(left.map { ", \($0)" } ?? "")" } ?? line)
  }

  private func bar(_ share: Double) -> String {
    let filled = Int(share * Double(Progress.width))
    let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: Progress.width - filled)
    return "[\(bar)] \(Int(share * 100)) %"
  }

  /// Removes the picture.
  mutating func end() {
    if drawn { draw("") }
  }

  private func draw(_ line: String) {
    // A picture that cannot be drawn must not end the work it tells of.
    try? Output.write(Array("\r\u{1B}[K\(line)".utf8), to: STDERR_FILENO)
  }
}
