import KeyfoldCore
import KeyfoldTesting
import KeyfoldValidation
import Testing

/// Validators made of validators.
@Suite struct CompositionTests {
  /// Always says the same.
  private struct Fixed: KeyValidator {
    let verdict: Verdict
    let assurance: Assurance

    init(
      _ finding: Finding, _ name: String = "fixed", proving assurance: Assurance = .existence,
      atMost most: Assurance? = nil, retryable: Bool = true, reuse: Verdict.Reuse = .asConfigured
    ) {
      let evidence = Evidence(
        validator: name, version: "1", check: "fixed", finding: finding, assurance: assurance, code: "fixed",
        latencyMs: 0, at: Timestamp(microseconds: 0))
      verdict = Verdict(
        finding: finding, assurance: assurance, evidence: [evidence], retryable: retryable, reuse: reuse)
      self.assurance = most ?? assurance
    }

    func validate(_ key: Key, proof: Proof?, context: ValidationContext) async -> Verdict { verdict }
  }

  private func verdict(_ validator: some KeyValidator) async -> Verdict {
    await validator.validate(
      Key(attribute: "card", value: "7", strength: 0), proof: nil,
      context: ValidationContext(space: "acme", touchpoint: "web", now: Timestamp(microseconds: 0)))
  }

  private func asked(_ verdict: Verdict) -> [String] { verdict.evidence.map(\.validator) }

  private static let findings: [Finding] = [.valid, .invalid, .indeterminate]

  // MARK: What is found

  /// All lists of three findings, against the sentences of the documentation.
  @Test(arguments: findings, findings) func findingsAreThoseOfTheSentences(_ a: Finding, _ b: Finding) async {
    for c in CompositionTests.findings {
      let list = [a, b, c]
      let validators = zip(list, ["a", "b", "c"]).map { Fixed($0, $1) }
      let all = await verdict(AllOf(validators))
      #expect(all.finding == list.first { $0 != .valid } ?? .valid)
      #expect(asked(all).count == min(list.prefix { $0 == .valid }.count + 1, 3))
      let any = await verdict(AnyOf(validators))
      let expected: Finding =
        list.contains(.valid) ? .valid : list.contains(.indeterminate) ? .indeterminate : .invalid
      #expect(any.finding == expected)
      #expect(asked(any).count == min(list.prefix { $0 != .valid }.count + 1, 3))
    }
  }

  @Test func nobodyToAskIsNobodyWhoVouches() async {
    for verdict in [await verdict(AllOf()), await verdict(AnyOf())] {
      #expect(verdict.finding == .indeterminate)
      #expect(!verdict.retryable)
    }
    #expect(AllOf().assurance == .existence)
    #expect(AnyOf().assurance == .existence)
  }

  @Test func evidenceIsInTheOrderOfTheQuestions() async {
    let verdict = await verdict(
      AllOf(
        Fixed(.valid, "a"), AnyOf(Fixed(.invalid, "b"), Fixed(.valid, "c"), Fixed(.valid, "d")),
        Fixed(.valid, "e")))
    #expect(asked(verdict) == ["a", "b", "c", "e"])
    #expect(verdict.finding == .valid)
  }

  // MARK: What it proves

  @Test func possessionOfOneIsPossessionOfAll() async {
    let exists = Fixed(.valid)
    let proved = Fixed(.valid, proving: .possession)
    #expect(await verdict(AllOf(exists, proved, exists)).assurance == .possession)
    #expect(await verdict(AllOf(exists, exists)).assurance == .existence)
    #expect(AllOf(exists, proved).assurance == .possession)
    #expect(AllOf(exists, exists).assurance == .existence)
  }

  @Test func anyProvesWhatTheOneWhoVouchedProves() async {
    let exists = Fixed(.valid)
    let proved = Fixed(.valid, proving: .possession)
    #expect(await verdict(AnyOf(exists, proved)).assurance == .existence)
    #expect(await verdict(AnyOf(proved, exists)).assurance == .possession)
    #expect(AnyOf(exists, proved).assurance == .possession)
    #expect(await verdict(AnyOf(Fixed(.invalid, proving: .possession), exists)).assurance == .existence)
  }

  /// A validator that says it proves existence at most cannot get possession past a composition.
  @Test func nobodyProvesMoreThanTheyCan() async {
    let boaster = Fixed(.valid, proving: .possession, atMost: .existence)
    let proved = Fixed(.invalid, proving: .possession)
    #expect(await verdict(AllOf(boaster)).assurance == .existence)
    #expect(await verdict(AnyOf(proved, boaster)).assurance == .existence)
    #expect(await verdict(AllOf(AnyOf(boaster, proved))).assurance == .existence)
  }

  // MARK: Asking again

  @Test func askingAgainMakesSenseWhereItDoesForAPart() async {
    let never = Fixed(.indeterminate, retryable: false)
    let later = Fixed(.indeterminate)
    #expect(await !verdict(AllOf(never, later)).retryable)
    #expect(await verdict(AllOf(Fixed(.valid), later)).retryable)
    #expect(await verdict(AnyOf(never, later)).retryable)
    #expect(await verdict(AnyOf(later, never)).retryable)
    #expect(await !verdict(AnyOf(never, Fixed(.invalid), never)).retryable)
  }

  @Test func aVerdictIsGoodForAsLongAsItsPartsAre() async {
    let early = Verdict.Reuse.until(Timestamp(microseconds: 1))
    let late = Verdict.Reuse.until(Timestamp(microseconds: 2))
    let cases: [([Verdict.Reuse], Verdict.Reuse)] = [
      ([.asConfigured, .asConfigured], .asConfigured), ([.asConfigured, late], late),
      ([late, .asConfigured], late), ([early, late], early), ([late, early], early),
      ([.never, late], .never),
      ([.asConfigured, .never], .never),
    ]
    for (parts, expected) in cases {
      #expect(await verdict(AllOf(parts.map { Fixed(.valid, reuse: $0) })).reuse == expected)
      #expect(await verdict(AnyOf(parts.map { Fixed(.invalid, reuse: $0) })).reuse == expected)
    }
    // Nobody asked the second.
    #expect(await verdict(AllOf(Fixed(.invalid), Fixed(.valid, reuse: .never))).reuse == .asConfigured)
    #expect(await verdict(AnyOf(Fixed(.valid), Fixed(.valid, reuse: .never))).reuse == .asConfigured)
  }

  @Test func existenceIsNotGivenAgainWhereSomebodyMayProveMore() async {
    let silent = Fixed(.indeterminate, proving: .possession)
    let unproved = Fixed(.indeterminate, proving: .possession, retryable: false)
    #expect(await verdict(AnyOf(silent, Fixed(.valid))).reuse == .never)
    #expect(await verdict(AnyOf(silent, Fixed(.valid, proving: .possession))).reuse == .asConfigured)
    #expect(await verdict(AnyOf(unproved, Fixed(.valid))).reuse == .asConfigured)
    #expect(await verdict(AnyOf(Fixed(.indeterminate), Fixed(.valid))).reuse == .asConfigured)
  }
}
