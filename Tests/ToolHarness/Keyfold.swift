import Foundation
import Glibc

/// The built tool in a folder of its own, which goes when the test is done.
///
/// Relative names in arguments mean files of that folder; without `--store` the tool writes its `keyfold.db`
/// there.
package final class Keyfold: Sendable {
  /// The folder.
  package let folder: String
  /// The store its commands use, unless they name one; nil for the tool's own default.
  private let store: String?

  package init(store: String? = nil) throws {
    self.store = store
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("keyfold-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
    folder = path.path
  }

  /// A folder with a space file in it.
  package convenience init(space: String, store: String? = nil) throws {
    try self.init(store: store)
    try write(space, to: "keyfold.yaml")
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// What a run left behind.
  package struct Result: Sendable {
    package let stdout: String
    package let stderr: String
    package let ending: Ending

    /// The exit code; nil where a signal ended it.
    package var code: Int32? { if case .exited(let code) = ending { code } else { nil } }
    /// Lines on standard output.
    package var lines: [String] { stdout.split(separator: "\n").map(String.init) }
    /// The lines as JSON.
    package func json() throws -> [JSON] { try lines.map(JSON.init(parsing:)) }
    /// The one line as JSON.
    package func object() throws -> JSON {
      let values = try json()
      guard values.count == 1 else { throw HarnessError("one line expected, got: \(stdout)\(stderr)") }
      return values[0]
    }
  }

  /// Runs the tool to its end.
  ///
  /// - Parameter environment: what is set beside the environment of the tests, from which everything of
  ///   Keyfold's is removed.
  package func run(
    _ arguments: [String], stdin: [UInt8] = [], environment: [String: String] = [:]
  ) throws -> Result {
    let tool = try start(arguments, environment: environment)
    try tool.send(stdin)
    return try tool.finish()
  }

  package func run(_ arguments: String..., stdin: String = "") throws -> Result {
    try run(arguments, stdin: Array(stdin.utf8))
  }

  /// Captures a stream of lines.
  package func capture(_ lines: [String], _ options: String...) throws -> Result {
    let text = lines.map { $0 + "\n" }.joined()
    return try run(["capture", "--input", "-"] + options, stdin: Array(text.utf8))
  }

  /// Captures one line, which must not be refused, and returns the outcome.
  package func captured(_ line: String, _ options: String...) throws -> JSON {
    let result = try run(["capture", "--input", "-"] + options, stdin: Array(line.utf8))
    guard result.code == 0 else { throw HarnessError("refused: \(result.stdout)\(result.stderr)") }
    return try result.object()
  }

  /// Starts the tool and leaves it running.
  package func start(
    _ arguments: [String], environment: [String: String] = [:], ignoringPipeSignal: Bool = false
  ) throws -> RunningTool {
    try start(program: try Keyfold.tool(), arguments, environment, ignoringPipeSignal)
  }

  /// Starts the example host and leaves it running.
  package func startHost(_ arguments: [String]) throws -> RunningTool {
    try start(program: try Keyfold.built("keyfold-host"), arguments, [:], false)
  }

  /// Runs another program in the folder, such as a shell that prepares the way for the tool.
  package func run(program: String, _ arguments: [String]) throws -> Result {
    try start(program: program, arguments, [:], false).finish()
  }

  private func start(
    program: String, _ arguments: [String], _ environment: [String: String], _ ignoringPipeSignal: Bool
  ) throws -> RunningTool {
    var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("KEYFOLD_") }
    variables["KEYFOLD_STORE"] = store
    variables.merge(environment) { _, new in new }
    return try RunningTool(
      program: program, arguments: arguments, variables: variables, home: self,
      ignoringPipeSignal: ignoringPipeSignal)
  }

  /// The tool as it was built with these tests: it lies beside them.
  package static func tool() throws -> String { try built("keyfold") }

  /// A program that was built with these tests.
  package static func built(_ name: String) throws -> String {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let path = (tests as NSString).deletingLastPathComponent + "/\(name)"
    guard access(path, X_OK) == 0 else { throw HarnessError("there is no tool at \(path)") }
    return path
  }
}

// MARK: Files of the folder

extension Keyfold {
  package func path(_ name: String) -> String { folder + "/" + name }

  package func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
  }

  package func text(of name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: path(name))), as: UTF8.self)
  }

  /// Names of the files, sorted.
  package func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  /// Permissions of a file, such as 0o600.
  package func mode(of name: String) throws -> Int {
    var status = stat()
    guard lstat(path(name), &status) == 0 else { throw HarnessError("there is no file \(name)") }
    return Int(status.st_mode & 0o7777)
  }

  /// Whether some file holds these bytes.
  package func holds(_ text: String) throws -> Bool {
    try files().contains { name in
      try Data(contentsOf: URL(fileURLWithPath: path(name))).range(of: Data(text.utf8)) != nil
    }
  }
}

/// Why the harness could not do its part; never the tool's fault alone.
package struct HarnessError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
