import Glibc

/// Makes durable what was written to a file, or which names a folder has.
///
/// - Throws: `StoreError.inputOutput` where the system cannot say that it is.
package func makeDurable(_ path: String) throws(StoreError) {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  let isDurable = file >= 0 && fsync(file) == 0
  let reason = String(cString: strerror(errno))
  if file >= 0 { close(file) }
  if !isDurable { throw StoreError(.inputOutput, "'\(path)' cannot be made durable", underlying: reason) }
}

/// The folder a path is in.
package func parentFolder(of path: String) -> String {
  let trimmed = path.reversed().drop { $0 == "/" }
  let parent = trimmed.drop { $0 != "/" }
  return parent.isEmpty ? "." : String(parent.reversed())
}
