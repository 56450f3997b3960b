/// An array that grows without ever copying what it holds: a new chunk at a time, so that no append pauses.
///
/// A copy shares the chunks, and a change after it copies one chunk only: a view of one instant costs next
/// to nothing.
struct ChunkedArray<Element: Sendable>: Sendable {
  private var chunks: ContiguousArray<ContiguousArray<Element>> = []
  private(set) var count = 0

  private static var chunkBits: Int { 10 }
  private static var chunkSize: Int { 1 << chunkBits }

  mutating func append(_ element: Element) {
    if count & (Self.chunkSize - 1) == 0 {
      var chunk = ContiguousArray<Element>()
      chunk.reserveCapacity(Self.chunkSize)
      chunks.append(chunk)
    }
    chunks[chunks.count - 1].append(element)
    count += 1
  }

  subscript(index: UInt32) -> Element {
    get { chunks[Int(index) >> Self.chunkBits][Int(index) & (Self.chunkSize - 1)] }
    _modify { yield &chunks[Int(index) >> Self.chunkBits][Int(index) & (Self.chunkSize - 1)] }
  }
}
