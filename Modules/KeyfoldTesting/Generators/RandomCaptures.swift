import Keyfold
public import KeyfoldCore

/// Captures over few customers, keys and touchpoints, so that they collide: merges, switches, conflicts,
/// repetitions.
///
/// The same seed gives the same captures. TIDs to present come from earlier outcomes.
public struct RandomCaptures: Sendable {
  private var random: SplitMix64
  private var known: [TID] = []
  private var count = 0
  private let start: Timestamp

  /// The space the captures are for.
  public static let space: Space = {
    var crm = KeyAttribute.trusted("crmId")
    crm.linksFrom = ["desk", "app"]
    var email = KeyAttribute.trusted("email")
    email.limit = 2
    email.normalize = [.trim, .nfc, .lowercase]
    email.whenTaken = .transfer
    var card = KeyAttribute.trusted("card")
    card.limit = nil
    var rules = Space.Rules()
    rules.maxUnverifiedPerProfile = 3
    rules.rotateTids = true
    do {
      return try Space(name: "generated", attributes: [crm, email, card], rules: rules)
    } catch {
      preconditionFailure("the space of the generator is none: \(error)")
    }
  }()

  /// - Parameters:
  ///   - seed: of the series.
  ///   - start: time of the first capture.
  public init(seed: UInt64, start: Timestamp) {
    random = SplitMix64(seed: seed)
    self.start = start
  }

  /// Tells what became of a capture, so that later ones can present its TID.
  public mutating func learn(_ outcome: Outcome) {
    known.append(outcome.touchpointTid)
    if known.count > 12 { known.removeFirst() }
  }

  /// The next capture.
  public mutating func next() -> Capture {
    count += 1
    var capture = Capture(touchpoint: pick(["web", "app", "desk"]))
    capture.at = start.advanced(bySeconds: Int64(count) * 10 - Int64(below(40)))
    if !known.isEmpty && below(4) > 0 { capture.tid = pick(known) }
    for _ in 0..<below(4) { addKey(to: &capture) }
    if below(3) == 0 { capture.data[ExactText(pick(["city", "name", "ünï"]))] = "value \(below(5))" }
    if below(4) == 0 { capture.id = "capture-\(count)" }
    return capture
  }

  private mutating func addKey(to capture: inout Capture) {
    switch below(3) {
    case 0 where !capture.keys.entries.contains { $0.attribute == "crmId" }:
      capture.keys.append(attribute: "crmId", value: "C\(below(4) + 1)")
    case 1 where capture.keys.entries.count { $0.attribute == "email" } < 2:
      capture.keys.append(
        attribute: "email", value: pick(["a@x.test", "B@x.test", "é@x.test", "e\u{301}@x.test"]))
    default:
      capture.keys.append(attribute: "card", value: pick(["1", "2", "unknown", "", "日本"]))
    }
  }

  private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
  private mutating func pick<Element>(_ list: [Element]) -> Element { list[below(list.count)] }
}
