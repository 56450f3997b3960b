import Keyfold
import KeyfoldCore
import KeyfoldTesting
import LoopbackServers
import Synchronization
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
    let calm = try await Run(World(), Run.visits(seed: seed, 5000), downFor: 0..<0)
    let stormy = try await Run(World(), Run.visits(seed: seed, 5000), downFor: 1500..<3500)
    #expect(stormy.waited > 1000)
    #expect(stormy.stillWaiting == 0)
    #expect(stormy.customers == calm.customers)
    #expect(stormy.owners == calm.owners)
  }

  /// The CRM hangs up in the middle of its answers, and the breaker opens.
  @Test("so they are where a real connection breaks and a breaker opens", .timeLimit(.minutes(10)))
  func overAConnection() async throws {
    let isDown = Switch()
    let server = try ScriptedServer { connection in
      while let request = connection.request() {
        guard !isDown.isOn else { return connection.reset() }
        let id = request.line.split(separator: " ")[1].split(separator: "/").last ?? ""
        connection.send(answer(200, #"{"id":"\#(id)"}"#))
      }
    }
    defer { server.end() }
    let visits = Run.visits(seed: 4, 600)
    let calm = try await Run(World(crm: server.url), visits, downFor: 0..<0) { isDown.isOn = $0 }
    let stormy = try await Run(World(crm: server.url), visits, downFor: 200..<400) { isDown.isOn = $0 }
    #expect(stormy.waited > 100)
    #expect(stormy.stillWaiting == 0)
    #expect(stormy.customers == calm.customers)
    #expect(stormy.owners == calm.owners)
  }
}

/// Something that threads turn on and off.
private final class Switch: Sendable {
  private let state = Atomic(false)

  var isOn: Bool {
    get { state.load(ordering: .acquiring) }
    set { state.store(newValue, ordering: .releasing) }
  }
}

/// Visitors, each of whom becomes known by one capture.
private struct Run {
  /// For each visitor, the first visitor who is the same customer.
  private(set) var customers: [Int] = []
  /// For each key that has an owner, a visitor who is that customer.
  private(set) var owners: [String: Int] = [:]
  private(set) var waited = 0
  private(set) var stillWaiting = 0

  /// What each visitor shows: keys of one person, who has many visitors.
  static func visits(seed: UInt64, _ count: Int) -> [CapturedKeys] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in
      let person = Int.random(in: 0..<count / 5, using: &random)
      let mask = Int.random(in: 1...3, using: &random)
      var keys = CapturedKeys()
      if mask & 1 != 0 { keys.append(attribute: "crmId", value: "c\(person)") }
      if mask & 2 != 0 { keys.append(attribute: "email", value: "e\(person)") }
      return keys
    }
  }

  init(
    _ world: World, _ visits: [CapturedKeys], downFor down: Range<Int>,
    setDown: ((Bool) -> Void)? = nil
  ) async throws {
    let setDown = setDown ?? { world.register.isDown = $0 }
    let resolver = world.resolver
    let arrivals = Array(repeating: Capture(touchpoint: "call-centre"), count: visits.count)
    var tids: [TID] = []
    for result in await resolver.captures(arrivals) { tids.append(try result.get().touchpointTid) }
    for start in stride(from: 0, to: visits.count, by: 100) {
      world.clock.advance(bySeconds: 1)
      setDown(down.contains(start))
      let captures = (start..<start + 100).map { index in
        var capture = Capture(touchpoint: "call-centre", tid: tids[index])
        capture.keys = visits[index]
        return capture
      }
      // No capture is lost, and none is refused, because a validator is down.
      for result in await resolver.captures(captures) { _ = try result.get() }
    }
    setDown(false)
    waited = try await resolver.pendingKeys().count
    // An open breaker lets nothing through for a moment.
    for _ in 0..<1000 {
      try await resolver.retryPendingKeys()
      stillWaiting = try await resolver.pendingKeys().count
      if stillWaiting == 0 { break }
      try await Task.sleep(for: .milliseconds(20))
    }
    try await look(at: tids, of: visits, in: resolver)
  }

  private mutating func look(at tids: [TID], of visits: [CapturedKeys], in resolver: IdentityResolver)
    async throws
  {
    var first: [TID: Int] = [:]
    for (index, tid) in tids.enumerated() {
      let primary = try await resolver.lookup(tid)?.primary.tid ?? tid
      customers.append(first[primary] ?? index)
      first[primary] = first[primary] ?? index
    }
    for key in visits.flatMap(\.entries) where owners["\(key.attribute)=\(key.value)"] == nil {
      let owner = try await resolver.lookup(attribute: key.attribute, value: key.value).first
      owners["\(key.attribute)=\(key.value)"] = owner.flatMap { first[$0.primary.tid] }
    }
  }
}
