import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldTesting
import Testing

/// Whatever an attacker types, into whatever history: the customers' part of it comes out as if the attacker had
/// never been there, and none of it is reachable from the attacker's browsers.
@Suite struct AttackerTests {
  static let histories: ClosedRange<UInt64> =
    ProcessInfo.processInfo.environment["KEYFOLD_LONG_TESTS"] == nil ? 1...200 : 1...5000

  @Test func customersAreAsIfTheAttackerHadNeverBeenThere() async throws {
    for seed in AttackerTests.histories {
      let story = Story(seed: seed)
      let attacked = try await Ending(story)
      let peaceful = try await Ending(story.withoutAttacker)
      #expect(attacked.customers == peaceful.customers, "seed \(seed): \(story.steps)")
      #expect(attacked.leaks.isEmpty, "seed \(seed): \(story.steps)")
      if attacked.customers != peaceful.customers || !attacked.leaks.isEmpty { return }
    }
  }

  /// The same with what must be found if it is there: an attacker who has the token.
  @Test func aStolenTokenIsNoticedByThisTest() async throws {
    let story = Story(steps: [
      Step(who: .customer(0), browser: 0, keys: ["memberId": "m0"], proof: "token-of-m0"),
      Step(who: .attacker, browser: 0, keys: ["memberId": "m0"], proof: "token-of-m0"),
    ])
    #expect(try await Ending(story).leaks == ["memberId=m0"])
  }
}

/// One thing that somebody does.
private struct Step: CustomStringConvertible {
  enum Person: Hashable {
    case customer(Int)
    case attacker
    /// The CRM goes down, or comes back and waiting keys are asked about again.
    case outage
  }

  var who: Person
  /// Which of their browsers; the call centre where nil.
  var browser: Int?
  var keys: [String: String] = [:]
  var proof: String?
  var presentsTID = true

  var description: String {
    "\(who) \(browser.map { "browser \($0)" } ?? "call-centre") \(keys) \(proof ?? "-") \(presentsTID)"
  }
}

/// A random history of a few customers and an attacker who knows every value of theirs.
private struct Story {
  var steps: [Step]

  init(steps: [Step]) { self.steps = steps }

  init(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    steps = (0..<40).map { _ in Story.step(&random) }
  }

  var withoutAttacker: Story { Story(steps: steps.filter { $0.who != .attacker }) }

  private static func step(_ random: inout SplitMix64) -> Step {
    func chance(_ outOf: Int) -> Bool { Int.random(in: 0..<outOf, using: &random) == 0 }
    let victim = Int.random(in: 0..<3, using: &random)
    if chance(12) { return Step(who: .outage) }
    if chance(2) { return attack(on: victim, &random) }
    if chance(2) {
      var step = Step(who: .customer(victim), browser: nil, keys: ["crmId": "c\(victim)"], presentsTID: false)
      if chance(2) { step.keys["email"] = "e\(victim)" }
      return step
    }
    var step = Step(who: .customer(victim), browser: chance(2) ? 0 : 1, presentsTID: !chance(6))
    if chance(2) {
      step.keys["memberId"] = "m\(victim)"
      step.proof = "token-of-m\(victim)"
    }
    if chance(3) { step.keys["email"] = "e\(victim)" }
    return step
  }

  private static func attack(on victim: Int, _ random: inout SplitMix64) -> Step {
    func chance(_ outOf: Int) -> Bool { Int.random(in: 0..<outOf, using: &random) == 0 }
    var step = Step(who: .attacker, browser: chance(2) ? 0 : 1, presentsTID: !chance(4))
    if chance(2) { step.keys["crmId"] = "c\(victim)" }
    if chance(2) { step.keys["memberId"] = chance(2) ? "m\(victim)" : "mallory" }
    if chance(2) { step.keys["email"] = "e\(victim)" }
    step.proof = chance(3) ? nil : chance(3) ? "token-of-c\(victim)" : "token-of-mallory"
    return step
  }
}

/// What a story came to.
private struct Ending {
  /// For each capture of a customer, what was decided; customers are named by the first capture they were seen
  /// in, since TIDs differ from run to run.
  private(set) var customers: [String] = []
  /// Keys of customers that the attacker's browsers lead to.
  private(set) var leaks: Set<String> = []

  init(_ story: Story) async throws {
    let world = try await World()
    var held: [Step.Person: [Int: TID]] = [:]
    var attackers: [TID] = []
    var tids: [TID] = []
    for step in story.steps {
      world.clock.advance(bySeconds: 1)
      guard step.who != .outage else {
        world.register.isDown.toggle()
        if !world.register.isDown { try await world.resolver.retryPendingKeys() }
        continue
      }
      var capture = Capture(touchpoint: step.browser == nil ? "call-centre" : "web")
      for (attribute, value) in step.keys { capture.keys.append(attribute: attribute, value: value) }
      if let proof = step.proof { capture.proofs["memberId"] = Proof(proof) }
      if step.presentsTID, let browser = step.browser { capture.tid = held[step.who]?[browser] }
      let outcome = try await world.resolver.capture(capture)
      if let browser = step.browser { held[step.who, default: [:]][browser] = outcome.touchpointTid }
      if step.who == .attacker {
        attackers.append(outcome.touchpointTid)
      } else {
        tids.append(outcome.touchpointTid)
        let keys = outcome.keys.map {
          "\($0.attribute)=\($0.value) \($0.result) \($0.verified) \($0.reason.map(\.rawValue) ?? "")"
        }
        customers.append("\(outcome.decision) \(keys)")
      }
    }
    var primaries: [TID?] = []
    for tid in tids { primaries.append(try await world.resolver.lookup(tid)?.primary.tid) }
    for primary in primaries { customers.append("together with \(primaries.firstIndex(of: primary) ?? -1)") }
    for tid in attackers {
      for claim in try await world.resolver.lookup(tid)?.claims ?? [] where claim.verified {
        if claim.key.value != "mallory" { leaks.insert(claim.key.description) }
      }
    }
  }
}
