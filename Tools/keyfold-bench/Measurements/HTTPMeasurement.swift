import Glibc

/// Calls to an nginx beside those of the plain C reference, as processes, in turns.
struct HTTPMeasurement {
  private let options: Options
  private let plain: String
  private let encrypted: String
  private let certificateAuthorities: String

  private static func variable(_ name: String) -> String? {
    getenv("KEYFOLD_TEST_NGINX_\(name)").map { String(cString: $0) }
  }

  static var hasServer: Bool { variable("HTTP") != nil }

  init(_ options: Options) throws {
    guard let plain = HTTPMeasurement.variable("HTTP"), let encrypted = HTTPMeasurement.variable("HTTPS"),
      let authorities = HTTPMeasurement.variable("CA")
    else { throw Problem("http needs a server: Tools/with-servers nginx -- keyfold-bench http", code: 66) }
    self.options = options
    self.plain = plain
    self.encrypted = encrypted
    certificateAuthorities = authorities
  }

  func run() throws -> [Report] {
    let folder = try Folder(in: options.folder)
    let reference = try compileReference("http_calls", libraries: ["curl"], in: folder.path)
    var speed = Report(
      name: "http", note: "median of \(options.runs) turns of \(options.calls) calls",
      columns: [
        "protocol", "in flight", "keyfold calls/s", "C calls/s", "ratio", "keyfold us/call", "C us/call",
      ])
    var memory = Report(
      name: "http memory", note: "most resident memory of the process, in KiB; 64 in flight",
      columns: ["protocol", "after 10000", "after 1000000", "ratio"])
    for (name, server) in [("HTTP/1.1", plain), ("TLS HTTP/2", encrypted)] {
      for inFlight in [1, 8, 64] {
        speed.rows.append(
          [.word(name), .count(inFlight)] + (try measure(server, inFlight: inFlight, reference)))
      }
      let peaks = try [10_000, 1_000_000].map { count in
        try KeyfoldBench.run(
          ownPath(), [HTTPCalls.name] + arguments(server, count: count, inFlight: 64)
        ).memory
      }
      memory.rows.append([
        .word(name), .count(peaks[0]), .count(peaks[1]),
        .number(Double(peaks[1]) / Double(peaks[0]), decimals: 3),
      ])
    }
    return [speed, memory]
  }

  private func measure(_ server: String, inFlight: Int, _ reference: String) throws -> [Figure] {
    // One at a time takes its time.
    let count = inFlight == 1 ? options.calls / 5 : options.calls
    let arguments = arguments(server, count: count, inFlight: inFlight)
    var pairs: [(ours: ProcessCost, theirs: ProcessCost)] = []
    for _ in 0..<options.runs {
      let theirs = try KeyfoldBench.run(reference, arguments)
      pairs.append((try KeyfoldBench.run(ownPath(), [HTTPCalls.name] + arguments), theirs))
    }
    func perSecond(_ cost: ProcessCost) -> Double { Double(count) / cost.seconds }
    func microseconds(_ cost: ProcessCost) -> Double { cost.processorSeconds * 1e6 / Double(count) }
    return [
      .number(median(pairs.map { perSecond($0.ours) }), decimals: 0),
      .number(median(pairs.map { perSecond($0.theirs) }), decimals: 0),
      .number(median(pairs.map { $0.theirs.seconds / $0.ours.seconds }), decimals: 2),
      .number(median(pairs.map { microseconds($0.ours) }), decimals: 1),
      .number(median(pairs.map { microseconds($0.theirs) }), decimals: 1),
    ]
  }

  private func arguments(_ server: String, count: Int, inFlight: Int) -> [String] {
    ["\(server)/body?", String(count), String(inFlight), certificateAuthorities]
  }
}
