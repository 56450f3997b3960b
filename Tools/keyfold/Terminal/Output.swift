import Glibc
import KeyfoldCore

/// Where results and notes go.
struct Output: Sendable {
  /// Whether results are for programs.
  let json: Bool
  /// Whether results are coloured.
  let colors: Bool
  private let quiet: Bool

  init(_ invocation: Invocation) {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    json = invocation.has("json") || !invocation.has("text") && !isTerminal
    quiet = invocation.has("quiet")
    switch invocation.value("color") {
    case "always": colors = true
    case "never": colors = false
    default: colors = isTerminal && getenv("NO_COLOR") == nil
    }
  }

  /// Writes a result and a line's end.
  func print(_ line: String) throws { try Output.write(Array((line + "\n").utf8), to: STDOUT_FILENO) }

  /// Writes results that are complete lines already.
  func write(_ bytes: [UInt8]) throws { try Output.write(bytes, to: STDOUT_FILENO) }

  /// Writes a result as one line of JSON.
  func printJSON(_ value: (inout JSONWriter) -> Void) throws {
    var json = JSONWriter(reserving: 1024)
    value(&json)
    json.newLine()
    try write(json.bytes)
  }

  /// Says something beside the result, to a person or a log.
  func note(_ text: String) throws {
    if !quiet { try Output.write(Array("keyfold: \(text)\n".utf8), to: STDERR_FILENO) }
  }

  /// Says something only where a person is watching.
  func noteToPerson(_ text: String) throws {
    if isatty(STDERR_FILENO) == 1 { try note(text) }
  }

  /// Asks a person something, or shows what it is about.
  func question(_ text: String) throws { try Output.write(Array(text.utf8), to: STDERR_FILENO) }

  /// Whether a moving picture on standard error disturbs nobody.
  ///
  /// - Parameter resultsFollow: whether nothing is written to standard output meanwhile.
  func showsProgress(resultsFollow: Bool) -> Bool {
    !quiet && isatty(STDERR_FILENO) == 1 && (resultsFollow || isatty(STDOUT_FILENO) == 0)
  }

  /// Writes all bytes, however many calls it takes.
  static func write(_ bytes: [UInt8], to file: Int32) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if written >= 0 {
        rest = rest.dropFirst(written)
      } else if errno == EPIPE {
        throw Failure(.brokenPipe, "")
      } else if errno != EINTR {
        throw Failure(.inputOutput, "writing failed: \(String(cString: strerror(errno)))")
      }
    }
  }
}

/// Colours of a terminal.
enum Style: String {
  case bold = "1"
  case dim = "2"
  case red = "31"
  case green = "32"
  case yellow = "33"

  func callAsFunction(_ text: String, _ output: Output) -> String {
    output.colors ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
  }
}
