import Glibc
import KeyfoldCore

/// Writes a result into a file that only its owner may read, in place of whatever was there; or to standard output
/// for `-`. What stood there stays until the new content is complete.
func writeResult(_ text: String, to path: String, _ output: Output) throws {
  guard path != "-" else { return try output.write(Array(text.utf8)) }
  let partial = "\(path).partial-\(getpid())"
  let file = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
  guard file >= 0 else { throw cannotWrite(path) }
  do {
    try Output.write(Array(text.utf8), to: file)
    guard fsync(file) == 0, close(file) == 0, rename(partial, path) == 0 else { throw cannotWrite(path) }
  } catch {
    unlink(partial)
    throw error
  }
}

private func cannotWrite(_ path: String) -> Failure {
  let code: ExitCode = errno == EACCES || errno == EPERM ? .noPermission : .cannotCreate
  return Failure(code, "'\(visible(path))' cannot be written: \(String(cString: strerror(errno)))")
}
