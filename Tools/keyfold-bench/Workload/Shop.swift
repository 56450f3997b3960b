import Keyfold
import KeyfoldCore

/// A stream of captures as a shop with web, app and tills makes it.
///
/// Customers come as often as Zipf's law has it, alone on their own device or on the one their household
/// shares. A device is anonymous at first and sends its TID from then on, which is known beforehand: the tool
/// is run with `--tid-seed`, and the TID of a device is the one drawn for its first capture.
struct Shop {
  let captures: Int
  let seed: UInt64
  /// Whether captures carry an idempotency id.
  let withIDs: Bool

  private static let capturesPerCustomer = 10
  private static let householdSize = 3

  /// The rules it is captured by. Only the customer number has a limit, so that the reference, which knows
  /// nothing of replacing values, comes to the same profiles.
  static let spaceFile = """
    {"space":"shop","attributes":[{"name":"crmId","trust":"source"},
    {"name":"memberId","trust":"source","limit":"none"},
    {"name":"email","trust":"source","limit":"none","normalize":["email"]}]}
    """

  private struct Random {
    var generator: SplitMix64
    mutating func below(_ bound: Int) -> Int { Int(generator.next(upperBound: UInt64(bound))) }
    mutating func fraction() -> Double { Double(generator.next() >> 11) * 0x1p-53 }
  }

  /// The stream as NDJSON.
  func ndjson() -> [UInt8] {
    var random = Random(generator: SplitMix64(seed: seed))
    let customers = max(1, captures / Shop.capturesPerCustomer)
    let popularity = Popularity(customers)
    let tids = SeededTIDs(seed: seed)
    var devices: [Int: TID] = [:]
    var json = JSONWriter(reserving: captures * 200)
    var time = Timestamp(microseconds: 1_767_225_600_000_000)
    for number in 0..<captures {
      let customer = popularity.customer(at: random.fraction())
      let device = random.below(4) == 0 ? customers + customer / Shop.householdSize : customer
      time = Timestamp(microseconds: time.microseconds + Int64(1 + random.below(30_000)) * 1000)
      let fresh = tids.next()
      let known = devices[device]
      if known == nil { devices[device] = fresh }
      json.object { json in
        if withIDs { json.member("id", "event-\(seed)-\(number)") }
        json.member("touchpoint", ["web", "app", "till"][device % 3])
        if let known { json.member("tid", known) }
        writeKeys(of: customer, count: known == nil ? 0 : keyCount(&random), &random, into: &json)
        json.member("at", time)
      }
      json.newLine()
    }
    return json.bytes
  }

  /// Half of all captures show a page; few are a registration.
  private func keyCount(_ random: inout Random) -> Int {
    switch random.below(20) {
    case 0..<9: 0
    case 9..<15: 1
    case 15..<18: 2
    default: 3
    }
  }

  private func writeKeys(of customer: Int, count: Int, _ random: inout Random, into json: inout JSONWriter) {
    guard count > 0 else { return }
    let first = random.below(3)
    json.name("keys")
    json.object { json in
      for place in 0..<count {
        switch (first + place) % 3 {
        case 0: json.member("crmId", "C-\(100_000 + customer)")
        case 1: json.member("memberId", "M\(customer * 7 + 1_000_003)")
        default: json.member("email", "customer.\(customer)@mail-\(customer % 17).example")
        }
      }
    }
    guard count == 3 else { return }
    json.name("data")
    json.object { json in json.member("city", "City \(customer % 97)") }
  }
}

/// Zipf's law: the n-th most frequent customer comes as often as 1/n.
private struct Popularity {
  private let cumulated: [Double]

  init(_ count: Int) {
    var total = 0.0
    cumulated = (1...count).map { rank in
      total += 1 / Double(rank)
      return total
    }
  }

  func customer(at fraction: Double) -> Int {
    let wanted = fraction * (cumulated.last ?? 1)
    var (low, high) = (0, cumulated.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulated[middle] < wanted { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
