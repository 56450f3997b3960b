import Glibc
public import KeyfoldCore

extension SQLiteStore: MaintainedStore {
  /// Copies the database in one read transaction, without its free pages; captures go on meanwhile.
  public func backup(to path: String) async throws(StoreError) {
    let file = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw StoreError(
        .cannotCreate, "the backup '\(path)' cannot be created; it goes where nothing is",
        underlying: String(cString: strerror(errno)))
    }
    Glibc.close(file)
    do throws(StoreError) {
      try Connection(path: self.path, readOnly: true).run("VACUUM INTO ?1") { $0.bind(1, path) }
      try makeDurable(path)
      try makeDurable(parentFolder(of: path))
    } catch {
      // Half a copy is worse than none: somebody may take it for one.
      unlink(path)
      throw error
    }
  }

  /// Writes the log back and the database anew without its free pages. Other writers wait meanwhile.
  ///
  /// - Throws: also `StoreError.erasePending` where a profile was erased whose pages a reader still holds.
  public func compact() async throws(StoreError) -> (before: Int, after: Int) {
    let before = try byteCount()
    try await rewrite()
    return (before, try byteCount())
  }

  private func byteCount() throws(StoreError) -> Int {
    var count = 0
    for suffix in ["", "-wal"] {
      var status = stat()
      if stat(path + suffix, &status) == 0 { count += Int(status.st_size) }
    }
    return count
  }
}
