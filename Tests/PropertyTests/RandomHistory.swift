// Histories that collide a lot, made from a seed; and how to shrink and describe one.

/// SplitMix64: the same numbers from the same seed, everywhere.
struct NaiveRandom: Sendable {
  var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// 0 ..< bound.
  mutating func below(_ bound: Int) -> Int {
    Int(next() % UInt64(bound))
  }

  mutating func from(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + below(range.count)
  }

  mutating func chance(_ percent: Int) -> Bool {
    below(100) < percent
  }

  mutating func pick<Element>(_ list: [Element]) -> Element {
    list[below(list.count)]
  }
}

/// A space and the steps to apply to it.
///
/// The steps name TIDs as text, so that any subsequence is a history too: a TID whose capture is gone is
/// simply unknown.
struct RandomHistory: Sendable, Equatable {
  static let touchpoints = ["web", "app", "desk"]

  let seed: UInt64
  let space: NaiveSpace
  let steps: [NaiveStep]

  init(seed: UInt64) {
    var random = NaiveRandom(seed: seed)
    // In some histories operators merge and undo merges all the time, and keys change hands meanwhile.
    let isRegrouped = random.chance(50)
    let space = isRegrouped ? Self.regroupedSpace(&random) : Self.space(&random)
    var maker = HistoryMaker(space: space, random: random, isRegrouped: isRegrouped)
    self.seed = seed
    self.space = space
    steps = maker.steps()
  }

  private static func space(_ random: inout NaiveRandom) -> NaiveSpace {
    let names = ["a", "b", "c", "d"].prefix(random.from(2...4))
    var space = NaiveSpace(attributes: names.map { attribute($0, &random) })
    if random.chance(35) { space.maxTidsPerProfile = random.from(2...4) }
    if random.chance(35) { space.maxKeysPerProfile = random.from(2...5) }
    if random.chance(35) { space.maxUnverifiedPerProfile = random.from(1...4) }
    if random.chance(35) {
      space.sharedTouchpoints = random.chance(35) ? ["*"] : [random.pick(touchpoints)]
    }
    space.rotateTids = random.chance(40)
    space.joinKnown = random.chance(40)
    return space
  }

  /// Few values with little room, which move on easily; nothing that keeps merges from happening.
  private static func regroupedSpace(_ random: inout NaiveRandom) -> NaiveSpace {
    var space = NaiveSpace(attributes: ["a", "b"].map { NaiveAttribute(name: $0) })
    for place in space.attributes.indices {
      space.attributes[place].limit = random.pick([1, 1, 2])
      space.attributes[place].linksFrom = place == 0 ? nil : ["desk"]
      space.attributes[place].onConflictKeep = random.chance(20)
      space.attributes[place].whenTakenTransfer = random.chance(85)
    }
    if random.chance(30) { space.maxKeysPerProfile = random.from(2...3) }
    if random.chance(30) { space.maxUnverifiedPerProfile = random.from(1...2) }
    return space
  }

  private static func attribute(_ name: String, _ random: inout NaiveRandom) -> NaiveAttribute {
    var attribute = NaiveAttribute(name: name)
    attribute.limit = random.pick([1, 1, 1, 2, 2, 3, nil])
    attribute.trustSource = random.chance(55)
    attribute.possession = !attribute.trustSource && random.chance(50)
    // An attribute whose validator proves mere existence must say `linksFrom`.
    let mustSay = !attribute.trustSource && !attribute.possession
    if mustSay || random.chance(40) {
      let some = touchpoints.filter { _ in random.chance(55) }
      attribute.linksFrom = random.chance(25) || some.isEmpty ? ["*"] : some
    }
    attribute.whenUnverifiedDrop = random.chance(25)
    attribute.onConflictKeep = random.chance(45)
    attribute.whenTakenTransfer = random.chance(45)
    return attribute
  }
}

/// Makes the steps of one history, with the model run alongside, so that they present TIDs it has issued.
private struct HistoryMaker {
  let space: NaiveSpace
  var random: NaiveRandom
  let isRegrouped: Bool
  var model: NaiveModel
  var now = 1_760_000_000_000_000
  var fresh = 0
  var ids = 0
  let variesBits: Bool
  let valueCounts: [Int]
  /// The TIDs issued so far, and what each touchpoint would send.
  var issued: [String] = []
  var cookies: [String: String] = [:]
  var named: [NaiveCapture] = []
  var separated: [(String, String)] = []

  init(space: NaiveSpace, random: NaiveRandom, isRegrouped: Bool) {
    self.space = space
    self.random = random
    self.isRegrouped = isRegrouped
    model = NaiveModel(space: space)
    variesBits = self.random.chance(50)
    var counts: [Int] = []
    for _ in space.attributes { counts.append(self.random.from(2...(isRegrouped ? 3 : 5))) }
    valueCounts = counts
  }

  mutating func steps() -> [NaiveStep] {
    var steps: [NaiveStep] = []
    for _ in 0..<random.from(5...40) {
      let step = step()
      steps.append(step)
      let outcome = model.apply(step)
      guard case .capture(let capture) = step, let outcome, outcome.refused == nil else { continue }
      for tid in [outcome.tid, outcome.touchpointTid] where !issued.contains(tid) { issued.append(tid) }
      cookies[capture.touchpoint] = outcome.touchpointTid
    }
    return steps
  }

  private mutating func step() -> NaiveStep {
    if isRegrouped, random.chance(35) {
      return random.chance(50)
        ? .merge(someTid(), someTid()) : .unmerge(someSecondary(), allowRemerge: random.chance(80))
    }
    let kind = random.below(100)
    if kind < 4 { return .revoke(someTid()) }
    if kind < 8 {
      let pair = (someTid(), someTid())
      separated.append(pair)
      return .separate(pair.0, pair.1)
    }
    if kind < 12 { return .merge(someTid(), someTid()) }
    if kind < 18 { return .unmerge(someSecondary(), allowRemerge: random.chance(60)) }
    if kind < 20 {
      let pair = separated.isEmpty ? (someTid(), someTid()) : random.pick(separated)
      return random.chance(50) ? .removeSeparation(pair.0, pair.1) : .removeSeparation(pair.1, pair.0)
    }
    if !named.isEmpty, random.chance(5) { return .capture(repeated()) }
    let capture = capture()
    // A handoff token is never sent twice, so a capture with one is not repeated under its id.
    if capture.id != nil, capture.handoffTid == nil { named.append(capture) }
    return .capture(capture)
  }

  /// A capture under an id that was used before: the same content, or other content (with another `at`).
  private mutating func repeated() -> NaiveCapture {
    var capture = random.pick(named)
    capture.freshTid = freshTid()
    if random.chance(40) {
      capture.at += random.from(1...5)
      if random.chance(50) { capture.keys = keys() }
      if random.chance(30) { capture.tid = random.chance(50) ? someTid() : nil }
    }
    return capture
  }

  private mutating func capture() -> NaiveCapture {
    let touchpoint = random.pick(RandomHistory.touchpoints)
    var capture = NaiveCapture(touchpoint: touchpoint, at: time(), freshTid: freshTid())
    if random.chance(12) {
      ids += 1
      capture.id = "e\(ids)"
    }
    let presents = random.below(100)
    if presents < 40 {
      capture.tid = cookies[touchpoint]
    } else if presents < 78 {
      capture.tid = someTid()
    }
    if random.chance(8) { capture.handoffTid = someTid() }
    capture.keys = keys()
    if random.chance(25) {
      for _ in 0..<random.from(1...2) { capture.data[random.pick(["n1", "n2"])] = "d\(random.below(9))" }
    }
    return capture
  }

  /// A TID that was issued, the recent ones more often; sometimes one that never was.
  private mutating func someTid() -> String {
    if issued.isEmpty || random.chance(5) {
      return "0199ffff-0000-7000-8000-00000000000" + hexadecimal(UInt64(random.below(4)), digits: 1)
    }
    return random.pick(random.chance(50) ? Array(issued.suffix(5)) : issued)
  }

  /// A TID that can be unmerged, mostly.
  private mutating func someSecondary() -> String {
    let secondaries = model.tids.filter { $0.parent != nil }.map(\.tid)
    return secondaries.isEmpty || random.chance(10) ? someTid() : random.pick(secondaries)
  }

  private mutating func keys() -> [NaiveKey] {
    var keys: [NaiveKey] = []
    // A proof is given for an attribute, not for a value.
    let proofs = space.attributes.map { !$0.trustSource && random.chance(85) }
    for _ in 0..<random.pick([0, 1, 1, 1, 2, 2, 2, 3, 3, 4]) {
      if let twin = keys.first, random.chance(8) {
        keys.append(twin)
        continue
      }
      let place = random.below(space.attributes.count)
      let attribute = space.attributes[place]
      var key = NaiveKey(attribute: attribute.name, value: "v\(random.from(1...valueCounts[place]))")
      key.hasProof = proofs[place]
      switch random.below(100) {
      case 0..<3:
        key.value = random.pick(["null", "guest"])
        key.blocked = true
      case 3..<6:
        key.value = random.pick(["", " "])
        key.malformed = true
      default:
        break
      }
      if !attribute.trustSource { key.verdict = verdict(attribute, hasProof: key.hasProof) }
      if let twin = keys.first(where: { $0.attribute == key.attribute && $0.value == key.value }) {
        key = twin
      } else if let limit = attribute.limit, random.chance(85) {
        // Mostly no more values than the limit, which would only be refused.
        let count = keys.filter { $0.attribute == attribute.name && !$0.blocked && !$0.malformed }
          .map(\.value).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }.count
        if count >= limit { continue }
      }
      keys.append(key)
    }
    return keys
  }

  private mutating func verdict(_ attribute: NaiveAttribute, hasProof: Bool) -> NaiveVerdict {
    if attribute.possession && !hasProof { return .indeterminate }
    switch random.below(100) {
    case 0..<70: return .valid
    case 70..<85: return .indeterminate
    default: return .invalid
    }
  }

  private mutating func time() -> Int {
    switch random.below(100) {
    case 0..<12: return now
    case 12..<27: return now - random.pick([1, 1_000, 1_000_000, 60_000_000, 600_000_000])
    default:
      now += random.pick([1, 1_000, 1_000_000, 1_000_000, 60_000_000, 600_000_000])
      return now
    }
  }

  /// UUIDv7 text, greater than all before.
  private mutating func freshTid() -> String {
    fresh += 1
    let count = UInt64(fresh)
    if !variesBits { return "0199aaaa-0000-7000-8000-" + hexadecimal(count, digits: 12) }
    let low = hexadecimal(0xaaaa_0000 + count / 3, digits: 8)
    let time = "0199" + low.prefix(4) + "-" + low.suffix(4)
    let counter = "7" + hexadecimal(count % 3 * 0x500, digits: 3)
    let variant = random.pick(["8", "9", "a", "b"]) + hexadecimal(random.next() & 0xfff, digits: 3)
    return time + "-" + counter + "-" + variant + "-" + hexadecimal(random.next() >> 16, digits: 12)
  }
}

private func hexadecimal(_ number: UInt64, digits: Int) -> String {
  let text = String(number, radix: 16)
  return String(repeating: "0", count: max(0, digits - text.count)) + text
}

// MARK: - Shrinking

/// A shorter history that still fails: chunks of steps go, then single steps, then parts of captures.
func shrink(_ steps: [NaiveStep], stillFails: ([NaiveStep]) -> Bool) -> [NaiveStep] {
  var best = steps
  var isShorter = true
  while isShorter {
    isShorter = false
    var chunk = max(1, best.count / 2)
    while chunk >= 1 {
      var start = 0
      while start < best.count {
        var shorter = best
        shorter.removeSubrange(start..<min(start + chunk, best.count))
        if stillFails(shorter) {
          best = shorter
          isShorter = true
        } else {
          start += chunk
        }
      }
      chunk /= 2
    }
    var place = 0
    while place < best.count {
      let simpler = simplerSteps(than: best[place]).lazy.map { step in
        var steps = best
        steps[place] = step
        return steps
      }
      if let found = simpler.first(where: { stillFails($0) }) {
        best = found
        isShorter = true
      } else {
        place += 1
      }
    }
  }
  return best
}

/// One part less.
///
/// `at` and proofs stay: they tell apart the captures that share an id.
private func simplerSteps(than step: NaiveStep) -> [NaiveStep] {
  guard case .capture(let capture) = step else { return [] }
  var simpler: [NaiveCapture] = []
  for place in capture.keys.indices {
    var fewer = capture
    fewer.keys.remove(at: place)
    simpler.append(fewer)
  }
  if !capture.data.isEmpty {
    var less = capture
    less.data = [:]
    simpler.append(less)
  }
  if capture.handoffTid != nil {
    var less = capture
    less.handoffTid = nil
    simpler.append(less)
  }
  if capture.id != nil {
    var less = capture
    less.id = nil
    simpler.append(less)
  } else {
    // A verdict is no part of the content, so it is left alone where an id could be repeated. A proof is
    // needed for it to be valid; equal keys of one capture have one verdict.
    for key in capture.keys where key.verdict != .valid && key.hasProof {
      var valid = capture
      for place in valid.keys.indices
      where valid.keys[place].attribute == key.attribute && valid.keys[place].value == key.value {
        valid.keys[place].verdict = .valid
      }
      simpler.append(valid)
    }
  }
  if capture.tid != nil {
    var less = capture
    less.tid = nil
    simpler.append(less)
  }
  return simpler.map { .capture($0) }
}

// MARK: - Describing

func describe(_ space: NaiveSpace) -> String {
  var lines: [String] = []
  for attribute in space.attributes {
    var words = ["attribute \(attribute.name): limit \(attribute.limit.map { "\($0)" } ?? "none")"]
    words.append(
      attribute.trustSource ? "trust source" : attribute.possession ? "possession" : "existence")
    if let linksFrom = attribute.linksFrom { words.append("linksFrom \(linksFrom)") }
    words.append(attribute.whenUnverifiedDrop ? "drop" : "claim")
    words.append(attribute.onConflictKeep ? "keep" : "replace")
    words.append(attribute.whenTakenTransfer ? "transfer" : "keep taken")
    lines.append(words.joined(separator: ", "))
  }
  lines.append(
    "maxTids \(space.maxTidsPerProfile), maxKeys \(space.maxKeysPerProfile), "
      + "maxUnverified \(space.maxUnverifiedPerProfile), shared \(space.sharedTouchpoints), "
      + "rotateTids \(space.rotateTids), joinKnown \(space.joinKnown)")
  return lines.joined(separator: "\n")
}

/// One line a step; the fresh TID of the n-th step is called tn wherever it is named.
func describe(_ steps: [NaiveStep]) -> String {
  var names: [String: String] = [:]
  for (place, step) in steps.enumerated() {
    if case .capture(let capture) = step { names[capture.freshTid] = "t\(place + 1)" }
  }
  func name(_ tid: String) -> String { names[tid] ?? tid }

  let lines = steps.enumerated().map { place, step in
    var words = ["\(place + 1)."]
    switch step {
    case .revoke(let tid): words.append("revoke \(name(tid))")
    case .separate(let one, let other): words.append("separate \(name(one)) \(name(other))")
    case .removeSeparation(let one, let other):
      words.append("removeSeparation \(name(one)) \(name(other))")
    case .merge(let one, let other): words.append("merge \(name(one)) \(name(other))")
    case .unmerge(let tid, let allowRemerge):
      words.append("unmerge \(name(tid))\(allowRemerge ? ", may merge again" : "")")
    case .capture(let capture):
      words.append("capture \(capture.touchpoint) at \(capture.at)")
      if let id = capture.id { words.append("id \(id)") }
      if let tid = capture.tid { words.append("tid \(name(tid))") }
      if let tid = capture.handoffTid { words.append("handoff \(name(tid))") }
      for key in capture.keys { words.append(describe(key)) }
      for (name, value) in capture.data.sorted(by: { $0.key < $1.key }) {
        words.append("data \(name)=\(value)")
      }
      words.append("(\(name(capture.freshTid)) = \(capture.freshTid))")
    }
    return words.joined(separator: " ")
  }
  return lines.joined(separator: "\n")
}

private func describe(_ key: NaiveKey) -> String {
  var notes: [String] = []
  if key.blocked { notes.append("blocked") }
  if key.malformed { notes.append("malformed") }
  if key.verdict != .valid { notes.append("\(key.verdict)") }
  if key.hasProof { notes.append("proof") }
  let text = "\(key.attribute)=\(key.value.isEmpty ? "\"\"" : key.value)"
  return notes.isEmpty ? text : text + "[" + notes.joined(separator: " ") + "]"
}
