import Keyfold
import KeyfoldCore
import KeyfoldTesting
import KeyfoldValidation
import Testing

/// What may be handed to a customer, and what must not.
@Suite struct AccessReportTests {
  private static func space() throws -> Space {
    var crm = KeyAttribute(name: "crmId")
    crm.validators = [ValidatorReference(use: "scripted")]
    crm.linksFrom = ["desk", "secret-of-bob"]
    var phone = KeyAttribute.trusted("phone")
    phone.whenTaken = .transfer
    var rules = Space.Rules()
    rules.handoff = Space.Handoff(keys: ["only for tests"])
    return try Space(name: "shop", attributes: [crm, .trusted("email"), phone], rules: rules)
  }

  /// A store of its own, and validators that find everything.
  private struct Shop {
    let resolver: IdentityResolver
    let store = MemoryStore()

    init() async throws {
      var registry = ValidatorRegistry()
      try registry.register(
        ScriptedValidator(assurance: .existence, otherwise: .finding(.valid, code: "found")), for: "crmId")
      var options = IdentityResolver.Options()
      options.clock = ManualClock(Timestamp(microseconds: 1_795_512_600_000_000))
      options.tids = SeededTIDs(seed: 3)
      resolver = try await IdentityResolver(
        space: try AccessReportTests.space(), store: store, validators: registry, options: options)
    }

    @discardableResult
    func capture(_ touchpoint: String, _ tid: TID? = nil, _ keys: CapturedKeys) async throws -> Outcome {
      try await resolver.capture(
        Capture(touchpoint: touchpoint, tid: tid, keys: keys, data: ["note": "at \(touchpoint)"]))
    }

    func report(_ tid: TID, includingUnverified: Bool = false) async throws -> AccessReport {
      try await resolver.accessReport(on: .tid(tid), includingUnverified: includingUnverified)
    }

    func text(_ tid: TID, includingUnverified: Bool = false) async throws -> String {
      var json = JSONWriter()
      try await report(tid, includingUnverified: includingUnverified).write(into: &json)
      return json.text
    }
  }

  @Test func nothingOfAnotherCustomerIsInIt() async throws {
    let shop = try await Shop()
    let emma = try await shop.capture("desk", nil, ["crmId": "emma-1", "email": "emma@er.example"])
    let bob = try await shop.capture("desk", nil, ["crmId": "bob-22", "email": "bob@er.example"])
    // Bob's address with Emma's number; Bob at Emma's browser; Emma's address with Bob's number.
    try await shop.capture("desk", nil, ["crmId": "emma-1", "email": "bob@er.example"])
    try await shop.capture("web-of-emma", emma.touchpointTid, ["email": "bob@er.example"])
    try await shop.capture("secret-of-bob", nil, ["crmId": "bob-22", "email": "emma@er.example"])
    let text = try await shop.text(emma.tid, includingUnverified: true)
    for part in [emma.tid.description, "emma-1", "emma@er.example", "web-of-emma", "at desk"] {
      #expect(text.contains(part), "\(part)")
    }
    for part in [bob.tid.description, "bob-22", "bob@er.example", "secret-of-bob", "at web-of-emma"] {
      #expect(!text.contains(part), "\(part)")
    }
    #expect(try await shop.report(emma.tid).entries.map(\.sequence) == [1, 3, 4, 5])
  }

  @Test func aReasonForASeparationMayNameTheOtherAndIsLeftOut() async throws {
    let shop = try await Shop()
    let emma = try await shop.capture("web", nil, ["email": "emma@er.example"])
    let bob = try await shop.capture("web", nil, ["email": "bob@er.example"])
    let pair = TIDPair(emma.tid, bob.tid)
    let step = TransactionStep(footprint: Footprint()) { snapshot in
      .commit(
        JournalEntry(
          sequence: snapshot.sequence, at: Timestamp(microseconds: 5),
          event: .operation(.separate(pair.first, pair.second, reason: "this is Bob Smith")),
          effects: [.separated(pair.first, pair.second)]))
    }
    _ = try await shop.store.transact([step])
    try await shop.resolver.revoke(emma.tid, reason: "phone lost")
    let report = try await shop.report(emma.tid)
    #expect(report.separations == [Timestamp(microseconds: 5)])
    let text = try await shop.text(emma.tid)
    #expect(!text.contains("Bob Smith") && !text.contains(bob.tid.description))
    #expect(text.contains("phone lost"), "what was done to the customer's own TID is theirs")
  }

  @Test func aKeyThatMovedAwayIsShownWithoutSayingWhere() async throws {
    let shop = try await Shop()
    let emma = try await shop.capture("desk", nil, ["crmId": "1", "phone": "+44 555"])
    try await shop.capture("secret-of-bob", nil, ["crmId": "2", "phone": "+44 555"])
    let report = try await shop.report(emma.tid)
    let phone = try #require(report.keys.first { $0.attribute == "phone" })
    #expect(phone.value == .own("+44 555"))
    #expect(phone.standing == .released(.transferred))
    #expect(phone.why == nil && phone.touchpoint == nil)
    let text = try await shop.text(emma.tid)
    #expect(!text.contains("secret-of-bob") && !text.contains("transferred") && !text.contains("another"))
  }

  /// Whoever types an address at their own browser and asks for their data must not learn whether somebody with
  /// that address is a customer.
  @Test func theReportIsTheSameWhetherOrNotSomebodyElseHasTheValue() async throws {
    var reports: [[String]] = []
    for isTaken in [true, false] {
      let shop = try await Shop()
      let other: CapturedKeys = isTaken ? ["crmId": "77777"] : ["crmId": "88888"]
      try await shop.capture("desk", nil, other)
      let visitor = try await shop.capture("web", nil, ["email": "me@er.example"])
      try await shop.capture("web", visitor.touchpointTid, ["crmId": "77777"])
      var texts: [String] = []
      for shows in [false, true] {
        texts.append(try await shop.text(visitor.tid, includingUnverified: shows))
      }
      reports.append(texts)
    }
    #expect(reports[0] == reports[1])
    #expect(!reports[0][0].contains("77777") && reports[0][1].contains("77777"))
    #expect(!reports[0][1].contains("found"), "what a validator found of it is somebody else's business")
  }

  @Test func aClaimedKeyOpensNobodysData() async throws {
    let shop = try await Shop()
    try await shop.capture("web", nil, ["crmId": "5"])
    await #expect(throws: ResolverError.self) {
      try await shop.resolver.accessReport(on: .key(attribute: "crmId", value: "5"))
    }
    try await shop.capture("desk", nil, ["crmId": "5"])
    let report = try await shop.resolver.accessReport(on: .key(attribute: "crmId", value: "5"))
    #expect(report.keys.map(\.value) == [.own("5")])
    #expect(report.keys[0].moments.first?.evidence.map(\.code) == ["found"])
  }

  @Test func everythingThatWasCapturedIsInIt() async throws {
    let shop = try await Shop()
    let web = try await shop.capture("web", nil, [:])
    try await shop.capture("web", web.touchpointTid, ["email": "emma@er.example"])
    let app = try await shop.capture("app", nil, ["phone": "+44 1"])
    let joined = try await shop.capture(
      "app", app.touchpointTid, ["email": "emma@er.example", "phone": "+44 1"])
    let report = try await shop.report(app.tid)
    #expect(report.customer == joined.tid)
    #expect(report.tids.map(\.record.tid) == [web.tid, app.tid])
    #expect(report.tids.map(\.touchpoint) == ["web", "app"])
    #expect(report.activity.map(\.count) == [2, 2])
    #expect(report.data.map(\.value) == ["at web", "at app"])
    #expect(report.keys.map(\.value) == [.own("emma@er.example"), .own("+44 1")])
    #expect(report.entries.map(\.data.count) == [1, 1, 1, 1])
  }
}
