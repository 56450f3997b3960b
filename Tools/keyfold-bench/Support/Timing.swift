import CCountingMalloc
import Glibc

/// Nanoseconds of a clock that never steps.
func nanoseconds() -> Int64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// The middle value.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// Time and allocations of one pass.
struct Cost {
  let nanoseconds: Double
  let allocations: Double

  /// How often a pass is repeated within a run, so that the clock's own cost vanishes.
  private static let passes = 50_000

  /// Median of several runs, after one that warms up.
  ///
  /// - Parameter pass: returns something of what it made, so that the compiler cannot leave it out.
  init(runs: Int, _ pass: () -> Int) {
    var sink = 0
    for _ in 0..<Cost.passes { sink &+= pass() }
    var times: [Double] = []
    let allocated = keyfold_bench_allocations()
    sink &+= pass()
    allocations = Double(keyfold_bench_allocations() - allocated)
    for _ in 0..<runs {
      let begun = KeyfoldBench.nanoseconds()
      for _ in 0..<Cost.passes { sink &+= pass() }
      times.append(Double(KeyfoldBench.nanoseconds() - begun) / Double(Cost.passes))
    }
    precondition(sink != .min)
    nanoseconds = median(times)
  }
}
