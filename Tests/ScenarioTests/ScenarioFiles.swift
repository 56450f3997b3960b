import Foundation

/// The files beside this one.
enum ScenarioFiles {
  /// The source folder, not a copy among resources: recording writes here.
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Scenarios")

  /// Names of all scenario files, sorted.
  static func all() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".scenario") }.sorted()
  }

  static func read(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  static func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: folder.appending(path: name))
  }
}

/// A folder for stores that goes when nobody holds it any more.
final class TemporaryFolder {
  private let url = FileManager.default.temporaryDirectory
    .appending(path: "keyfold-scenario-\(UUID().uuidString)")
  private var count = 0

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  /// A path where there is nothing yet.
  func fresh() -> String {
    count += 1
    return url.appending(path: "\(count)").path
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}
