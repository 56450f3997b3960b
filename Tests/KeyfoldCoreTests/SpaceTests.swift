import KeyfoldCore
import Testing

@Suite struct SpaceTests {
  private func problems(_ change: (inout KeyAttribute) -> Void) -> [String] {
    var attribute = KeyAttribute(name: "email")
    change(&attribute)
    return Space.problems(name: "s", attributes: [attribute], rules: Space.Rules()).map(\.message)
  }

  @Test func anAttributeHasValidatorsOrTrust() {
    #expect(problems { _ in }.first?.contains("'email' needs 'validators'") == true)
    let both = problems {
      $0.trustsSource = true
      $0.validators = [ValidatorReference(use: "authenticated")]
    }
    #expect(both.first?.contains("both validators and 'trust: source'") == true)
  }

  @Test func validatorsOfMereExistenceNeedLinksFrom() {
    #expect(
      problems { $0.validators = [ValidatorReference(use: "crm")] }.first?.contains("'linksFrom'") == true)
    #expect(
      problems {
        $0.validators = [ValidatorReference(use: "crm")]
        $0.linksFrom = ["desk"]
      }.isEmpty)
    #expect(
      problems { $0.validators = [ValidatorReference(use: "crm"), ValidatorReference(use: "authenticated")] }
        .isEmpty)
    let confirmation = Setting.map([.init(name: "checks", value: .array([.scalar("confirmation")]))])
    #expect(problems { $0.validators = [ValidatorReference(use: "email", settings: confirmation)] }.isEmpty)
  }

  @Test func everyProblemIsReportedAtOnce() {
    var bad = KeyAttribute.trusted("1st")
    bad.limit = 0
    var rules = Space.Rules()
    rules.maxTidsPerProfile = 0
    let error = #expect(throws: SpaceError.self) {
      try Space(name: "", attributes: [bad, .trusted("a"), .trusted("a")], rules: rules)
    }
    #expect(
      error?.problems.map(\.path) == [
        "space", "attributes[0].name", "attributes[0].limit", "attributes[2].name", "maxTidsPerProfile",
      ])
  }

  @Test func rulesThatAStoreRemembersReadBackAndDiffer() throws {
    let space = try Space(name: "s", attributes: [.trusted("a"), .trusted("b")])
    let record = SpaceRecord(space)
    #expect(SpaceRecord(decoding: record.encoded) == record)
    var b = KeyAttribute.trusted("b")
    b.onConflict = .keep
    let differences = record.differences(
      to: SpaceRecord(try Space(name: "s", attributes: [b, .trusted("a")])))
    #expect(
      differences == [
        "order of attributes was 'a, b' and is 'b, a'", "b.onConflict was 'replace' and is 'keep'",
      ])
    var lenient = KeyAttribute.trusted("b")
    lenient.block = ["x"]
    lenient.whenUnverified = .drop
    #expect(
      record.differences(to: SpaceRecord(try Space(name: "s", attributes: [.trusted("a"), lenient]))).isEmpty)
  }

  @Test(
    arguments: [("emial", "email"), ("crm", "crmId"), ("EMAIL", "email"), ("zzz", nil), ("", nil)]
      as [(String, String?)])
  func nearestName(_ word: String, _ expected: String?) {
    #expect(nearest(to: word, among: ["crmId", "email", "memberId"]) == expected)
  }
}
