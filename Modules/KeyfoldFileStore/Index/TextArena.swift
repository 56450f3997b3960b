import Glibc

/// Bytes of texts, one after the other in large chunks; never moved, never freed one by one.
struct TextArena: Sendable {
  /// Where a text is.
  struct Text: Sendable {
    fileprivate let chunk: UInt32
    fileprivate let offset: UInt32
    let count: UInt32
  }

  private var chunks: [ContiguousArray<UInt8>] = []
  private static let chunkBytes = 1 << 16

  mutating func add(_ text: String) -> Text {
    let count = text.utf8.count
    if chunks.isEmpty || chunks[chunks.count - 1].count + count > chunks[chunks.count - 1].capacity {
      var chunk = ContiguousArray<UInt8>()
      chunk.reserveCapacity(max(TextArena.chunkBytes, count))
      chunks.append(chunk)
    }
    let chunk = chunks.count - 1
    let place = Text(chunk: UInt32(chunk), offset: UInt32(chunks[chunk].count), count: UInt32(count))
    chunks[chunk].append(contentsOf: text.utf8)
    return place
  }

  func string(_ text: Text) -> String {
    chunks[Int(text.chunk)].withUnsafeBufferPointer { bytes in
      String(decoding: UnsafeBufferPointer(rebasing: bytes[text.range]), as: UTF8.self)
    }
  }

  func holds(_ string: String, at text: Text) -> Bool {
    guard string.utf8.count == Int(text.count) else { return false }
    return chunks[Int(text.chunk)].withUnsafeBufferPointer { bytes in
      string.utf8.elementsEqual(UnsafeBufferPointer(rebasing: bytes[text.range]))
    }
  }
}

extension TextArena.Text {
  fileprivate var range: Range<Int> { Int(offset)..<Int(offset) + Int(count) }
}
