public import KeyfoldCore
import Synchronization

extension FileStore {
  /// Erases a profile: the segments of the journal that speak of it are written anew, and a new checkpoint takes
  /// the place of older ones. Captures wait meanwhile, readers do not.
  ///
  /// A view that was lent before keeps the files it reads, which have no name any more.
  public func erase(_ order: ErasureOrder) async throws(StoreError) -> Erased? {
    try await queue.exclusively { () throws(StoreError) in
      var next = try current()
      let erased: Erased?
      do throws(StoreError) { erased = try next.erase(order) } catch {
        // Where it failed half way only opening again can tell what is on the disk.
        session.withLock { if next.isUntrusted { $0?.distrust(error) } }
        throw error
      }
      session.withLock { if $0 != nil { $0 = next } }
      return erased
    }
  }

  /// Every erasure ends with clean files, or is ended by the next opening.
  public func finishErasing() async throws(StoreError) { _ = try current() }
}

extension Session {
  /// Erases a profile from journal, index and checkpoints.
  ///
  /// - Returns: nil where nobody is named so.
  mutating func erase(_ order: ErasureOrder) throws(StoreError) -> Erased? {
    let view = FileView(index: index, journal: journal)
    guard let tid = try view.tid(of: order.subject), let number = index.number(of: tid) else { return nil }
    let root = index.root(of: number)
    var erasure = index.erasure(of: root)
    try journal.read(after: 0) { text, _ throws(StoreError) in
      let text = Array(text)
      if erasure.mayConcern(text) { erasure.note(try JournalEntry(decoding: text, space: index.space)) }
      return true
    }
    let own = erasure.tids
    try erasure.settle { key throws(StoreError) in index.isHeld(key, byOthersThan: own) }
    try removeDrafts()
    let sequence = index.sequence + 1
    let entry = erasure.entry(sequence, for: order, digests)
    var lostConflicts: [String] = []
    let rewritten = try journal.rewrite(appending: entry.encoded) { text throws(StoreError) in
      guard erasure.mayConcern(text) else { return nil }
      let known = try JournalEntry(decoding: text, space: index.space)
      let redacted = erasure.redacted(known)
      if let redacted, redacted.conflicts.isEmpty { lostConflicts += known.conflicts }
      return redacted?.encoded
    }
    try conclude(erasure, root, rewritten, entry, lostConflicts)
    return erasure.result(sequence)
  }

  /// From here on the erasure has happened, whatever happens to this process.
  private mutating func conclude(
    _ erasure: Erasure, _ root: UInt32, _ rewritten: [RewrittenSegment], _ entry: JournalEntry,
    _ lostConflicts: [String]
  ) throws(StoreError) {
    do throws(StoreError) {
      try ErasureIntent.write(rewritten, to: disk)
      try journal.adopt(rewritten)
      index.erase(erasure, root, lostConflicts)
      try index.apply(entry)
      try Checkpoint.write(index, journal, to: disk)
      try ErasureIntent.remove(from: disk)
    } catch {
      distrust(error)
      throw error
    }
  }
}
