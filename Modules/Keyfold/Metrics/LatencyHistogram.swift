/// How long something took, and how often.
public struct LatencyHistogram: Sendable, Hashable {
  /// Upper bounds of the buckets in microseconds; what took longer stands in one bucket more.
  public static let boundsMicroseconds: [Int] = [
    100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000,
  ]

  /// How often it took that long, for each bucket by itself.
  public private(set) var buckets = [Int](repeating: 0, count: boundsMicroseconds.count + 1)
  /// All of it together, in microseconds.
  public private(set) var sumMicroseconds = 0

  /// Nothing yet.
  public init() {}

  /// How often there was something to measure.
  public var count: Int { buckets.reduce(0, +) }

  /// Counts something that happened several times and took so long each time.
  mutating func add(microseconds: Int, times: Int = 1) {
    var place = 0
    while place < Self.boundsMicroseconds.count, microseconds > Self.boundsMicroseconds[place] { place += 1 }
    buckets[place] += times
    sumMicroseconds += microseconds * times
  }
}
