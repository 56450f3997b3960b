import KeyfoldTesting
import KeyfoldValidation
import Testing

@testable import Keyfold
@testable import KeyfoldCore

/// Every merge that a validator, a key or a capture made, undone at once.
@Suite struct BulkUnmergeTests {
  private static let start = Timestamp(microseconds: 1_795_512_600_000_000)

  /// A shop whose CRM and club vouch for customer numbers, and which trusts emails and phones.
  private struct Shop {
    let resolver: IdentityResolver
    let clock = ManualClock(BulkUnmergeTests.start)
    let crm = ScriptedValidator("crm", assurance: .possession)

    init() async throws {
      var crmId = KeyAttribute(name: "crmId")
      crmId.validators = [ValidatorReference(use: "scripted")]
      var memberId = KeyAttribute(name: "memberId")
      memberId.validators = [ValidatorReference(use: "scripted")]
      var phone = KeyAttribute.trusted("phone")
      phone.limit = 2
      var registry = ValidatorRegistry()
      try registry.register(crm, for: "crmId")
      try registry.register(ScriptedValidator("club", assurance: .possession), for: "memberId")
      var options = IdentityResolver.Options()
      options.clock = clock
      resolver = try await IdentityResolver(
        space: try Space(name: "shop", attributes: [crmId, memberId, .trusted("email"), phone]),
        store: MemoryStore(), validators: registry, options: options)
    }

    /// A capture, a second after the one before.
    @discardableResult
    func capture(_ keys: CapturedKeys, as tid: TID? = nil, id: String? = nil) async throws -> Outcome {
      clock.advance(bySeconds: 1)
      return try await resolver.capture(Capture(id: id, tid: tid, keys: keys))
    }

    /// A visitor who turns out to be the owner of the keys, which somebody else brought before.
    func visitor(_ keys: CapturedKeys, id: String? = nil) async throws -> TID {
      try await capture(keys)
      let tid = try await capture([:]).tid
      #expect(try await capture(keys, as: tid, id: id).decision == .merged)
      return tid
    }

    func profiles() async throws -> Int {
      try await resolver.read { view throws(StoreError) in try view.counts().profiles }
    }

    func entries(after sequence: Int64) async throws -> [JournalEntry] {
      try await resolver.read { view throws(StoreError) in
        var entries: [JournalEntry] = []
        try view.forEachEntry(after: sequence) { entry throws(StoreError) in
          entries.append(entry)
          return true
        }
        return entries
      }
    }

    func sequence() async throws -> Int64 { try await entries(after: 0).last?.sequence ?? 0 }
  }

  private func undo(
    _ maker: MergeSelection.Maker, since: JournalPoint? = nil, until: JournalPoint? = nil, _ shop: Shop,
    dryRun: Bool = false
  ) async throws -> BulkUnmerge {
    try await shop.resolver.unmerge(
      where: MergeSelection(maker, span: JournalSpan(since: since, until: until)), reason: "wrong",
      allowRemerge: true, dryRun: dryRun)
  }

  @Test func whatAValidatorVouchedForIsUndoneNewestFirst() async throws {
    let shop = try await Shop()
    let first = try await shop.visitor(["crmId": "1"])
    _ = try await shop.visitor(["memberId": "m1"])
    _ = try await shop.visitor(["email": "a@x.test"])
    let second = try await shop.visitor(["crmId": "2"])
    let (profiles, before) = (try await shop.profiles(), try await shop.sequence())

    let rehearsed = try await undo(.validator("crm"), shop, dryRun: true)
    #expect(rehearsed.found == 2 && rehearsed.undone == 2)
    #expect(rehearsed.examples.map(\.secondary) == [second, first])
    #expect(try await shop.sequence() == before, "a dry run stores nothing")

    #expect(try await undo(.validator("crm"), shop) == rehearsed)
    #expect(try await shop.profiles() == profiles + 2)
    let entries = try await shop.entries(after: before)
    #expect(
      entries.map(\.event)
        == [second, first].map {
          .operation(.unmerge($0, allowRemerge: true, reason: "wrong"))
        })
    let again = try await undo(.validator("crm"), shop)
    #expect(again.found == 2 && again.undone == 0 && again.examples.isEmpty)
    #expect(try await undo(.validator("nobody"), shop).found == 0)
  }

  @Test func evidenceThatSaidNothingVouchedForNothing() async throws {
    let shop = try await Shop()
    shop.crm.answer(.indeterminate, to: "1")
    _ = try await shop.visitor(["memberId": "m1", "crmId": "1"])
    #expect(try await undo(.validator("crm"), shop).found == 0)
    #expect(try await undo(.validator("club"), shop).undone == 1)
  }

  @Test func ofTheKeysOfACaptureOnlyThoseThatMadeTheMergeCount() async throws {
    let shop = try await Shop()
    try await shop.capture(["phone": "1"])
    let second = try await shop.capture(["phone": "2"]).tid
    // A value that is no key has a place in the answer too.
    let outcome = try await shop.capture(["email": " ", "phone": ["1", "2"], "memberId": "m3"])
    #expect(outcome.merged == [second] && outcome.keys.count == 4)
    #expect(try await undo(.key(attribute: "memberId", value: "m3"), shop).found == 0)
    #expect(
      try await undo(.key(attribute: "phone", value: "1"), shop, dryRun: true).found == 1,
      "without the key of the older customer it would not have happened either")
    let report = try await undo(.key(attribute: "phone", value: " 2 "), shop)
    #expect(report.examples.map(\.secondary) == [second], "in any form that normalises to it")
  }

  @Test func whereAnOlderJournalDoesNotSayWhichKeyItWasAnyOfTheAttributeCounts() {
    func evidence(_ finding: Finding, _ validator: String) -> Evidence {
      Evidence(
        validator: validator, version: "1", check: "c", finding: finding, assurance: .possession, code: "c",
        latencyMs: 0, at: BulkUnmergeTests.start)
    }
    func key(_ attribute: String, _ value: String, _ evidence: Evidence) -> Outcome.KeyResult {
      Outcome.KeyResult(
        attribute: attribute, value: value, result: .recognized, verified: true, reason: nil,
        evidence: [evidence])
    }
    let tids = (1...2 as ClosedRange<UInt64>).map { TID(milliseconds: $0, counter: 0, random: 0) }
    let outcome = Outcome(
      id: nil, sequence: 1, tid: tids[0], touchpointTid: tids[0], decision: .merged, created: false,
      merged: [tids[1]], switchedFrom: nil, unknownTid: false, handoff: nil, replayed: false,
      keys: [
        key("crmId", "1", evidence(.valid, "crm")), key("phone", "2", evidence(.valid, "sms")),
        key("phone", "3", evidence(.indeterminate, "later")),
      ])
    let record = CaptureRecord(
      identity: nil, touchpoint: "web", tid: nil, handoffTid: nil, keys: [:], at: BulkUnmergeTests.start,
      outcome: outcome, obstacles: [])
    let entry = JournalEntry(
      sequence: 1, at: BulkUnmergeTests.start, event: .capture(record),
      effects: [.merged(tids[1], into: tids[0], by: .key(attribute: "phone"))])
    func finds(_ subject: MergeSearch.Subject) -> Bool {
      !MergeSearch(subject: subject, span: JournalSpan()).merges(in: entry).isEmpty
    }
    for value in ["2", "3"] { #expect(finds(.key(Key(attribute: "phone", value: value, strength: 0)))) }
    #expect(!finds(.key(Key(attribute: "crmId", value: "1", strength: 0))))
    #expect(finds(.validator("sms")))
    #expect(!finds(.validator("crm")) && !finds(.validator("later")))
  }

  @Test func aCaptureIsNamedByItsID() async throws {
    let shop = try await Shop()
    let visitor = try await shop.visitor(["email": "a@x.test"], id: "form-1")
    _ = try await shop.visitor(["email": "b@x.test"], id: "form-2")
    #expect(try await undo(.capture(id: "form-1"), shop).examples.map(\.secondary) == [visitor])
    #expect(try await undo(.capture(id: "form-1"), shop).undone == 0)
    await #expect {
      _ = try await undo(.capture(id: "form-3"), shop)
    } throws: { error in
      if case ResolverError.notFound = error { true } else { false }
    }
  }

  @Test func aKeyThatHadToWaitStillBelongsToItsCapture() async throws {
    let shop = try await Shop()
    let owner = try await shop.capture(["crmId": "1"]).tid
    shop.crm.answer(.indeterminate, to: "1")
    let visitor = try await shop.capture(["crmId": "1"], id: "form-1").tid
    _ = try await shop.visitor(["email": "a@x.test"])
    shop.crm.answer(.valid, to: "1")
    try await shop.resolver.retryPendingKeys()
    #expect(try await shop.resolver.lookup(visitor)?.primary.tid == owner)
    #expect(try await undo(.validator("crm"), shop, dryRun: true).undone == 1)
    #expect(try await undo(.capture(id: "form-1"), shop).examples.map(\.secondary) == [visitor])
    #expect(try await shop.resolver.lookup(visitor)?.primary.tid == visitor)
  }

  @Test func timesAndSequencesSayWhichMergesCount() async throws {
    let shop = try await Shop()
    var merges: [(sequence: Int64, at: Timestamp)] = []
    for number in 0..<3 {
      _ = try await shop.visitor(["email": .init("\(number)@x.test")])
      merges.append((try await shop.sequence(), shop.clock.now()))
      _ = try await shop.visitor(["crmId": .init("c\(number)")])
    }
    func found(since: JournalPoint? = nil, until: JournalPoint? = nil) async throws -> Int {
      var found = 0
      for number in 0..<3 {
        let key = MergeSelection.Maker.key(attribute: "email", value: "\(number)@x.test")
        found += try await undo(key, since: since, until: until, shop, dryRun: true).found
      }
      return found
    }
    #expect(try await found() == 3)
    #expect(try await found(since: .sequence(merges[1].sequence)) == 1, "after that entry")
    #expect(try await found(since: .sequence(merges[1].sequence - 1)) == 2)
    #expect(try await found(until: .sequence(merges[1].sequence)) == 2, "up to that entry")
    #expect(try await found(since: .time(merges[1].at)) == 2, "from that time on")
    #expect(try await found(since: .time(merges[1].at.advanced(bySeconds: 1))) == 1)
    #expect(try await found(until: .time(merges[1].at)) == 2, "up to that time")
    #expect(
      try await found(since: .time(merges[1].at), until: .sequence(merges[1].sequence)) == 1, "both together")
  }

  @Test func aMergeThatWasMadeAnewByOthersIsLeftAlone() async throws {
    let shop = try await Shop()
    let visitor = try await shop.visitor(["crmId": "1"])
    let primary = try #require(try await shop.resolver.lookup(visitor)?.primary.tid)
    try await shop.resolver.unmerge(visitor, reason: "first", allowRemerge: true)
    try await shop.resolver.merge(visitor, primary, reason: "an operator knows")
    let left = try await undo(.validator("crm"), shop)
    #expect(left.found == 1 && left.undone == 0)
    try await shop.resolver.unmerge(visitor, reason: "second", allowRemerge: true)
    #expect(try await shop.capture(["crmId": "1"], as: visitor).decision == .merged)
    let again = try await undo(.validator("crm"), shop)
    #expect(again.found == 2 && again.undone == 1)
  }

  @Test func manyCanBeStoppedAndTheRestIsDoneTheNextTime() async throws {
    let shop = try await Shop()
    let count = IdentityResolver.unmergePortion + 20
    for number in 0..<count {
      _ = try await shop.visitor(["email": .init("\(number)@x.test"), "crmId": "1"])
    }
    var seen: [BulkUnmerge.Progress] = []
    let all = try await shop.resolver.unmerge(
      where: MergeSelection(.validator("crm")), reason: "wrong", dryRun: true
    ) { progress in
      seen.append(progress)
      return true
    }
    #expect(all.found == count && all.undone == count && !all.stopped)
    #expect(all.examples.count == BulkUnmerge.examplesMax)
    let entries = try await shop.sequence()
    #expect(
      seen == [
        .searched(entries, of: entries), .undone(0, of: count),
        .undone(IdentityResolver.unmergePortion, of: count), .undone(count, of: count),
      ])
    let some = try await shop.resolver.unmerge(
      where: MergeSelection(.validator("crm")), reason: "wrong"
    ) { progress in
      if case .undone(let done, _) = progress { done == 0 } else { true }
    }
    #expect(some.stopped && some.undone == IdentityResolver.unmergePortion)
    let rest = try await shop.resolver.unmerge(where: MergeSelection(.validator("crm")), reason: "wrong")
    #expect(!rest.stopped && rest.found == count && rest.undone == 20)
    let nothing = try await shop.resolver.unmerge(
      where: MergeSelection(.validator("crm")), reason: "wrong"
    ) { _ in false }
    #expect(nothing.stopped && nothing.found == 0)
  }

  @Test func whatCanBeNoKeyIsRefused() async throws {
    let shop = try await Shop()
    for key in [("none", "1"), ("email", " ")] {
      await #expect("\(key)") {
        _ = try await undo(.key(attribute: key.0, value: key.1), shop)
      } throws: { error in
        if case ResolverError.refused = error { true } else { false }
      }
    }
    await #expect(throws: ResolverError.self) {
      try await shop.resolver.unmerge(where: MergeSelection(.validator("crm")), reason: "")
    }
  }
}
