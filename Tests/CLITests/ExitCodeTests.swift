import Glibc
import Testing
import ToolHarness

/// Whether the tests run as root, whom permissions do not stop.
private let isRoot = geteuid() == 0

@Suite struct `Exit codes` {
  @Test func `0: done`() throws {
    let keyfold = try Keyfold(space: acme)
    #expect(try keyfold.capture([#"{"keys":{"crmId":"7"}}"#]).code == 0)
    for command in ["stats", "check", "export profiles", "lookup crmId=7", "space check"] {
      #expect(try keyfold.run(command.split(separator: " ").map(String.init)).code == 0, "\(command)")
    }
  }

  @Test func `1: not found, or a check that found problems`() throws {
    let keyfold = try Keyfold(space: acme)
    _ = try keyfold.captured(#"{"keys":{"crmId":"7"}}"#)
    #expect(try keyfold.run("lookup", "crmId=8").code == 1)
    #expect(try keyfold.run("lookup", strangerTID).code == 1)
    #expect(try keyfold.run("revoke", strangerTID, "--reason", "test").code == 1)
    try SQLiteFile(keyfold.path("keyfold.db")).execute("DELETE FROM claims")
    #expect(try keyfold.run("check", "--rebuild").code == 1)
  }

  @Test(arguments: [
    "", "captur", "capture extra", "capture --kye a=b", "capture --key", "capture --key crmId",
    "capture --key =1", "capture --data x", "capture --color pink", "capture --store mysql:x",
    "capture --store sqlite:", "capture --store sqlite:x?synchronous=off", "capture --quiet=yes", "lookup",
    "lookup a=1 b=2", "export", "export everything",
    "export merges --format xml", "export journal --since yesterday", "check --rebuild=1", "handoff",
    "handoff inspect", "handoff issue --tid 17 --for web", "handoff issue --for web",
    "handoff issue --tid \(strangerTID)", "handoff issue --tid \(strangerTID) --for web --ttl 0",
    "handoff issue --tid \(strangerTID) --for web --ttl soon", "handoff give", "revoke",
    "revoke \(strangerTID)", "revoke 17 --reason x", "space", "space delete",
    "capture --input - --key crmId=1", "-x", "capture -k crmId=1", "--store", "init --name=",
    "capture --dry-run --accept-space-change",
  ]) func `64: usage`(_ command: String) throws {
    let keyfold = try Keyfold(space: acme)
    let result = try keyfold.run(command.split(separator: " ").map(String.init))
    #expect(result.code == 64)
    #expect(result.stdout == "")
    #expect(!result.stderr.isEmpty)
    #expect(try keyfold.files() == ["keyfold.yaml"], "nothing was created")
  }

  @Test func `64: a look-up of what can be no key`() throws {
    let keyfold = try Keyfold(space: acme)
    _ = try keyfold.captured("{}")
    for subject in ["nonsense", "foo=1", "email=nobody", strangerTID.uppercased()] {
      #expect(try keyfold.run("lookup", subject).code == 64, "\(subject)")
    }
  }

  @Test func `65: some input was refused`() throws {
    let keyfold = try Keyfold(space: acme)
    #expect(try keyfold.capture(["{}", "x", "{}"]).code == 65)
    #expect(try keyfold.run("capture", "--key", "foo=1").code == 65)
  }

  @Test(arguments: [
    "lookup crmId=1", "stats", "check", "export profiles", "revoke \(strangerTID) --reason x",
    "stats --store memory:", "stats --store sqlite:no/such.db", "space check --space absent.yaml",
    "capture --input absent.ndjson", "capture --key crmId=1 --proof crmId=absent",
  ]) func `66: no such input`(_ command: String) throws {
    let keyfold = try Keyfold(space: acme)
    let result = try keyfold.run(command.split(separator: " ").map(String.init))
    #expect(result.code == 66, "\(result)")
    #expect(result.stdout == "")
    #expect(try keyfold.files() == ["keyfold.yaml"], "nothing was created")
  }

  @Test func `73: cannot create`() throws {
    let keyfold = try Keyfold(space: acme)
    #expect(try keyfold.run("capture", "--store", "sqlite:no/such/folder.db").code == 73)
    let result = try keyfold.run("capture", "--store", "sqlite:keyfold.yaml/x.db")
    #expect(result.code == 73)
    #expect(try keyfold.run("init", "--space", "no/such/keyfold.yaml").code == 73)
  }

  @Test func `74: standard output that cannot be written`() throws {
    let keyfold = try Keyfold(space: acme)
    let script = #""$0" capture --key crmId=7 > /dev/full"#
    let result = try keyfold.run(program: "/bin/sh", ["-c", script, try Keyfold.tool()])
    #expect(result.code == 74)
    #expect(result.stderr.contains("No space left"))
  }

  /// A limit on the size of files is what every user can set; the signal that comes with it is ignored.
  @Test func `74: a store that cannot grow, which keeps what was acknowledged`() throws {
    let keyfold = try Keyfold(space: acme)
    #expect(try keyfold.capture(["{}"]).code == 0)
    let lines = (1...20_000).map { "{\"id\":\"\($0)\",\"keys\":{\"crmId\":\"\($0)\"}}\n" }
    try keyfold.write(lines.joined(), to: "captures.ndjson")
    let script = #"trap "" XFSZ; ulimit -f 2000; exec "$0" capture --input captures.ndjson"#
    let result = try keyfold.run(program: "/bin/sh", ["-c", script, try Keyfold.tool()])
    #expect(result.code == 74, "\(result.stderr)")
    #expect(result.stderr.hasPrefix("keyfold: "))
    #expect(result.lines.count < 20_000)
    let stats = try keyfold.stats()
    #expect(stats["sequence"] == .number(Double(result.lines.count + 1)))
    _ = try keyfold.digest()
  }

  @Test(.enabled(if: FullDisk.canBeMade, "a small file system cannot be mounted here"))
  func `74: a full disk, which keeps what was acknowledged`() throws {
    let keyfold = try Keyfold(space: acme)
    let disk = try FullDisk(at: keyfold.path("disk"))
    let lines = (1...20_000).map { "{\"id\":\"\($0)\",\"keys\":{\"crmId\":\"\($0)\"}}" }
    let result = try keyfold.capture(lines, "--store", "sqlite:disk/k.db")
    #expect(result.code == 74, "\(result.stderr)")
    #expect(result.stderr.contains("disk is full"))
    #expect(result.lines.count < 20_000)
    let stats = try keyfold.run("stats", "--store", "sqlite:disk/k.db").object()
    #expect(stats["sequence"] == .number(Double(result.lines.count)))
    #expect(try keyfold.run("check", "--store", "sqlite:disk/k.db").code == 0)
    withExtendedLifetime(disk) {}
  }

  @Test func `75: another process holds the write lock`() throws {
    let keyfold = try Keyfold(space: acme)
    _ = try keyfold.captured("{}")
    let other = try SQLiteFile(keyfold.path("keyfold.db"))
    try other.execute("BEGIN IMMEDIATE")
    let result = try keyfold.capture(["{}"])
    #expect(result.code == 75)
    #expect(result.stdout == "")
    #expect(result.stderr.contains("try again"))
    #expect(try keyfold.stats()["sequence"] == 1, "reading waits for nobody")
    try other.execute("ROLLBACK")
    #expect(try keyfold.capture(["{}"]).code == 0)
  }

  @Test(.enabled(if: !isRoot || Unprivileged.isPossible, "root, and nobody else can run the tool here"))
  func `77: no permission`() throws {
    let keyfold = try Keyfold(space: acme)
    _ = try keyfold.captured("{}")
    let unprivileged = Unprivileged(keyfold)
    for name in ["keyfold.db", "keyfold.yaml"] { chmod(keyfold.path(name), 0o444) }
    chmod(keyfold.folder, 0o555)
    defer { chmod(keyfold.folder, 0o755) }
    #expect(try unprivileged.run("capture --key crmId=1").code == 77, "a store that may only be read")
    #expect(
      try unprivileged.run("capture --store sqlite:new.db").code == 77, "a folder that may not be written")
    #expect(try unprivileged.run("init --space new.yaml").code == 77)
    chmod(keyfold.path("keyfold.db"), 0o000)
    let result = try unprivileged.run("stats")
    #expect(result.code == 77, "a store that may not be read")
    chmod(keyfold.path("keyfold.yaml"), 0o000)
    #expect(try unprivileged.run("space check").code == 77)
  }

  @Test func `78: a file that is no Keyfold store`() throws {
    let keyfold = try Keyfold(space: acme)
    try keyfold.write(String(repeating: "This is a letter, not a database. ", count: 100), to: "letter.txt")
    let before = try keyfold.text(of: "letter.txt")
    #expect(try keyfold.run("capture", "--store", "sqlite:letter.txt").code == 78)
    #expect(try keyfold.text(of: "letter.txt") == before)
    try keyfold.write("", to: "other.db")
    try SQLiteFile(keyfold.path("other.db")).execute("CREATE TABLE letters (text)")
    #expect(try keyfold.run("capture", "--store", "sqlite:other.db").code == 78)
  }
}

/// A file system of one megabyte, which only root may mount.
private final class FullDisk {
  private let path: String

  init(at path: String) throws {
    self.path = path
    guard mkdir(path, 0o700) == 0, mount("tmpfs", path, "tmpfs", 0, "size=1m") == 0 else {
      throw HarnessError("no file system could be mounted")
    }
  }

  deinit { umount(path) }

  static let canBeMade: Bool = {
    guard let keyfold = try? Keyfold() else { return false }
    return (try? FullDisk(at: keyfold.path("disk"))) != nil
  }()
}

/// Runs the tool as somebody whom permissions stop: as who we are, or, where that is root, as nobody.
private struct Unprivileged {
  private let keyfold: Keyfold
  private static let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"]

  init(_ keyfold: Keyfold) {
    self.keyfold = keyfold
    if isRoot {
      for name in ["", "/keyfold.db", "/keyfold.yaml"] { chown(keyfold.folder + name, 65534, 65534) }
    }
  }

  func run(_ command: String) throws -> Keyfold.Result {
    let arguments = command.split(separator: " ").map(String.init)
    guard isRoot else { return try keyfold.run(arguments) }
    return try keyfold.run(
      program: "/usr/bin/setpriv", Unprivileged.nobody + [try Keyfold.tool()] + arguments)
  }

  static let isPossible: Bool = {
    guard let keyfold = try? Keyfold() else { return false }
    return (try? Unprivileged(keyfold).run("--version").code) == 0
  }()
}
