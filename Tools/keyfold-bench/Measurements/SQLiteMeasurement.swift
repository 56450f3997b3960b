import Glibc
import Keyfold
import KeyfoldCore
import KeyfoldSQLiteStore

/// `keyfold capture` from a file into SQLite beside the plain C reference, as processes, in turns.
struct SQLiteMeasurement {
  private let options: Options
  private let keyfold: String

  private struct Workload {
    let name: String
    let input: String
    let spacePath: String
  }

  init(_ options: Options) throws {
    self.options = options
    keyfold = options.keyfold ?? sibling("keyfold")
    guard access(keyfold, X_OK) == 0 else {
      throw Problem(
        "'\(keyfold)' is not there; build it with -c release, or name it with --keyfold", code: 66)
    }
  }

  func run() async throws -> Report {
    let folder = try Folder(in: options.folder)
    let reference = try compileReference("sqlite_capture", libraries: ["sqlite3"], in: folder.path)
    let syncs = Int(try syncsPerSecond(in: folder.path))
    var report = Report(
      name: "sqlite",
      note: "median of \(options.runs) turns in \(options.folder); \(syncs) fdatasync/s just now",
      columns: [
        "workload", "captures", "profiles", "keyfold s", "captures/s", "C s", "ratio", "processor ratio",
        "fdatasync/s",
      ])
    for workload in try workloads(in: folder.path) {
      report.rows.append(
        try await measure(workload, reference, folder.path) + [.count(syncs)])
    }
    return report
  }

  private func workloads(in folder: String) throws -> [Workload] {
    let spacePath = "\(folder)/shop.json"
    try write(Array(Shop.spaceFile.utf8), to: spacePath)
    var workloads: [Workload] = []
    for withIDs in [false, true] {
      let input = "\(folder)/shop-\(withIDs ? "ids" : "plain").ndjson"
      try write(
        Shop(captures: options.captures, seed: options.seed, withIDs: withIDs).ndjson(), to: input)
      workloads.append(
        Workload(name: withIDs ? "shop with ids" : "shop without ids", input: input, spacePath: spacePath))
    }
    if let input = options.input, let space = options.space {
      let name = input.split(separator: "/").last.map(String.init) ?? input
      workloads.append(Workload(name: name, input: input, spacePath: space))
    }
    return workloads
  }

  private func measure(_ workload: Workload, _ reference: String, _ folder: String) async throws -> [Figure] {
    let space = try Space(contentsOf: workload.spacePath)
    let attributes = space.attributes.map { "\($0.name):\($0.limit ?? 0)" }.joined(separator: ",")
    let ours = "\(folder)/keyfold.db"
    let theirs = "\(folder)/reference.db"
    var pairs: [(ours: ProcessCost, theirs: ProcessCost)] = []
    for _ in 0..<options.runs {
      for path in [ours, theirs] { try makeStore(path, workload.spacePath) }
      let second = try KeyfoldBench.run(
        reference, [theirs, workload.input, attributes, String(options.seed)],
        output: "\(folder)/reference.out")
      let first = try KeyfoldBench.run(
        keyfold,
        [
          "capture", "--quiet", "--space", workload.spacePath, "--store", "sqlite:\(ours)", "--tid-seed",
          String(options.seed), "--input", workload.input,
        ], output: "\(folder)/keyfold.out")
      pairs.append((first, second))
    }
    let counts = (try await contents(of: ours, space), try await contents(of: theirs, space))
    guard counts.0.captures == counts.1.captures, counts.0.profiles == counts.1.profiles else {
      throw Problem(
        "'\(workload.name)': \(counts.0) here and \(counts.1) in the reference: not the same work")
    }
    let seconds = median(pairs.map(\.ours.seconds))
    return [
      .word(workload.name), .count(counts.0.captures), .count(counts.0.profiles),
      .number(seconds, decimals: 3), .number(Double(counts.0.captures) / seconds, decimals: 0),
      .number(median(pairs.map(\.theirs.seconds)), decimals: 3),
      .number(median(pairs.map { $0.ours.seconds / $0.theirs.seconds }), decimals: 2),
      .number(median(pairs.map { $0.ours.processorSeconds / $0.theirs.processorSeconds }), decimals: 2),
    ]
  }

  /// An empty store; both programs fill one that is there already.
  private func makeStore(_ path: String, _ space: String) throws {
    for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
    try KeyfoldBench.run(
      keyfold, ["capture", "--space", space, "--store", "sqlite:\(path)", "--input", "/dev/null"])
  }

  /// What a store holds after a run. Reading it this way also shows that it is a sound one.
  private func contents(of path: String, _ space: Space) async throws -> (captures: Int, profiles: Int) {
    let store = SQLiteStore(path: path, mayCreate: false)
    let identity = try await store.open(for: space, acceptingChange: false)
    let (profiles, problems) = try await store.read { view throws(StoreError) in
      (try view.counts().profiles, try view.problems())
    }
    try await store.close()
    guard problems.isEmpty else { throw Problem("'\(path)' is damaged: \(problems.joined(separator: "; "))") }
    return (Int(identity.sequence), profiles)
  }
}
