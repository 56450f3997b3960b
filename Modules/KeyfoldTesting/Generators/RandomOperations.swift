public import Keyfold
public import KeyfoldCore

/// What operators do between captures: merges, unmerges, separations and revocations of TIDs that captures
/// came to.
///
/// The same seed and outcomes give the same operations.
public struct RandomOperations: Sendable {
  private var random: SplitMix64
  private var tids: [TID] = []
  private var separated: [TIDPair] = []

  /// Makes a source of operations.
  public init(seed: UInt64) { random = SplitMix64(seed: seed) }

  /// Tells what became of a capture, so that later operations can be about its TIDs.
  public mutating func learn(_ outcome: Outcome) {
    for tid in [outcome.tid, outcome.touchpointTid] where !tids.contains(tid) { tids.append(tid) }
  }

  /// Does something, or nothing.
  ///
  /// - Returns: What came of it; nil where nothing was done.
  public mutating func operate(on resolver: IdentityResolver) async -> Result<ProfileChange, ResolverError>? {
    guard tids.count > 1 else { return nil }
    let (a, b, kind) = (tid(), tid(), below(16))
    let pair = separated.randomElement(using: &random) ?? TIDPair(a, b)
    let allowRemerge = below(2) == 0
    if kind == 3 { separated.append(TIDPair(a, b)) }
    do throws(ResolverError) {
      switch kind {
      case 0: return .success(try await resolver.merge(a, b, reason: "random"))
      case 1, 2:
        return .success(try await resolver.unmerge(a, reason: "random", allowRemerge: allowRemerge))
      case 3: return .success(try await resolver.separate(a, b, reason: "random"))
      case 4: return .success(try await resolver.removeSeparation(pair.first, pair.second, reason: "random"))
      case 5:
        try await resolver.revoke(a, reason: "random")
        return nil
      default: return nil
      }
    } catch {
      return .failure(error)
    }
  }

  /// One of the TIDs that captures came to.
  mutating func someTID() -> TID? { tids.randomElement(using: &random) }

  private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
  private mutating func tid() -> TID { tids[below(tids.count)] }
}
