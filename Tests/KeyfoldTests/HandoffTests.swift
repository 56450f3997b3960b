import Keyfold
import KeyfoldCore
import KeyfoldTesting
import Testing

@Suite struct HandoffTests {
  private let tid = TID("0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a90")!
  private let now = Timestamp(microseconds: 1_795_512_600_000_000)

  private func sealer(_ keys: String..., space: String = "acme") -> HandoffSealer {
    HandoffSealer(space: space, keys: keys.map { Secret($0) })
  }

  @Test func aTokenBringsItsTIDToItsTouchpoint() {
    let expires = now.advanced(bySeconds: 60)
    let token = Secret(sealer("k1").issue(tid, for: "web", expires: expires))
    guard case .presented(tid, _, expires) = sealer("k1").present(token, at: "web", now: now) else {
      return #expect(Bool(false), "not presented")
    }
    #expect(sealer("k1").present(token, at: "app", now: now) == .refused(.invalid))
    #expect(sealer("k1", space: "other").present(token, at: "web", now: now) == .refused(.invalid))
    #expect(sealer("k2").present(token, at: "web", now: now) == .refused(.invalid))
    #expect(sealer("k1").present(token, at: "web", now: expires) == .refused(.expired))
  }

  @Test func keysRotate() {
    let old = Secret(sealer("k1").issue(tid, for: "web", expires: now.advanced(bySeconds: 60)))
    let new = Secret(sealer("k2", "k1").issue(tid, for: "web", expires: now.advanced(bySeconds: 60)))
    #expect(sealer("k2", "k1").open(old)?.tid == tid, "the former key still verifies")
    #expect(sealer("k2").open(new)?.tid == tid, "the first key signs")
    #expect(sealer("k1").open(new) == nil)
  }

  @Test func everyChangedCharacterMakesItInvalid() {
    let token = Array(sealer("k1").issue(tid, for: "web", expires: now.advanced(bySeconds: 60)))
    for index in token.indices {
      var changed = token
      changed[index] = changed[index] == "A" ? "B" : "A"
      #expect(sealer("k1").open(Secret(String(changed))) == nil)
    }
    for text in ["", "x", String(repeating: "A", count: 5000), String(token.dropLast()), String(token) + "A"]
    {
      #expect(sealer("k1").open(Secret(text)) == nil)
    }
  }

  @Test func theTIDCannotBeReadFromAToken() throws {
    let token = sealer("k1").issue(tid, for: "web", expires: now.advanced(bySeconds: 60))
    let bytes = try #require(bytesFromBase64URL(Array(token.utf8)))
    #expect(!bytes.indices.contains { bytes[$0...].starts(with: tid.bytes) })
    #expect(
      token != sealer("k1").issue(tid, for: "web", expires: now.advanced(bySeconds: 60)), "no two are alike")
  }

  @Test func keysComeFromTheEnvironmentWhenTheyAreNeeded() throws {
    var rules = Space.Rules()
    rules.handoff = Space.Handoff(keys: ["${HANDOFF}"])
    let space = try Space(name: "s", attributes: [.trusted("k")], rules: rules)
    let unset = Handoffs(space: space, environment: { _ in nil })
    let error = #expect(throws: ResolverError.self) { try unset.issue(tid, for: "web") }
    #expect(error?.description.contains("HANDOFF") == true)
    let issued = try Handoffs(space: space, environment: { _ in "key" }).issue(tid, for: "web")
    #expect(
      try Handoffs(space: space, environment: { _ in "key" }).inspect(Secret(issued.token))?.touchpoint
        == "web")
    #expect(try Handoffs(space: space, environment: { _ in "else" }).inspect(Secret(issued.token)) == nil)
  }
}
