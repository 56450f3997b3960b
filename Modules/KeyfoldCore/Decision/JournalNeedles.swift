import CLinux

/// Finds out quickly which texts of entries may speak of certain TIDs, keys and waiting keys: reading an
/// entry takes fifty times as long as looking through it.
package struct JournalNeedles: Sendable {
  /// Texts one of which stands in whatever speaks of them.
  package private(set) var needles: [[UInt8]]

  /// Only captures and verdicts quote keys as strings of their own; the few others are taken as they come,
  /// because a reason may quote anything.
  package static let quoting = [Array(#""type":"capture""#.utf8), Array(#""type":"pending""#.utf8)]
  /// The type stands behind the sequence and the time.
  package static let headBytes = 96

  init(_ tids: Set<TID>) { needles = tids.map { Array($0.description.utf8) } }

  mutating func add(_ keys: Set<Key>) {
    for key in keys {
      var json = JSONWriter()
      json.string(key.value)
      needles.append(json.bytes)
    }
  }

  /// Adds the end of a key's wait, which names no key.
  mutating func add(_ id: PendingKey.ID) {
    var json = JSONWriter()
    Effect.pendingSettled(id, end: .stale).write(into: &json)
    let end = Array(#","end""#.utf8)
    needles.append(Array(json.bytes[..<(json.bytes.count - #","end":"stale"}"#.utf8.count)]) + end)
  }

  func areIn(_ text: [UInt8]) -> Bool {
    text.withUnsafeBytes { text in
      let head = UnsafeRawBufferPointer(rebasing: text.prefix(JournalNeedles.headBytes))
      return !JournalNeedles.quoting.contains { head.contains($0) } || needles.contains { text.contains($0) }
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Whether the bytes stand anywhere.
  fileprivate func contains(_ needle: [UInt8]) -> Bool {
    keyfold_contains(baseAddress, count, needle, needle.count)
  }
}
