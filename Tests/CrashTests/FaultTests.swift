import Foundation
import Testing
import ToolHarness

/// A disk that fails under the tool: system calls are made to fail by strace(1), on the store's own files only.
@Suite struct `A disk that fails` {
  /// Calls that make a commit durable or bring it to the disk, by store.
  static let faults = [
    ("sqlite:keyfold.db", "keyfold.db-wal", "fsync,fdatasync:error=EIO:when=2+"),
    ("sqlite:keyfold.db", "keyfold.db-wal", "pwrite64:error=ENOSPC:when=9+"),
    ("file:keyfold.d", "keyfold.d/journal.0000000000000000001", "fdatasync:error=EIO:when=3+"),
    ("file:keyfold.d", "keyfold.d/journal.0000000000000000001", "pwrite64:error=ENOSPC:when=3+"),
    ("file:keyfold.d", "keyfold.d/journal.0000000000000000001", "pwrite64:error=EIO:when=2+"),
  ]

  @Test(arguments: faults)
  func `exit 74, nothing acknowledged lost, nothing half stored`(
    _ store: String, _ file: String, _ fault: String
  ) throws {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/strace") else {
      return print("SKIPPED: strace is not installed, so that no disk can be made to fail")
    }
    let keyfold = try Keyfold(space: crowd, store: store)
    #expect(try keyfold.run("capture", "--key", "email=first@x.test", "--id", "0").code == 0)
    var numbers = Numbers(seed: 1)
    let lines = (1...30).map { captureLine(id: "\($0)", &numbers) }
    try keyfold.write(lines.map { $0 + "\n" }.joined(), to: "captures.ndjson")
    let script = """
      while IFS= read -r line; do printf '%s\\n' "$line"; sleep 0.02; done <captures.ndjson |
        strace -f -qq -o strace.log -P "$PWD/\(file)" -e trace=fsync,fdatasync,pwrite64 -e inject=\(fault) \
          '\(try Keyfold.tool())' capture --input - --store \(store)
      """
    let result = try keyfold.run(program: "/bin/bash", ["-c", script])
    #expect(result.code == 74, "\(result.stderr)")
    #expect(
      result.stderr.contains("Input/output error") || result.stderr.contains("No space left")
        || result.stderr.contains("disk"))
    let acknowledged = ids(result.stdout.completeLines)
    #expect(acknowledged.count < lines.count, "the fault never came")

    let recovered = ids(try keyfold.run("export", "journal").stdout.completeLines)
    #expect(Set(acknowledged).isSubset(of: recovered))
    #expect(recovered.count == Set(recovered).count)
    #expect(Set(recovered).isSubset(of: Set(ids(lines.map { $0[...] }) + ["0"])))
    #expect(try keyfold.run("check", "--rebuild").code == 0)
    let again = try keyfold.run(["capture", "--input", "captures.ndjson"])
    #expect(again.code == 0)
    #expect(again.lines.count == lines.count)
  }
}
