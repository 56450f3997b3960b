import Keyfold
import KeyfoldCore
import KeyfoldTesting
import Testing

/// A CRM that is down for a while costs nobody anything: when the waiting keys have been asked about again, every
/// customer is who they would have been had it never been down.
///
/// Each visitor is captured with keys once, so that nothing happens at a browser between a key and its verdict.
@Suite struct OutageTests {
  @Test(
    "the partition of TIDs and the owners of keys are those of a run without an outage",
    arguments: [UInt64(1), 2])
  func afterwards(seed: UInt64) async throws {
    let calm = try await Run(seed: seed, downFor: 0..<0)
    let stormy = try await Run(seed: seed, downFor: 1500..<3500)
    #expect(stormy.waited > 1000)
    #expect(stormy.stillWaiting == 0)
    #expect(stormy.customers == calm.customers)
    #expect(stormy.owners == calm.owners)
  }
}

/// Five thousand visitors, each of whom becomes known by one capture.
private struct Run {
  /// For each visitor, the first visitor who is the same customer.
  private(set) var customers: [Int] = []
  /// For each key that has an owner, a visitor who is that customer.
  private(set) var owners: [String: Int] = [:]
  private(set) var waited = 0
  private(set) var stillWaiting = 0

  private static let visitors = 5000
  private static let people = 900

  init(seed: UInt64, downFor down: Range<Int>) async throws {
    let world = try await World()
    let resolver = world.resolver
    var visits: [Capture] = Array(repeating: Capture(touchpoint: "call-centre"), count: Run.visitors)
    var tids: [TID] = []
    for result in await resolver.captures(visits) { tids.append(try result.get().touchpointTid) }
    var random = SplitMix64(seed: seed)
    for index in visits.indices {
      let person = Int.random(in: 0..<Run.people, using: &random)
      visits[index].tid = tids[index]
      let mask = Int.random(in: 1...3, using: &random)
      if mask & 1 != 0 { visits[index].keys.append(attribute: "crmId", value: "c\(person)") }
      if mask & 2 != 0 { visits[index].keys.append(attribute: "email", value: "e\(person)") }
    }
    for start in stride(from: 0, to: visits.count, by: 100) {
      world.clock.advance(bySeconds: 1)
      world.crm.isDown = down.contains(start)
      for result in await resolver.captures(Array(visits[start..<start + 100])) {
        // No capture is lost, and none is refused, because a validator is down.
        _ = try result.get()
      }
    }
    waited = try await resolver.pendingKeys().count
    try await resolver.retryPendingKeys()
    stillWaiting = try await resolver.pendingKeys().count
    var first: [TID: Int] = [:]
    for (index, tid) in tids.enumerated() {
      let primary = try await resolver.lookup(tid)?.primary.tid ?? tid
      customers.append(first[primary] ?? index)
      first[primary] = first[primary] ?? index
    }
    for person in 0..<Run.people {
      for (attribute, value) in [("crmId", "c\(person)"), ("email", "e\(person)")] {
        guard let owner = try await resolver.lookup(attribute: attribute, value: value).first else {
          continue
        }
        owners["\(attribute)=\(value)"] = first[owner.primary.tid]
      }
    }
  }
}
