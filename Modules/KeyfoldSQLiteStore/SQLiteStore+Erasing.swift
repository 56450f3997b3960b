public import KeyfoldCore

extension SQLiteStore {
  /// Erases a profile in one transaction, and then writes the database anew: free space in its pages may hold
  /// old values even where SQLite was told to overwrite what it deletes.
  ///
  /// Other writers wait for both, which take as long as reading and writing the whole file.
  public func erase(_ order: ErasureOrder) async throws(StoreError) -> Erased? {
    var erased = try await exclusively { session throws(StoreError) in
      try session.writer.transaction { () throws(StoreError) in
        var eraser = try Eraser(session)
        return try eraser.erase(order)
      }
    }
    guard erased != nil else { return nil }
    if !order.finishes {
      erased?.remains = StoreError(.erasePending, "the files are yet to be cleaned")
      return erased
    }
    // It is done for good: what stands in the way of the rest is told beside it.
    do throws(StoreError) { try await rewrite() } catch { erased?.remains = error }
    return erased
  }

  /// Writes the database anew where an erasure could not.
  public func finishErasing() async throws(StoreError) {
    let isPending = try await read { view throws(StoreError) in try view.counts().erasePending }
    if isPending { try await rewrite() }
  }

  /// Writes the database anew without its free pages, and its log back into it, so that neither holds
  /// anything but what the tables say.
  func rewrite() async throws(StoreError) {
    // Where it fails, for want of space for instance, the database is what it was: captures go on.
    try await queue.exclusively { () throws(StoreError) in
      _ = try trusted()
      forgetIdleReaders()
      let connection = try Connection(path: path, readOnly: false)
      let erased = try connection.number(Eraser.pending)
      try connection.execute("VACUUM")
      let isHeld = try connection.number("PRAGMA wal_checkpoint(TRUNCATE)") != 0
      guard let erased else { return }
      if isHeld {
        throw StoreError(
          .erasePending,
          "somebody is still reading what was there before the erasure; run 'keyfold erase --finish' when they are done"
        )
      }
      // Unless another process erased more meanwhile.
      try connection.execute("DELETE FROM meta WHERE name = 'erasing' AND value = \(erased)")
    }
  }
}
