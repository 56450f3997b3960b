import Glibc
import Keyfold

/// The host's log: a line on standard error for each notice.
struct Log: ResolverLog {
  let isQuiet: Bool

  func record(_ notice: ResolverNotice) {
    if notice.level != .info || !isQuiet { write("\(notice.level.rawValue): \(notice)") }
  }

  /// Writes a line, in one piece.
  func write(_ text: String) {
    let line = Array("keyfold-host: \(text)\n".utf8)
    // Where standard error is gone, nothing is left to tell.
    _ = Glibc.write(STDERR_FILENO, line, line.count)
  }
}
