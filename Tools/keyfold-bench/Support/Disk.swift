import Glibc

/// How many appends of a page, each with fdatasync, the disk takes a second just now: what a commit waits
/// for.
func syncsPerSecond(in folder: String) throws -> Double {
  let path = "\(folder)/sync"
  let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
  guard file >= 0 else { throw Problem("'\(path)' cannot be written: \(String(cString: strerror(errno)))") }
  defer {
    close(file)
    unlink(path)
  }
  let page = [UInt8](repeating: 0x4B, count: 4096)
  let count = 200
  let begun = nanoseconds()
  for _ in 0..<count {
    guard write(file, page, page.count) == page.count, fdatasync(file) == 0 else {
      throw Problem("writing '\(path)' failed: \(String(cString: strerror(errno)))")
    }
  }
  return Double(count) / (Double(nanoseconds() - begun) / 1e9)
}
