import Keyfold
import KeyfoldCore
import KeyfoldTesting
import Testing

/// What was known at a moment, made again from the journal, is what was answered then.
@Suite struct AsOfTests {
  /// What a resolver answered when its journal had so many entries.
  private struct Answers {
    let sequence: Int64
    let time: Timestamp
    let profiles: [Profile]
    let tids: [(tid: TID, profile: Profile?)]
    let keys: [(attribute: String, value: String, profiles: [Profile])]
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>) func theJournalAnswersWhatWasAnsweredThen(_ seed: UInt64)
    async throws
  {
    let start = Timestamp(microseconds: 1_760_000_000_000_000)
    let clock = ManualClock(start.advanced(bySeconds: 100_000))
    var options = IdentityResolver.Options()
    options.clock = clock
    options.tids = SeededTIDs(seed: seed)
    let resolver = try await IdentityResolver(
      space: RandomCaptures.space, store: MemoryStore(), options: options)
    var captures = RandomCaptures(seed: seed, start: start)
    var seen: [TID] = []
    var answers = [try await Self.answers(resolver, clock, seen)]
    for number in 1...70 {
      // Some entries share a time: a time means all of them.
      if number % 4 != 0 { clock.advance(bySeconds: 1) }
      if number % 9 == 0, let tid = seen.last {
        _ = try await resolver.revoke(tid, reason: "test")
      } else {
        let outcome = try await resolver.capture(captures.next())
        captures.learn(outcome)
        seen += [outcome.tid, outcome.touchpointTid]
      }
      answers.append(try await Self.answers(resolver, clock, seen))
    }
    for then in answers {
      try await Self.expect(then, .sequence(then.sequence), resolver)
      let isLast = answers.last { $0.time == then.time }?.sequence == then.sequence
      if isLast { try await Self.expect(then, .time(then.time), resolver) }
    }
    let last = try #require(answers.last)
    try await Self.expect(last, .sequence(1_000_000), resolver)
    #expect(try await resolver.lookup(try #require(seen.first), asOf: .time(start)) == nil)
    #expect(try await resolver.sequence(of: .time(last.time)) == last.sequence)
  }

  private static let keys = [
    ("crmId", "C1"), ("crmId", "C2"), ("email", "a@x.test"), ("email", "b@x.test"), ("card", "1"),
    ("card", "日本"),
  ]

  private static func answers(
    _ resolver: IdentityResolver, _ clock: ManualClock, _ seen: [TID]
  ) async throws -> Answers {
    var profiles: [Profile] = []
    try await resolver.forEachProfile { profiles.append($0) }
    var tids: [(tid: TID, profile: Profile?)] = []
    for tid in seen.suffix(6) { tids.append((tid, try await resolver.lookup(tid))) }
    var found: [(attribute: String, value: String, profiles: [Profile])] = []
    for (attribute, value) in keys {
      let profiles = try await resolver.lookup(attribute: attribute, value: value, includingUnverified: true)
      found.append((attribute, value, profiles))
    }
    let sequence = try await resolver.read { $0.sequence }
    return Answers(sequence: sequence, time: clock.now(), profiles: profiles, tids: tids, keys: found)
  }

  private static func expect(_ then: Answers, _ moment: Moment, _ resolver: IdentityResolver) async throws {
    var profiles: [Profile] = []
    try await resolver.forEachProfile(asOf: moment) { profiles.append($0) }
    #expect(profiles == then.profiles, "\(moment)")
    for (tid, profile) in then.tids {
      #expect(try await resolver.lookup(tid, asOf: moment) == profile, "\(moment) \(tid)")
    }
    for (attribute, value, profiles) in then.keys {
      let found = try await resolver.lookup(
        attribute: attribute, value: value, includingUnverified: true, asOf: moment)
      #expect(found == profiles, "\(moment) \(attribute)=\(value)")
      let owner = try await resolver.lookup(attribute: attribute, value: value, asOf: moment)
      #expect(owner.count <= 1 && owner.allSatisfy { profiles.contains($0) })
    }
  }
}
