import KeyfoldCore

/// An erasure that is decided and not yet everywhere in the folder: a file that names the segments whose
/// drafts are whole and durable.
///
/// Before it is there nothing has happened. From then on the erasure has happened, and whoever opens the
/// folder ends it first: drafts take the places of their segments, and checkpoints go, because they hold what
/// was erased.
enum ErasureIntent {
  static let name = "erasing"

  /// Decides the erasure.
  static func write(_ rewritten: [RewrittenSegment], to disk: any Disk) throws(StoreError) {
    // The drafts' names must be durable before what names them.
    try disk.sync()
    try disk.replace(name, with: Array(rewritten.map { $0.name + "\n" }.joined().utf8))
  }

  /// Ends an erasure that a crash interrupted, if there is one.
  static func complete(on disk: any Disk) throws(StoreError) {
    let names = Set(try disk.names())
    guard names.contains(name) else { return }
    let lines = String(decoding: try disk.open(name, creating: false).readAll(), as: UTF8.self)
    for segment in lines.split(separator: "\n").map(String.init) where names.contains(segment + ".draft") {
      try disk.rename(segment + ".draft", to: segment)
    }
    for other in try disk.names() where other.hasPrefix("checkpoint.") { try disk.remove(other) }
    try remove(from: disk)
  }

  /// Says that the erasure is everywhere.
  static func remove(from disk: any Disk) throws(StoreError) {
    try disk.sync()
    try disk.remove(name)
    try disk.sync()
  }
}
