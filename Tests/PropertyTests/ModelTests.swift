import Foundation
import KeyfoldCore
import Testing

/// Random histories through the implementation and through a model that was written from the same page by
/// somebody else.
@Suite struct ModelTests {
  /// A history's place in the series is its seed, so that a failure can be run again.
  static let histories: ClosedRange<UInt64> =
    ProcessInfo.processInfo.environment["KEYFOLD_LONG_TESTS"] == nil ? 1...1500 : 1...20_000

  @Test func decisionsAreThoseOfTheNaiveModel() {
    for seed in ModelTests.histories {
      let history = RandomHistory(seed: seed)
      guard difference(history.space, history.steps) != nil else { continue }
      let smallest = shrink(history.steps) { difference(history.space, $0) != nil }
      Issue.record(
        """
        seed \(seed): \(difference(history.space, smallest) ?? "")
        \(describe(history.space))
        \(describe(smallest))
        """)
      return
    }
  }

  @Test func aMergeThatIsUndoneAtOnceLeavesNoTrace() {
    var undone = 0
    for seed in 1...150 as ClosedRange<UInt64> {
      let history = RandomHistory(seed: seed)
      var driver = PureDriver(history.space)
      for (number, step) in history.steps.enumerated() {
        _ = driver.apply(step)
        if number % 4 == 3 { undone += undoMerges(driver, seed) }
      }
    }
    #expect(undone > 800, "too few merges to tell")
  }

  /// Merges the newest profile with every other one and undoes it; returns how many merges were made.
  private func undoMerges(_ driver: PureDriver, _ seed: UInt64) -> Int {
    let roots = driver.state.roots
    guard let newest = roots.last else { return 0 }
    let before = driver.state.digest()
    var undone = 0
    for other in roots.dropLast() {
      var driver = driver
      guard driver.operate(Merge(newest, other, reason: "test")) == nil else { continue }
      let absorbed = driver.state.roots.contains(newest) ? other : newest
      #expect(driver.state.digest() != before)
      #expect(driver.operate(Unmerge(absorbed, allowRemerge: true, reason: "test")) == nil)
      #expect(driver.state.digest() == before, "seed \(seed): \(absorbed) of \(newest) and \(other)")
      undone += 1
    }
    return undone
  }

  /// The first difference between the two, or nil.
  private func difference(_ space: NaiveSpace, _ steps: [NaiveStep]) -> String? {
    var model = NaiveModel(space: space)
    var driver = PureDriver(space)
    for (index, step) in steps.enumerated() {
      let (expected, actual) = (model.apply(step), driver.apply(step))
      if expected != actual {
        return "step \(index + 1)\nexpected \(text(expected))\nactual   \(text(actual))"
      }
      let (left, right) = (lines(model), lines(driver.state))
      if left != right {
        let missing = left.filter { !right.contains($0) }
        let surplus = right.filter { !left.contains($0) }
        return "state after step \(index + 1)\nmissing \(missing)\nsurplus \(surplus)"
      }
    }
    return nil
  }

  private func text(_ outcome: NaiveOutcome?) -> String { outcome.map { "\($0)" } ?? "nothing" }

  private func lines(_ model: NaiveModel) -> [String] {
    var lines = model.tids.map { "tid \($0.tid) \($0.bornAt) \($0.parent ?? "-") \($0.revoked)" }
    lines += model.claims.map {
      "claim \($0.attribute) \($0.value) \($0.origin) \($0.verified) \($0.capturedAt)"
    }
    lines += model.data.map { "datum \($0.origin) \($0.name) \($0.value) \($0.at)" }
    lines += model.activity.map {
      "activity \($0.origin) \($0.touchpoint) \($0.count) \($0.first) \($0.last)"
    }
    lines += model.separations.map { "separation \($0.low) \($0.high)" }
    return lines.sorted()
  }

  private func lines(_ state: IdentityState) -> [String] {
    var lines: [String] = []
    for profile in state.roots.compactMap(state.profile(of:)) {
      lines += profile.tids.map {
        "tid \($0.tid) \($0.bornAt.microseconds) \($0.parent?.description ?? "-") \($0.revoked)"
      }
      lines += profile.claims.map {
        "claim \($0.key.attribute) \($0.key.value) \($0.origin) \($0.verified) \($0.capturedAt.microseconds)"
      }
      lines += profile.data.map { "datum \($0.tid) \($0.name) \($0.value) \($0.at.microseconds)" }
      lines += profile.activity.map {
        "activity \($0.tid) \($0.touchpoint) \($0.count) \($0.first.microseconds) \($0.last.microseconds)"
      }
    }
    lines += state.separations.map { "separation \($0.first) \($0.second)" }
    return lines.sorted()
  }
}
