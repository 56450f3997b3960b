import Glibc

/// A folder for databases and streams that goes when the measurement is over.
final class Folder {
  let path: String

  init(in parent: String) throws {
    var template = Array("\(parent)/keyfold-bench-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw Problem("no folder can be made in '\(parent)': \(String(cString: strerror(errno)))", code: 73)
    }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { unlink("\(path)/\(name)") }
    }
    closedir(folder)
    rmdir(path)
  }
}

/// Writes a file.
func write(_ bytes: [UInt8], to path: String) throws {
  guard let file = fopen(path, "w") else {
    throw Problem("'\(path)' cannot be written: \(String(cString: strerror(errno)))")
  }
  let written = fwrite(bytes, 1, bytes.count, file)
  guard fclose(file) == 0, written == bytes.count else { throw Problem("writing '\(path)' failed") }
}
