import Glibc
import Keyfold
import KeyfoldCore
import KeyfoldFileStore

/// What captures cost while a file store grows, how long the longest of them takes, what memory a key takes,
/// and how long it takes to open what has grown.
///
/// One client, ten new keys a capture. The disk must not be what is measured: `--folder` names one in memory.
struct GrowthMeasurement {
  private let options: Options
  private static let keysOfCapture = 10
  /// Captures whose median is told.
  private static let window = 10_000

  init(_ options: Options) { self.options = options }

  func run() async throws -> Report {
    var report = Report(
      name: "growth", note: "one client, 10 new keys a capture, into a file store in \(options.folder)",
      columns: [
        "keys", "us a capture", "longest ms", "since keys", "MiB", "bytes a key", "us a look-up", "open ms",
      ])
    let folder = try Folder(in: options.folder)
    let space = try Space(
      name: "growth",
      attributes: [
        {
          var key = KeyAttribute.trusted("card")
          key.limit = nil
          return key
        }()
      ])
    var keys = 0
    let memory = residentBytes()
    for goal in [100_000, 1_000_000, 10_000_000] where goal <= options.keys {
      let resolver = try await IdentityResolver(space: space, store: FileStore(path: folder.path))
      let since = keys
      var times: [Double] = []
      var longest = 0.0
      while keys < goal {
        var captured = CapturedKeys()
        for _ in 0..<GrowthMeasurement.keysOfCapture {
          captured.append(attribute: "card", value: "card-\(keys)")
          keys += 1
        }
        let begun = nanoseconds()
        _ = try await resolver.capture(Capture(keys: captured))
        let time = Double(nanoseconds() - begun) / 1000
        longest = max(longest, time)
        if goal - keys < GrowthMeasurement.window * GrowthMeasurement.keysOfCapture { times.append(time) }
      }
      let bytes = residentBytes() - memory
      let lookUp = try await lookUp(keys, resolver)
      try await resolver.close()
      let begun = nanoseconds()
      let again = FileStore(path: folder.path)
      _ = try await again.open(for: space, acceptingChange: false)
      let opened = Double(nanoseconds() - begun) / 1e6
      try await again.close()
      report.rows.append([
        .count(keys), .number(median(times), decimals: 1), .number(longest / 1000, decimals: 2),
        .count(since),
        .count(bytes >> 20), .number(Double(bytes) / Double(keys), decimals: 1), .number(lookUp, decimals: 2),
        .number(opened, decimals: 0),
      ])
    }
    return report
  }

  /// Median of a look-up from key to primary TID, in microseconds, over keys all over the store.
  private func lookUp(_ keys: Int, _ resolver: IdentityResolver) async throws -> Double {
    try await resolver.read { view throws(StoreError) in
      var times: [Double] = []
      for round in 0..<1000 {
        var footprints: [Footprint] = []
        for place in 0..<20 {
          var footprint = Footprint()
          footprint.keys = [
            resolver.space.storedKey(
              attribute: "card", value: "card-\((round * 7919 + place * 104_729) % keys)")
          ]
          footprints.append(footprint)
        }
        let begun = nanoseconds()
        for footprint in footprints where try view.snapshot(footprint).owners != [0] {
          throw StoreError(.damaged, "a key that was captured has no owner")
        }
        times.append(Double(nanoseconds() - begun) / 1000 / Double(footprints.count))
      }
      return median(times)
    }
  }
}

/// Memory of this process that is in use now.
private func residentBytes() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 128)
  guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
  let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    .split(separator: " ")
  return words.count > 1 ? (Int(words[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
}
