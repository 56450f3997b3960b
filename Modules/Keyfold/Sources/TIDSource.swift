public import KeyfoldCore
import Synchronization

/// Makes new TIDs, each greater than the one before.
public protocol TIDSource: Sendable {
  /// A TID that was never made before.
  func next() -> TID
}

/// TIDs from clock and randomness: UUID version 7 with a counter within the millisecond.
public final class RandomTIDs: TIDSource {
  private struct State {
    var milliseconds: UInt64 = 0
    var counter: UInt64 = 0
    var pool: [UInt8] = []
  }

  private let clock: any WallClock
  private let state = Mutex(State())

  /// Bytes drawn from the system's random source at a time.
  private static let poolBytes = 4096

  /// Makes a source.
  public init(clock: any WallClock = SystemClock()) { self.clock = clock }

  /// A fresh TID; later ones sort after earlier ones even if the clock steps back.
  public func next() -> TID {
    let now = UInt64(max(0, clock.now().microseconds / 1000))
    return state.withLock { state in
      if now > state.milliseconds {
        state.milliseconds = now
        state.counter = 0
      } else if state.counter < 0xFFF {
        state.counter += 1
      } else {
        state.milliseconds += 1
        state.counter = 0
      }
      if state.pool.count < 8 { state.pool = randomBytes(RandomTIDs.poolBytes) }
      let random = state.pool.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      state.pool.removeLast(8)
      return TID(milliseconds: state.milliseconds, counter: state.counter, random: random)
    }
  }
}

/// The same TIDs for the same seed, for tests and demonstrations. They can be guessed: never use them for
/// customers.
public final class SeededTIDs: TIDSource {
  private let state: Mutex<(milliseconds: UInt64, generator: SplitMix64)>

  /// 2026-01-01T00:00:00Z, in milliseconds; fixed, so that the clock does not matter.
  private static let epoch: UInt64 = 1_767_225_600_000

  /// - Parameters:
  ///   - seed: any number.
  ///   - skipping: how many TIDs to leave out, because a store that was written with this seed may hold them.
  public init(seed: UInt64, skipping: UInt64 = 0) {
    var generator = SplitMix64(seed: seed)
    generator.skip(skipping)
    state = Mutex((SeededTIDs.epoch + skipping, generator))
  }

  /// The next TID of the series.
  public func next() -> TID {
    state.withLock { state in
      state.milliseconds += 1
      return TID(milliseconds: state.milliseconds, counter: 0, random: state.generator.next())
    }
  }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014). Reproducible, not secret.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64
  private static let gamma: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// Starts a series.
  public init(seed: UInt64) { state = seed }

  /// Leaves out so many numbers.
  public mutating func skip(_ count: UInt64) { state &+= count &* SplitMix64.gamma }

  /// The next number.
  public mutating func next() -> UInt64 {
    state &+= SplitMix64.gamma
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
