import KeyfoldCore
import KeyfoldTesting
import KeyfoldValidation
import Testing

@testable import Keyfold

/// What a resolver counts, and how it says it.
@Suite struct MetricsTests {
  private let validator = ScriptedValidator("crm", assurance: .existence)

  private func resolver(_ store: some IdentityStore = MemoryStore()) async throws -> IdentityResolver {
    var crm = KeyAttribute(name: "crmId")
    crm.validators = [ValidatorReference(use: "scripted")]
    crm.linksFrom = ["desk"]
    var registry = ValidatorRegistry()
    try registry.register(validator, for: "crmId")
    var options = IdentityResolver.Options()
    options.retriesPendingKeys = false
    return try await IdentityResolver(
      space: try Space(name: "shop", attributes: [crm, .trusted("email")]), store: store,
      validators: registry, options: options)
  }

  @Test func capturesAreCountedByWhatBecameOfThem() async throws {
    let resolver = try await resolver()
    validator.answer(.invalid, to: "no")
    let first = Capture(id: "1", touchpoint: "desk", keys: ["crmId": "7", "email": "a@x.test"])
    let outcome = try await resolver.capture(first)
    _ = try await resolver.capture(first)
    _ = try await resolver.capture(Capture(touchpoint: "desk", keys: ["email": "a@x.test"]))
    _ = try await resolver.capture(Capture(touchpoint: "desk", keys: ["crmId": "no"]))
    _ = try await resolver.capture(
      Capture(touchpoint: "desk", tid: outcome.tid, keys: ["email": "b@x.test"]))
    for result in await resolver.captures([
      Capture(id: "1"), Capture(keys: ["phone": "1"]), Capture(keys: ["phone": "1"]),
    ]) {
      #expect(throws: ResolverError.self) { try result.get() }
    }
    let metrics = resolver.metrics
    #expect(metrics.captures == [.created: 2, .recognized: 1, .switched: 1])
    #expect(metrics.replays == 1)
    #expect(metrics.refusals == [.idReused: 1, .unknownAttribute: 2])
    #expect(
      metrics.keys == [
        .init(result: .associated, reason: nil): 3, .init(result: .recognized, reason: nil): 1,
        .init(result: .rejected, reason: .invalid): 1,
      ])
    #expect(
      metrics.verdicts == [
        .init(attribute: "crmId", validator: "crm"): [.valid: 1, .invalid: 1]
      ])
    #expect(metrics.captureLatency.count == 8)
    #expect(metrics.commits == 6)
    #expect(metrics.validatorLatency.values.map(\.count) == [2])
    #expect(metrics.pending == nil)
    #expect(metrics.failures.isEmpty)
  }

  @Test func whatBreaksIsCountedToo() async throws {
    let resolver = try await resolver()
    let silent = ScriptedValidator(assurance: .existence)
    try await resolver.close()
    for result in await resolver.captures([Capture(), Capture()]) {
      #expect(throws: ResolverError.self) { try result.get() }
    }
    #expect(resolver.metrics.failures == [.store: 2])
    #expect(silent.asked.isEmpty)
  }

  @Test func keysThatWaitAreCountedAsTheyWereLastSeen() async throws {
    let resolver = try await resolver()
    validator.answer(.indeterminate, to: "7")
    validator.answer(.indeterminate, to: "8")
    for value in ["7", "8"] {
      _ = try await resolver.capture(Capture(touchpoint: "desk", keys: ["crmId": .init(value)]))
    }
    #expect(try await resolver.pendingKeys().count == 2)
    #expect(resolver.metrics.pending == 2)
    validator.answer(.valid, to: "7")
    try await resolver.retryPendingKeys()
    #expect(resolver.metrics.pending == 1)
    #expect(resolver.metrics.pendingEnds == [.applied: 1])
  }

  @Test func namesOfValidatorsAreBounded() {
    let meter = Meter(space: "s")
    let key = Key(attribute: "crmId", value: "1", strength: 0)
    for number in 1...100 {
      meter.count(
        Verdict(
          finding: .valid, assurance: .existence,
          evidence: [
            Evidence(
              validator: "v\(number)", version: "1", check: "c", finding: .valid, assurance: .existence,
              code: "ok", latencyMs: 1, at: Timestamp(microseconds: 0))
          ]), on: key)
    }
    let verdicts = meter.metrics.verdicts
    #expect(verdicts.count == 65)
    #expect(verdicts[.init(attribute: "crmId", validator: "other")] == [.valid: 36])
  }

  @Test func histogramsCountWhatTookNoLongerThanTheirBounds() {
    var histogram = LatencyHistogram()
    for bound in LatencyHistogram.boundsMicroseconds { histogram.add(microseconds: bound) }
    histogram.add(microseconds: 101, times: 2)
    histogram.add(microseconds: 60_000_000)
    #expect(histogram.buckets == [1, 3] + Array(repeating: 1, count: 14))
    #expect(histogram.count == 18)
    #expect(
      histogram.sumMicroseconds == LatencyHistogram.boundsMicroseconds.reduce(0, +) + 202 + 60_000_000)
  }

  /// Every line is one that Prometheus reads: a comment about a family, or one of its series.
  @Test func theTextIsInPrometheusFormat() async throws {
    let resolver = try await resolver()
    _ = try await resolver.capture(Capture(touchpoint: "desk", keys: ["crmId": "7"]))
    _ = try await resolver.pendingKeys()
    let text = resolver.metrics.prometheusText
    #expect(text.hasSuffix("\n"))
    var types: [Substring: Substring] = [:]
    var series: Set<Substring> = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      if line.hasPrefix("# HELP ") { continue }
      if line.hasPrefix("# TYPE ") {
        let words = line.split(separator: " ")
        try #require(words.count == 4)
        #expect(types.updateValue(words[3], forKey: words[2]) == nil, "\(line): a family stands once")
        continue
      }
      let match = try #require(
        line.wholeMatch(
          of: /([a-z_]+?)(_bucket|_sum|_count)?(\{space="shop"(?:,[a-z]+="[^"\\\n]*")*\}) [0-9]+(\.[0-9]+)?/),
        "\(line)")
      #expect(series.insert(line.prefix { $0 != " " }).inserted, "\(line): twice")
      let type = types[match.1] ?? types[match.1 + (match.2 ?? "")]
      #expect(type != nil, "\(line) has no type")
    }
    for line in [
      #"keyfold_captures_total{space="shop",decision="created"} 1"#,
      #"keyfold_key_results_total{space="shop",result="associated",reason="none"} 1"#,
      #"keyfold_validator_verdicts_total{space="shop",attribute="crmId",validator="crm",verdict="valid"} 1"#,
      #"keyfold_pending_keys{space="shop"} 0"#, #"keyfold_captures_in_flight{space="shop"} 0"#,
      #"keyfold_capture_seconds_bucket{space="shop",le="+Inf"} 1"#,
      #"keyfold_capture_seconds_count{space="shop"} 1"#,
      #"keyfold_commits_total{space="shop"} 1"#,
    ] {
      #expect(text.contains("\n" + line + "\n"), "\(line)")
    }
    #expect(text.contains(#"keyfold_capture_seconds_bucket{space="shop",le="0.0025"}"#))
    #expect(text.contains(#"keyfold_capture_seconds_bucket{space="shop",le="5"}"#))
  }

  @Test func labelsAreEscaped() async throws {
    let resolver = try await IdentityResolver(
      space: try Space(name: "a\"b\\c\nd", attributes: [.trusted("email")]), store: MemoryStore())
    #expect(
      resolver.metrics.prometheusText.contains(#"keyfold_commits_total{space="a\"b\\c\nd"} 0"# + "\n"))
  }
}
