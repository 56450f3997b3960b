import KeyfoldCore
import Testing

/// Taking up an unknown TID is the same as if it had been an anonymous customer's before.
@Suite struct AdoptionTests {
  @Test func adoptingIsBeingBornBefore() throws {
    var adopted = 0
    for seed in 1...600 as ClosedRange<UInt64> {
      let history = RandomHistory(seed: seed)
      var driver = PureDriver(history.space)
      for step in history.steps.dropLast(3) { _ = driver.apply(step) }
      for step in history.steps.suffix(3) {
        guard case .capture(let naive) = step,
          let screened = try? driver.space.screen(Capture(naive).keys)
        else { continue }
        let at = Timestamp(microseconds: Int64(naive.at))
        let stranger = try #require(TID("0198cccc-0000-7000-8000-000000000001"))
        var question = Question(
          touchpoint: naive.touchpoint, tid: stranger, at: at, keys: screened,
          fresh: try #require(TID(naive.freshTid)), now: at)
        question.adoptsTid = true
        let standings = screened.accepted.map { key in
          Standing(key.ordinal % 3 == 2 ? .unverified : .linking)
        }
        var expected = driver.state
        expected.apply(entry(driver.state, [.born(stranger, at: at, parent: nil)]))
        let plain = decide(
          question, standings: standings, on: expected.snapshot(question.footprint), in: driver.space)
        expected.apply(entry(expected, plain.effects))

        var actual = driver.state
        let decision = decideAdopting(
          question, standings: standings, on: actual.snapshot(question.footprint), in: driver.space)
        actual.apply(entry(actual, decision.effects))
        #expect(actual.digest() == expected.digest(), "seed \(seed)")
        #expect(decision.outcome.tid == plain.outcome.tid && decision.outcome.merged == plain.outcome.merged)
        #expect(decision.outcome.touchpointTid == plain.outcome.touchpointTid)
        #expect(decision.outcome.unknownTid == false)
        let isAlone = plain.outcome.tid == stranger && plain.outcome.merged.isEmpty
        #expect(decision.outcome.created == (isAlone && plain.outcome.switchedFrom == nil), "seed \(seed)")
        #expect(decision.outcome.created == (decision.outcome.decision == .created) || !isAlone)
        adopted += 1
      }
    }
    #expect(adopted > 500)
  }

  private func entry(_ state: IdentityState, _ effects: [Effect]) -> JournalEntry {
    JournalEntry(
      sequence: state.sequence + 1, at: Timestamp(microseconds: 0), event: .operation(.lost),
      effects: effects)
  }
}
