import Glibc
import KeyfoldCore
import KeyfoldHTTP
import Synchronization

/// keyfold-host under load: many clients capture, the host is killed in the midst and started again, and
/// everything that was acknowledged must be there.
struct HostMeasurement {
  private let options: Options
  private let program: String
  private let folder: Folder
  private let port: Int

  private static let secret = "load"
  private static let clients = 32
  /// Captures that are sent in one request when it is looked whether they are there.
  private static let batch = 5000

  init(_ options: Options) throws {
    self.options = options
    program = sibling("keyfold-host")
    guard access(program, X_OK) == 0 else { throw Problem("'\(program)' is not there; build it", code: 66) }
    folder = try Folder(in: options.folder)
    port = try freePort()
    var hash = SHA256()
    hash.update(Array(HostMeasurement.secret.utf8))
    let token = """
      {"tokens": [{"name": "load", "sha256": "\(hash.hexDigest())", "scopes": ["capture"], "touchpoints": ["*"],
        "rate": 1000000}]}
      """
    try write(Array(token.utf8), to: "\(folder.path)/tokens.json")
    try write(Array(Shop.spaceFile.utf8), to: "\(folder.path)/space.json")
  }

  func run() async throws -> Report {
    var host = try await start()
    let memoryBefore = try host.memory()
    let load = Load(secret: HostMeasurement.secret, port: port)
    let clients = (0..<HostMeasurement.clients).map { client in Task { try await load.run(client) } }
    let half = Duration.milliseconds(options.seconds * 500)
    try await Task.sleep(for: half)
    let memoryInTheMidst = try host.memory()
    host.kill(SIGKILL)
    host = try await start()
    try await Task.sleep(for: half)
    load.stop()
    for client in clients { try await client.value }
    let memoryAfter = try host.memory()
    let acknowledged = load.acknowledged
    let lost = try await load.lost(inBatchesOf: HostMeasurement.batch)
    host.kill(SIGTERM)
    guard lost == 0 else { throw Problem("\(lost) of \(acknowledged.count) acknowledged captures are lost") }
    guard !acknowledged.isEmpty else { throw Problem("nothing was acknowledged") }
    let latencies = acknowledged.map(\.nanoseconds).sorted()
    return Report(
      name: "host",
      note:
        "\(HostMeasurement.clients) clients for \(options.seconds) s, kill -9 and restart in the middle; nothing acknowledged is lost",
      columns: [
        "store", "acknowledged", "captures/s", "p50 ms", "p99 ms", "max ms", "MiB before", "MiB at kill",
        "MiB after",
      ],
      rows: [
        [
          .word("sqlite"), .count(latencies.count),
          .number(Double(latencies.count) / Double(options.seconds), decimals: 0),
          .number(Double(latencies[latencies.count / 2]) / 1e6, decimals: 2),
          .number(Double(latencies[latencies.count * 99 / 100]) / 1e6, decimals: 2),
          .number(Double(latencies[latencies.count - 1]) / 1e6, decimals: 0),
          .number(memoryBefore, decimals: 1), .number(memoryInTheMidst, decimals: 1),
          .number(memoryAfter, decimals: 1),
        ]
      ])
  }

  private func start() async throws -> RunningProgram {
    let host = try RunningProgram(
      program,
      [
        "--space", "\(folder.path)/space.json", "--store", "sqlite:\(folder.path)/ids.db", "--tokens",
        "\(folder.path)/tokens.json", "--listen", "127.0.0.1:\(port)", "--quiet",
      ])
    let load = Load(secret: HostMeasurement.secret, port: port)
    for _ in 0..<1000 {
      if await load.isReady() { return host }
      try await Task.sleep(for: .milliseconds(10))
    }
    throw Problem("'\(program)' does not answer at port \(port)")
  }
}

/// What clients sent, and what was acknowledged.
private final class Load: Sendable {
  struct Acknowledged: Sendable {
    let client: Int
    let number: Int
    let sequence: Int64
    let nanoseconds: Int64
  }

  private let base: String
  private let secret: Secret
  private let stopped = Atomic(false)
  private let taken = Mutex<[Acknowledged]>([])

  init(secret: String, port: Int) {
    base = "http://127.0.0.1:\(port)"
    self.secret = Secret("Bearer \(secret)")
  }

  var acknowledged: [Acknowledged] { taken.withLock { $0 } }

  func stop() { stopped.store(true, ordering: .relaxed) }

  func isReady() async -> Bool {
    do { return try await caller().send(HTTPRequest("GET", Secret("\(base)/readyz"))).status == 200 } catch {
      return false
    }
  }

  /// Captures one after the other until it is stopped; what got no answer is sent again, with its id.
  func run(_ client: Int) async throws {
    let caller = try caller()
    var mine: [Acknowledged] = []
    var number = 0
    while !stopped.load(ordering: .relaxed) {
      let begun = nanoseconds()
      do {
        let answer = try await caller.send(request([line(client, number)], "application/json"))
        guard answer.status == 200 else { throw Problem("status \(answer.status)") }
        let sequence = try JSONValue(parsing: answer.body[...])["sequence"]?.integer ?? 0
        mine.append(
          Acknowledged(
            client: client, number: number, sequence: sequence, nanoseconds: nanoseconds() - begun))
        number += 1
      } catch is CallFailure {
        try await Task.sleep(for: .milliseconds(20))
      }
    }
    taken.withLock { $0 += mine }
  }

  /// How many captures that were acknowledged are not answered as they were, when they are sent again.
  func lost(inBatchesOf size: Int) async throws -> Int {
    let caller = try caller()
    let all = acknowledged
    var lost = 0
    for start in stride(from: 0, to: all.count, by: size) {
      let part = all[start..<min(start + size, all.count)]
      let lines = part.map { line($0.client, $0.number) }
      let answer = try await caller.send(request(lines, "application/x-ndjson"))
      let outcomes = answer.body.split(separator: UInt8(ascii: "\n"))
      guard outcomes.count == part.count else { throw Problem("a batch got \(outcomes.count) answers") }
      for (sent, outcome) in zip(part, outcomes) {
        let json = try JSONValue(parsing: outcome)
        if json["replayed"]?.bool != true || json["sequence"]?.integer != sent.sequence { lost += 1 }
      }
    }
    return lost
  }

  private func line(_ client: Int, _ number: Int) -> String {
    """
    {"id":"\(client).\(number)","touchpoint":"web","keys":{"crmId":"\(client).\(number % 500)",\
    "email":"\(client).\(number % 700)@x.test"}}
    """
  }

  private func request(_ lines: [String], _ type: String) -> HTTPRequest {
    var request = HTTPRequest(
      "POST", Secret("\(base)/v1/captures"), headers: [.init("Content-Type", Secret(type))],
      body: Secret(lines.joined(separator: "\n")))
    request.isRepeatable = true
    return request
  }

  private func caller() throws -> CallOut {
    var policy = CallPolicy()
    policy.timeout = .seconds(30)
    policy.retries = 0
    policy.breaker = nil
    policy.maxResponseBytes = 64 << 20
    policy.headers = [.init("Authorization", secret)]
    return try CallOut(client: HTTPClient(), policy: policy)
  }
}
