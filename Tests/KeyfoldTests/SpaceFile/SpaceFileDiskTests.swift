import Glibc
import KeyfoldCore
import Testing

@testable import Keyfold

@Suite struct `Space file: on disk` {
  /// A path that nothing else uses, for the time of the closure.
  private func withTemporaryPath(_ body: (String) throws -> Void) throws {
    let path = "/tmp/keyfold-space-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).yaml"
    defer { remove(path) }
    try body(path)
  }

  private func write(_ text: String, to path: String) {
    guard let file = fopen(path, "w") else { return }
    fputs(text, file)
    fclose(file)
  }

  private func failure(_ path: String) -> SpaceFileError? {
    do throws(SpaceFileError) {
      _ = try Space(contentsOf: path)
      return nil
    } catch {
      return error
    }
  }

  @Test func `a file`() throws {
    try withTemporaryPath { path in
      write(`Space file: what it reads`.example, to: path)
      let space = try Space(contentsOf: path)
      #expect(space.name == "acme")
      write("space: acme\n", to: path)
      let error = failure(path)
      #expect(error?.code == .invalid)
      #expect(error?.file == path)
      #expect(error?.problems == [.init(line: 1, column: 1, message: "the field 'attributes' is missing")])
      #expect(error?.description == "\(path):1:1: the field 'attributes' is missing")
    }
  }

  @Test func `no file, or none that can be read`() {
    #expect(failure("/nonexistent/keyfold.yaml")?.code == .missing)
    #expect(failure("/etc/passwd/keyfold.yaml")?.code == .missing)
    #expect(failure("/tmp")?.code == .unreadable)
    #expect(failure("/dev/zero")?.code == .invalid)
    #expect(failure("/dev/null")?.code == .invalid)
    let error = failure("/nonexistent/keyfold.yaml")
    #expect(
      error?.description == "/nonexistent/keyfold.yaml: there is no such file (No such file or directory)")
  }
}
