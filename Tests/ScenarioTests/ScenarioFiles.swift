import Glibc
import Testing

/// The files beside this one.
enum ScenarioFiles {
  struct Failure: Error, CustomStringConvertible {
    let path: String
    let reason = String(cString: strerror(errno))
    var description: String { "\(path): \(reason)" }
  }

  /// The source folder, not the copy among the resources: recording writes here.
  private static let folder = #filePath.dropLast("ScenarioFiles.swift".count) + "Scenarios"

  /// Names of all scenario files, sorted.
  static func all() throws -> [String] {
    guard let listing = opendir(String(folder)) else { throw Failure(path: String(folder)) }
    defer { closedir(listing) }
    var names: [String] = []
    while let entry = readdir(listing) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(cString: Array($0) + [0]) }
      if name.hasSuffix(".scenario") { names.append(name) }
    }
    return names.sorted()
  }

  static func read(_ name: String) throws -> String {
    let path = "\(folder)/\(name)"
    guard let file = fopen(path, "r") else { throw Failure(path: path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func write(_ text: String, to name: String) throws {
    let path = "\(folder)/\(name)"
    guard let file = fopen(path, "w") else { throw Failure(path: path) }
    defer { fclose(file) }
    let bytes = Array(text.utf8)
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw Failure(path: path) }
  }
}

/// A folder for databases that goes when nobody holds it any more.
final class TemporaryFolder {
  private let path: String
  private var count = 0

  init() throws {
    var template = Array("/tmp/keyfold-scenario-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ScenarioFiles.Failure(path: "/tmp") }
    path = String(cString: template.map { UInt8(bitPattern: $0) })
  }

  /// A path where there is nothing yet.
  func fresh() -> String {
    count += 1
    return "\(path)/\(count).db"
  }

  deinit {
    for number in 1...max(count, 1) {
      for suffix in ["", "-wal", "-shm"] { unlink("\(path)/\(number).db\(suffix)") }
    }
    rmdir(path)
  }
}
