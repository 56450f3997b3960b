import Glibc
import KeyfoldCore

/// Keeps other processes out of a store's folder. The system lets go of it when the process ends, however it
/// ends.
final class FolderLock: Sendable {
  private let file: Int32

  /// - Throws: `StoreError.busy` naming the process that has it.
  init(folder: String) throws(StoreError) {
    let path = "\(folder)/lock"
    file = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw SystemDisk.error("'\(path)' cannot be opened") }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      let taken = errno == EWOULDBLOCK
      let error = SystemDisk.error("'\(path)' cannot be locked")
      var text = [UInt8](repeating: 0, count: 32)
      let count = pread(file, &text, text.count, 0)
      close(file)
      guard taken else { throw error }
      let owner =
        String(decoding: text.prefix(max(0, count)), as: UTF8.self)
        .split(separator: "\n").first.map { " with process id \($0)" } ?? ""
      throw StoreError(
        .busy, "'\(folder)' is in use by another process\(owner); a file store takes one at a time")
    }
    let owner = Array("\(getpid())\n".utf8)
    // Only a courtesy to whoever comes second: the lock holds without it.
    if ftruncate(file, 0) == 0 { pwrite(file, owner, owner.count, 0) }
  }

  deinit {
    // A child between fork and exec has the file open, too: closing alone would leave it locked until then.
    flock(file, LOCK_UN)
    close(file)
  }
}
