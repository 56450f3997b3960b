import Keyfold
import KeyfoldCore
import KeyfoldTesting

/// Customers to be drawn.
enum Histories {
  private static let start = Timestamp(microseconds: 1_790_000_000_000_000)
  private static let touchpoints = ["web", "app", "shop", "kiosk", "partner portal", "newsletter"]

  static let space: Space = {
    var phone = KeyAttribute.trusted("phone")
    phone.limit = nil
    phone.linksFrom = ["call-centre"]
    var rules = Space.Rules()
    rules.handoff = Space.Handoff(keys: ["only for tests"])
    do {
      return try Space(
        name: "pictures",
        attributes: [.trusted("crmId"), .trusted("memberId"), .trusted("email"), phone], rules: rules)
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  static func resolver(_ space: Space = space) async throws -> IdentityResolver {
    var options = IdentityResolver.Options()
    options.clock = ManualClock(start.advanced(bySeconds: 400 * 86_400))
    options.tids = SeededTIDs(seed: 7)
    return try await IdentityResolver(space: space, store: MemoryStore(), options: options)
  }

  /// A customer with so many TIDs from seven touchpoints, who stayed apart from another and lost a key.
  ///
  /// - Parameter together: how many TIDs are anonymous at the same time, before each becomes part of the customer.
  static func customer(tids: Int, together: Int = 5) async throws -> Explanation {
    let resolver = try await resolver()
    var random = SplitMix64(seed: 11)
    var minutes: Int64 = 0
    func capture(_ touchpoint: String, _ tid: TID?, _ keys: CapturedKeys) async throws -> TID {
      minutes += Int64.random(in: 3...900, using: &random)
      let at = start.advanced(bySeconds: minutes * 60)
      return try await resolver.capture(Capture(touchpoint: touchpoint, tid: tid, keys: keys, at: at))
        .touchpointTid
    }
    let main = try await capture("call-centre", nil, ["crmId": "7", "phone": "+44 20 7946 0001"])
    _ = try await capture("call-centre", main, ["crmId": "7", "email": "old@er.example"])
    _ = try await capture("call-centre", main, ["crmId": "7", "email": "emma@er.example"])
    _ = try await capture("call-centre", nil, ["crmId": "8"])
    var open: [(touchpoint: String, tid: TID)] = []
    for count in 1..<tids {
      let touchpoint = touchpoints[Int.random(in: 0..<touchpoints.count, using: &random)]
      open.append((touchpoint, try await capture(touchpoint, nil, [:])))
      if open.count == together || count == tids - 1 {
        while let next = open.popLast() {
          _ = try await capture(next.touchpoint, next.tid, ["email": "emma@er.example"])
        }
      }
    }
    _ = try await capture("shop", nil, ["crmId": "8", "email": "emma@er.example"])
    _ = try await capture("web", nil, ["phone": "+44 20 7946 0001"])
    try await resolver.revoke(main, reason: "lost")
    return try await resolver.explain(.key(attribute: "crmId", value: "7"))
  }

  /// Forty who became one by a single capture: their rails end beside each other in one row.
  static func crowd() async throws -> Explanation {
    let resolver = try await resolver()
    var phones = CapturedKeys()
    for number in 1...40 {
      phones.append(attribute: "phone", value: "+44 \(number)")
      _ = try await resolver.capture(Capture(touchpoint: "call-centre", keys: ["phone": "+44 \(number)"]))
    }
    let all = try await resolver.capture(Capture(touchpoint: "call-centre", keys: phones))
    return try await resolver.explain(.tid(all.tid))
  }

  /// Two who are not one.
  static func two() async throws -> Explanation {
    let resolver = try await resolver()
    _ = try await resolver.capture(Capture(touchpoint: "call-centre", keys: ["crmId": "1"]))
    _ = try await resolver.capture(
      Capture(touchpoint: "web", keys: ["crmId": "2", "email": "emma@er.example"]))
    _ = try await resolver.capture(
      Capture(touchpoint: "shop", keys: ["crmId": "1", "email": "emma@er.example"]))
    return try await resolver.explain(
      .key(attribute: "crmId", value: "1"), .key(attribute: "email", value: "emma@er.example"))
  }

  /// Text that means something to markup, to a terminal or to the direction of writing.
  static let hostile = [
    "<script>document.title='pwned'</script>", "\"><img src=x onerror=alert(1)>", "'-alert(1)-'",
    "</style>]]>&amp;",
    "\u{202E}moc.live@emma", "a\u{0}b\u{1B}[31m", "\u{FFFE}\u{2028}", "日本語のとても長い値です", "علي@مثال.إختبار",
    String(repeating: "w", count: 400),
  ]

  /// A customer whose every text is of that kind.
  static func hostile(_ texts: [String] = hostile) async throws -> Explanation {
    let resolver = try await resolver()
    for text in texts.map({ $0.replacing("\u{0}", with: "") }) {
      let name = String(decoding: Array(text.utf8.prefix(60)), as: UTF8.self).filter { $0 != "\u{FFFD}" }
      let web = try await resolver.capture(Capture(id: name, touchpoint: name, keys: ["phone": "\(text)"]))
      _ = try await resolver.capture(
        Capture(touchpoint: "call-centre", tid: web.touchpointTid, keys: ["crmId": "7", "phone": "\(text)"]))
      _ = try await resolver.capture(Capture(touchpoint: name, keys: ["crmId": "8", "memberId": "\(text)"]))
      _ = try await resolver.capture(Capture(touchpoint: name, keys: ["crmId": "7", "memberId": "\(text)"]))
      try await resolver.revoke(web.touchpointTid, reason: text)
    }
    return try await resolver.explain(.key(attribute: "crmId", value: "7"))
  }
}
