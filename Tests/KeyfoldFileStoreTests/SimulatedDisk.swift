import KeyfoldCore
import Synchronization

@testable import KeyfoldFileStore

/// A disk in memory that remembers every operation, can fail at any of them, and can tell what would be on it
/// after a power cut there.
///
/// What a power cut leaves: everything made durable before it. Of what was written since, nothing,
/// everything, or some of the pages, in any order: that is what `Survival` says. Names change at once in
/// memory and are durable with `sync`.
final class SimulatedDisk: Disk {
  /// What of the writes that were not made durable reaches the disk.
  enum Survival: CaseIterable {
    case nothing
    case everything
    /// The last write only in part.
    case torn
    /// Every other page, last pages first.
    case reordered
  }

  struct Content: Sendable {
    var bytes: [UInt8] = []
    /// What is on the disk for certain.
    var durable: [UInt8] = []
    /// Writes since the last sync, in order.
    var unsynced: [(offset: Int, bytes: [UInt8])] = []
  }

  struct State: Sendable {
    var files: [String: Int] = [:]
    var contents: [Content] = []
    var durableNames: [String: Int] = [:]
    var operations = 0
    /// The operation that fails, and all after it; nil for none.
    var failsAt: Int?
  }

  let state: Mutex<State>
  static let pageBytes = 64

  init(_ state: State = State()) { self.state = Mutex(state) }

  /// Number of operations that change something, so far.
  var operations: Int { state.withLock { $0.operations } }

  /// From the operation of this number on, everything fails; nil to heal it.
  func fail(at operation: Int?) { state.withLock { $0.failsAt = operation } }

  func names() throws(StoreError) -> [String] { state.withLock { Array($0.files.keys) } }

  func open(_ name: String, creating: Bool) throws(StoreError) -> any DiskFile {
    let number = try state.withLock { state throws(StoreError) in
      if let known = state.files[name] { return known }
      guard creating else { throw StoreError(.inputOutput, "no file \(name)") }
      try state.operate()
      state.contents.append(Content())
      state.files[name] = state.contents.count - 1
      return state.contents.count - 1
    }
    return SimulatedFile(disk: self, number: number)
  }

  func rename(_ name: String, to other: String) throws(StoreError) {
    try state.withLock { state throws(StoreError) in
      try state.operate()
      state.files[other] = state.files.removeValue(forKey: name)
    }
  }

  func remove(_ name: String) throws(StoreError) {
    try state.withLock { state throws(StoreError) in
      try state.operate()
      state.files[name] = nil
    }
  }

  func sync() throws(StoreError) {
    try state.withLock { state throws(StoreError) in
      try state.operate()
      state.durableNames = state.files
    }
  }

  /// The disk as a power cut would leave it now.
  func afterPowerCut(_ survival: Survival) -> SimulatedDisk {
    let before = state.withLock { $0 }
    var after = State()
    // A rename or creation that was not synced may have happened or not.
    after.files = survival == .nothing ? before.durableNames : before.files
    after.contents = before.contents.map { content in
      let bytes = content.surviving(survival)
      return Content(bytes: bytes, durable: bytes)
    }
    after.durableNames = after.files
    return SimulatedDisk(after)
  }
}

extension SimulatedDisk.State {
  /// Counts an operation, or fails it.
  mutating func operate() throws(StoreError) {
    operations += 1
    if let failsAt, operations >= failsAt { throw StoreError(.inputOutput, "the simulated disk failed") }
  }
}

extension SimulatedDisk.Content {
  fileprivate func surviving(_ survival: SimulatedDisk.Survival) -> [UInt8] {
    switch survival {
    case .nothing: return durable
    case .everything: return bytes
    case .torn:
      guard let last = unsynced.last else { return bytes }
      var result = unsynced.dropLast().reduce(into: durable) { put($1, in: &$0) }
      put((last.offset, Array(last.bytes.prefix(last.bytes.count / 2))), in: &result)
      return result
    case .reordered:
      var result = durable
      for write in unsynced {
        for start in stride(from: 0, to: write.bytes.count, by: SimulatedDisk.pageBytes)
        where (write.offset + start) / SimulatedDisk.pageBytes % 2 == 1 {
          let page = write.bytes[start..<min(start + SimulatedDisk.pageBytes, write.bytes.count)]
          put((write.offset + start, Array(page)), in: &result)
        }
      }
      return result
    }
  }

  fileprivate func put(_ write: (offset: Int, bytes: [UInt8]), in bytes: inout [UInt8]) {
    let end = write.offset + write.bytes.count
    if bytes.count < end { bytes += Array(repeating: 0, count: end - bytes.count) }
    bytes.replaceSubrange(write.offset..<end, with: write.bytes)
  }
}

private final class SimulatedFile: DiskFile {
  private let disk: SimulatedDisk
  private let number: Int

  init(disk: SimulatedDisk, number: Int) {
    self.disk = disk
    self.number = number
  }

  func size() throws(StoreError) -> Int { disk.state.withLock { $0.contents[number].bytes.count } }

  func read(_ count: Int, at offset: Int) throws(StoreError) -> [UInt8] {
    disk.state.withLock { state in
      let bytes = state.contents[number].bytes
      let start = min(offset, bytes.count)
      return Array(bytes[start..<min(start + count, bytes.count)])
    }
  }

  func write(_ bytes: [UInt8], at offset: Int) throws(StoreError) {
    try disk.state.withLock { state throws(StoreError) in
      try state.operate()
      var content = state.contents[number]
      content.put((offset, bytes), in: &content.bytes)
      content.unsynced.append((offset, bytes))
      state.contents[number] = content
    }
  }

  func resize(to size: Int) throws(StoreError) {
    try disk.state.withLock { state throws(StoreError) in
      try state.operate()
      var bytes = state.contents[number].bytes
      bytes =
        size <= bytes.count ? Array(bytes[..<size]) : bytes + Array(repeating: 0, count: size - bytes.count)
      // A change of size is taken for durable with the next sync, and for done before it only with
      // everything.
      state.contents[number].bytes = bytes
    }
  }

  func sync() throws(StoreError) {
    try disk.state.withLock { state throws(StoreError) in
      try state.operate()
      state.contents[number].durable = state.contents[number].bytes
      state.contents[number].unsynced = []
    }
  }
}
