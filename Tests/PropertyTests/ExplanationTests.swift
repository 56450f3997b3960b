import Foundation
import KeyfoldCore
import Testing

/// Explanations of random histories, held against the states that the journal goes through.
@Suite struct ExplanationTests {
  static let histories: ClosedRange<UInt64> =
    ProcessInfo.processInfo.environment["KEYFOLD_LONG_TESTS"] == nil ? 1...300 : 1...3000

  @Test func twoTIDsOfOneCustomerHaveAShortestChainOfTrueSteps() throws {
    var (chains, longest) = (0, 0)
    for seed in Self.histories {
      let replay = Replay(seed: seed)
      for profile in replay.profiles where profile.tids.count > 1 {
        for a in profile.tids {
          for b in profile.tids where a.tid != b.tid {
            let chain = replay.steps(from: a.tid, to: b.tid)
            let steps = try #require(chain, "seed \(seed): \(a.tid), \(b.tid)")
            let distance = replay.distance(from: a.tid, to: b.tid)
            #expect(steps.count == distance, "seed \(seed): \(a.tid), \(b.tid)")
            check(steps, from: a.tid, to: b.tid, replay)
            chains += 1
            longest = max(longest, steps.count)
          }
        }
      }
    }
    #expect(
      chains > 500 && longest > 2, "the histories make no customers worth explaining: \(chains), \(longest)")
  }

  /// Every step begins where the last one ended, and its entry made two customers one.
  private func check(_ steps: [Explanation.Step], from a: TID, to b: TID, _ replay: Replay) {
    var place = a
    for step in steps {
      guard case .tid(let from) = step.from, case .tid(let to) = step.to, let sequence = step.sequence else {
        Issue.record("seed \(replay.seed): a step between TIDs is none: \(step)")
        return
      }
      #expect(from == place, "seed \(replay.seed)")
      let (before, after) = (replay.state(before: sequence), replay.state(before: sequence + 1))
      let wereTwo = before.root(of: from) != before.root(of: to) || before.root(of: from) == nil
      let areOne = after.root(of: from) != nil && after.root(of: from) == after.root(of: to)
      #expect(wereTwo && areOne, "seed \(replay.seed), entry \(sequence): \(from), \(to)")
      place = to
    }
    #expect(place == b, "seed \(replay.seed)")
  }

  @Test func whatLedToAMergeIsWhatTheJournalSays() {
    var leads = (keys: 0, presented: 0, handoffs: 0, operators: 0)
    for seed in Self.histories {
      let replay = Replay(seed: seed)
      for profile in replay.profiles where profile.tids.count > 1 {
        let customer = replay.explanation(of: [profile.primary.tid]).customers[0]
        for link in customer.tids.compactMap(\.link) {
          for (lead, root) in [(link.lead, link.tid), (link.parentLead, link.root)] {
            switch lead {
            case .key: leads.keys += 1
            case .presented: leads.presented += 1
            case .handoff: leads.handoffs += 1
            case .operator: leads.operators += 1
            case .issued, .unknown: break
            }
            // A failure must not print the whole history.
            let isTrue = replay.isTrue(lead, to: root, link)
            #expect(isTrue, "seed \(seed): \(link)")
          }
        }
      }
    }
    #expect(
      leads.keys > 100 && leads.presented > 100 && leads.handoffs > 3 && leads.operators > 50, "\(leads)")
  }

  @Test func twoWhoMetAndStayedApartHaveAWhyNot() {
    var meetings = 0
    for seed in Self.histories {
      let replay = Replay(seed: seed)
      for entry in replay.journal {
        for (a, b) in replay.meetings(in: entry) where replay.end.root(of: a) != replay.end.root(of: b) {
          meetings += 1
          guard case .apart(let apart) = replay.explanation(of: [a, b]).answer else {
            Issue.record("seed \(seed): \(a) and \(b) are two, but are explained as one")
            continue
          }
          let isTold = apart.reasons.contains { replay.covers($0.sequence, entry, a, b) }
          #expect(isTold, "seed \(seed), entry \(entry.sequence): \(a) and \(b)")
        }
      }
    }
    #expect(meetings > 200, "the histories keep nobody apart")
  }

  @Test func everyEntryThatChangedACustomerIsInTheStory() {
    for seed in Self.histories.prefix(100) {
      let replay = Replay(seed: seed)
      for profile in replay.profiles {
        let told = Set(replay.explanation(of: [profile.primary.tid]).timeline.map(\.sequence))
        let missing = replay.journal.filter { replay.changes($0, profile) }.map(\.sequence)
          .filter { !told.contains($0) }
        #expect(missing.isEmpty, "seed \(seed)")
      }
    }
  }
}

/// Access reports of random histories.
@Suite struct AccessReportPropertyTests {
  @Test func aReportHoldsTheCustomersOwnAndNothingElse() {
    var (shown, hidden) = (0, 0)
    for seed in ExplanationTests.histories {
      let replay = Replay(seed: seed)
      for profile in replay.profiles {
        let report = replay.report(on: profile)
        let own = Set(profile.tids.map(\.tid))
        let owned = replay.keysEverOwned(by: own)
        for (attribute, value) in report.keys.map({ ($0.attribute, $0.value) })
          + report.entries.flatMap(\.keys).map({ ($0.attribute, $0.value) })
        {
          switch value {
          case .own(let text):
            shown += 1
            let isOwn = owned.contains { $0.attribute == attribute && $0.value == text }
            #expect(isOwn, "seed \(seed): \(attribute)=\(text)")
          case .unverified: Issue.record("seed \(seed): a value nobody vouched for is shown")
          case .masked, .others: hidden += 1
          }
        }
        var json = JSONWriter()
        report.write(into: &json)
        let text = json.text
        let strangers = replay.end.tids.keys.filter { !own.contains($0) && text.contains($0.description) }
        #expect(strangers.isEmpty, "seed \(seed)")
        let captured = replay.journal.filter { replay.isCapture($0, on: own) }.map(\.sequence)
        let told = Set(report.entries.map(\.sequence))
        #expect(captured.allSatisfy(told.contains), "seed \(seed)")
      }
    }
    #expect(shown > 1000 && hidden > 500, "\(shown) \(hidden)")
  }
}

extension Replay {
  fileprivate func report(on profile: Profile) -> AccessReport {
    var reporting = AccessReporting(on: profile, in: space, includingUnverified: false)
    let own = Set(profile.tids.map(\.tid))
    var concern = Concern(tids: own)
    for entry in journal where concern.includes(entry) { reporting.read(entry) }
    let separations = end.separations.sorted().filter { own.contains($0.first) || own.contains($0.second) }
    return reporting.report(
      pending: [], separations: separations, sequence: end.sequence, at: Timestamp(microseconds: 0))
  }

  fileprivate func keysEverOwned(by own: Set<TID>) -> Set<Key> {
    var keys: Set<Key> = []
    for effect in journal.flatMap(\.effects) {
      switch effect {
      case .claimed(let key, let origin, true, _, _) where own.contains(origin): keys.insert(key)
      case .verified(let key, let origin, _, _) where own.contains(origin): keys.insert(key)
      default: continue
      }
    }
    return keys
  }

  fileprivate func isCapture(_ entry: JournalEntry, on own: Set<TID>) -> Bool {
    guard case .capture(let record) = entry.event else { return false }
    return own.contains(record.outcome.touchpointTid)
  }
}
