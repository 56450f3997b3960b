import Glibc
public import KeyfoldCore

extension FileStore: MaintainedStore {
  /// Copies the folder as it is durable now; captures go on meanwhile.
  public func backup(to path: String) async throws(StoreError) {
    guard access(path, F_OK) != 0 else {
      throw StoreError(.cannotCreate, "'\(path)' exists; a backup goes where nothing is")
    }
    try current().backup(to: try SystemDisk(path: path, creating: true))
  }

  /// Writes a checkpoint, and removes older ones and what interruptions left behind.
  public func compact() async throws(StoreError) -> (before: Int, after: Int) {
    let session = try current()
    let before = try session.byteCount()
    try session.compact()
    return (before, try session.byteCount())
  }
}
