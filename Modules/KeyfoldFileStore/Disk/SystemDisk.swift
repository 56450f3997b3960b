import Glibc
import KeyfoldCore

/// A folder of the file system. Files are readable by their owner only.
struct SystemDisk: Disk {
  let path: String

  /// Creates the folder where it may be created; its parent must exist.
  init(path: String, creating: Bool) throws(StoreError) {
    self.path = path
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else {
        throw StoreError(.incompatible, "'\(path)' is no folder; a file store is one")
      }
      return
    }
    guard errno == ENOENT else { throw SystemDisk.error("'\(path)' cannot be reached") }
    guard creating else {
      throw StoreError(
        .missing, "there is no store '\(path)'; 'keyfold init' or a first 'keyfold capture' creates it")
    }
    if mkdir(path, 0o700) != 0 && errno != EEXIST {
      throw SystemDisk.error("'\(path)' cannot be created", .cannotCreate)
    }
    try makeDurable(parentFolder(of: path))
  }

  func names() throws(StoreError) -> [String] {
    guard let folder = opendir(path) else { throw SystemDisk.error("'\(path)' cannot be listed") }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  func open(_ name: String, creating: Bool) throws(StoreError) -> any DiskFile {
    let descriptor = Glibc.open("\(path)/\(name)", O_RDWR | O_CLOEXEC | (creating ? O_CREAT : 0), 0o600)
    guard descriptor >= 0 else {
      throw SystemDisk.error("'\(path)/\(name)' cannot be opened", creating ? .cannotCreate : nil)
    }
    return SystemFile(descriptor: descriptor, name: "\(path)/\(name)")
  }

  func rename(_ name: String, to other: String) throws(StoreError) {
    if Glibc.rename("\(path)/\(name)", "\(path)/\(other)") != 0 {
      throw SystemDisk.error("'\(path)/\(name)' cannot be renamed to '\(other)'")
    }
  }

  func remove(_ name: String) throws(StoreError) {
    if unlink("\(path)/\(name)") != 0 { throw SystemDisk.error("'\(path)/\(name)' cannot be removed") }
  }

  func sync() throws(StoreError) { try makeDurable(path) }

  /// An error that tells of `errno`.
  static func error(_ message: String, _ code: StoreError.Code? = nil) -> StoreError {
    let number = errno
    let kind: StoreError.Code =
      switch number {
      case EACCES, EPERM, EROFS: .noPermission
      default: code ?? .inputOutput
      }
    return StoreError(kind, message, underlying: String(cString: strerror(number)))
  }
}

/// An open file of the system. The descriptor is used with calls that name their offset, so that threads may
/// share it.
final class SystemFile: DiskFile {
  let descriptor: Int32
  private let name: String

  init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  deinit { close(descriptor) }

  func size() throws(StoreError) -> Int {
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw SystemDisk.error("'\(name)' has no size") }
    return Int(status.st_size)
  }

  func read(_ count: Int, at offset: Int) throws(StoreError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = bytes[filled...].withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress, $0.count, offset + filled)
      }
      if got < 0 && errno == EINTR { continue }
      if got < 0 { throw SystemDisk.error("'\(name)' cannot be read") }
      if got == 0 { break }
      filled += got
    }
    bytes.removeLast(count - filled)
    return bytes
  }

  func write(_ bytes: [UInt8], at offset: Int) throws(StoreError) {
    var written = 0
    while written < bytes.count {
      let put = bytes[written...].withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress, $0.count, offset + written)
      }
      if put < 0 && errno == EINTR { continue }
      if put < 0 { throw SystemDisk.error("'\(name)' cannot be written; nothing of this is stored") }
      written += put
    }
  }

  func resize(to size: Int) throws(StoreError) {
    if ftruncate(descriptor, size) != 0 { throw SystemDisk.error("'\(name)' cannot be resized") }
  }

  func sync() throws(StoreError) {
    // A failed fdatasync leaves it open what is on the disk: nobody may try again and believe the second
    // answer.
    if fdatasync(descriptor) != 0 { throw SystemDisk.error("'\(name)' cannot be made durable") }
  }
}
