import KeyfoldCore

/// One capture and the state it meets.
struct DecisionCase {
  let name: String
  let keys: CapturedKeys
  let tid: TID?
  let snapshot: Snapshot
}

/// Situations a shop meets all day, small as profiles are there.
struct OrdinarySnapshots {
  let space: Space

  /// A customer number, a membership, a login and addresses, all vouched for by the touchpoints that send
  /// them.
  init() {
    var email = KeyAttribute.trusted("email")
    email.limit = 3
    let attributes = [
      KeyAttribute.trusted("crmId"), KeyAttribute.trusted("memberId"), KeyAttribute.trusted("login"), email,
    ]
    guard let space = try? Space(name: "shop", attributes: attributes) else {
      preconditionFailure("the space of the benchmark is valid")
    }
    self.space = space
  }

  var all: [DecisionCase] {
    [newCustomer, knownCustomer, anonymousJoins, switching, mergeWithConflict]
  }

  private let emma = "emma.ericsson@example.com"

  private var newCustomer: DecisionCase {
    decisionCase("new customer, one key", ["email": .init(emma)], tid: nil, [])
  }

  private var knownCustomer: DecisionCase {
    decisionCase(
      "known customer repeats two keys", ["crmId": "4711", "email": .init(emma)], tid: 1,
      [profile(1, ["crmId": "4711", "email": .init(emma)])])
  }

  private var anonymousJoins: DecisionCase {
    decisionCase(
      "anonymous TID joins the owner of its email", ["email": .init(emma)], tid: 2,
      [profile(2, [:]), profile(1, ["crmId": "4711", "email": .init(emma)])])
  }

  private var switching: DecisionCase {
    decisionCase(
      "another known customer: switch", ["crmId": "4712", "email": "otto@example.com"], tid: 1,
      [
        profile(1, ["crmId": "4711", "email": .init(emma)]),
        profile(2, ["crmId": "4712", "email": "otto@example.com"]),
      ])
  }

  /// The third profile has another customer number, so that it keeps the address.
  private var mergeWithConflict: DecisionCase {
    decisionCase(
      "two profiles of 4 keys merge, one key withheld",
      ["crmId": "4711", "memberId": "M-90125", "email": "family@example.com"], tid: nil,
      [
        profile(1, ["crmId": "4711", "login": "emma", "email": [emma, "emma@work.example"]]),
        profile(2, ["memberId": "M-90125", "email": [emma + ".au", "e.e@example.com", "ee@example.com"]]),
        profile(3, ["crmId": "4712", "login": "otto", "email": ["otto@example.com", "family@example.com"]]),
      ])
  }

  private func decisionCase(
    _ name: String, _ keys: CapturedKeys, tid: UInt64?, _ profiles: [ProfileView]
  ) -> DecisionCase {
    var snapshot = Snapshot(sequence: 1001)
    snapshot.profiles = profiles
    let tid = tid.map(self.tid)
    if tid != nil { snapshot.tids = [.live(0)] }
    snapshot.owners = screened(keys).accepted.map { key in
      profiles.firstIndex { $0.claims.contains { $0.verified && $0.key == key.key } }
    }
    return DecisionCase(name: name, keys: keys, tid: tid, snapshot: snapshot)
  }

  func screened(_ keys: CapturedKeys) -> ScreenedKeys {
    guard let screened = try? space.screen(keys) else { preconditionFailure("the keys are of the space") }
    return screened
  }

  private func tid(_ number: UInt64) -> TID {
    TID(milliseconds: 1_767_225_600_000 + number, counter: 0, random: number)
  }

  private func profile(_ number: UInt64, _ keys: CapturedKeys) -> ProfileView {
    let born = Timestamp(microseconds: Int64(1_767_225_600_000_000 + number * 1_000_000))
    let record = TIDRecord(tid: tid(number), bornAt: born, parent: nil, revoked: false)
    let claims = screened(keys).accepted.map { key in
      Claim(
        key: key.key, origin: record.tid, verified: true, capturedAt: born, commit: Int64(number),
        ordinal: key.ordinal)
    }
    return ProfileView(tids: [record], claims: claims, pending: [])
  }
}

extension DecisionCase {
  /// The capture as the decision sees it.
  func question(_ keys: ScreenedKeys) -> Question {
    var question = Question(
      touchpoint: "web", tid: tid, at: DecisionCase.now, keys: keys,
      fresh: TID(milliseconds: 1_780_000_000_000, counter: 0, random: 4), now: DecisionCase.now)
    question.id = "order-4711-a"
    return question
  }

  private static let now = Timestamp(microseconds: 1_780_000_000_000_000)
}
