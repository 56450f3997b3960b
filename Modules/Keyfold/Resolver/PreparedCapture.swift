import KeyfoldCore

/// A capture on its way: everything that is fixed before the store is asked.
struct PreparedCapture: Sendable {
  var question: Question
  /// How it is recognised when it comes again; nil where it has no id.
  let identity: CaptureIdentity?
  let proofs: [ExactText: Proof]
  /// Why it is refused, unless its id was captured before.
  var refusal: CaptureError?
  let keysAsSent: CapturedKeys
  /// One place for each accepted key.
  var verdicts: [Verdict?]
  /// How often another TID was drawn for it, because the store had the one before.
  var redraws = 0

  var footprint: Footprint {
    var footprint = question.footprint
    footprint.captureID = identity?.id
    return footprint
  }

  /// The journal's record of it.
  ///
  /// - Parameter snapshot: what it was decided on. A TID that was erased is not written down again.
  func record(_ decision: Decision, on snapshot: Snapshot) -> CaptureRecord {
    var handoffTid: TID?
    if case .presented(let tid, _, _) = question.handoff { handoffTid = tid }
    var record = CaptureRecord(
      identity: identity, touchpoint: question.touchpoint, tid: question.tid, handoffTid: handoffTid,
      adoptsTid: question.adoptsTid, keys: keysAsSent, at: question.at, outcome: decision.outcome,
      obstacles: decision.obstacles)
    guard snapshot.tids.contains(.erased) else { return record }
    for (tid, presence) in zip(footprint.tids, snapshot.tids) where presence == .erased {
      if record.tid == tid { record.tid = nil }
      if record.handoffTid == tid { record.handoffTid = nil }
    }
    return record
  }
}

extension Capture {
  /// Refuses what is larger than a capture may be, wherever it comes from.
  func checkLimits() throws(CaptureError) {
    try check("touchpoint", touchpoint.utf8.count, max: Limits.touchpointBytes, "bytes")
    if touchpoint.isEmpty {
      throw CaptureError(.malformedField, field: "touchpoint", "a touchpoint needs a name")
    }
    try check("id", id?.utf8.count ?? 0, max: Limits.idBytes, "bytes")
    if id == "" { throw CaptureError(.malformedField, field: "id", "an id needs at least one character") }
    try check("keys", keys.entries.count, max: Limits.keys, "values")
    try check("proofs", proofs.count, max: Limits.proofs, "proofs")
    for (attribute, proof) in proofs {
      try check("proofs.\(attribute)", proof.count, max: Limits.proofBytes, "bytes")
    }
    try check("data", data.count, max: Limits.data, "names")
    for (name, value) in data {
      try check(
        "data.\(name.string.prefix(64))", max(name.string.utf8.count, value.utf8.count),
        max: Limits.datumBytes, "bytes")
    }
    let keyBytes = keys.entries.reduce(0) { $0 + $1.attribute.utf8.count + $1.value.utf8.count }
    try check("keys", keyBytes, max: Limits.lineBytes, "bytes")
    try checkTexts()
  }

  /// Refuses what no store and no journal can keep: NUL in a text, a year that has not four digits.
  private func checkTexts() throws(CaptureError) {
    func check(_ field: String, _ text: String) throws(CaptureError) {
      guard text.utf8.contains(0) else { return }
      throw CaptureError(.malformedField, field: field, "NUL is not allowed")
    }
    try check("id", id ?? "")
    try check("touchpoint", touchpoint)
    for entry in keys.entries {
      try check("keys", entry.attribute)
      try check("keys.\(entry.attribute)", entry.value)
    }
    for (name, value) in data {
      try check("data", name.string)
      try check("data.\(name.string.prefix(64))", value)
    }
    if let at, !at.isWritable {
      throw CaptureError(.malformedTime, field: "at", "the year must be one from 0 to 9999")
    }
  }

  private func check(_ field: String, _ count: Int, max: Int, _ unit: String) throws(CaptureError) {
    guard count > max else { return }
    throw CaptureError(.tooLong, field: field, "\(count) \(unit); at most \(max) are allowed")
  }

  /// A digest over every field, proofs included, so that a repetition is told from another capture with the
  /// same id.
  ///
  /// The order of attributes, proofs and data does not count; that of an attribute's values does.
  func contentDigest(_ digests: KeyedDigests) -> Digest {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(1024)
    func add(_ text: some Collection<UInt8>) {
      let count = UInt32(truncatingIfNeeded: text.count)
      withUnsafeBytes(of: count.bigEndian) { bytes.append(contentsOf: $0) }
      bytes.append(contentsOf: text)
    }
    func begin(_ section: String, _ count: Int) {
      add(section.utf8)
      add(String(count).utf8)
    }
    begin("touchpoint", 1)
    add(touchpoint.utf8)
    begin("tid", tid == nil ? 0 : 1)
    if let tid { add(tid.bytes) }
    begin("handoff", handoff == nil ? 0 : 1)
    handoff?.withExposedBytes { add($0) }
    begin("at", at == nil ? 0 : 1)
    if let at { add(String(at.microseconds).utf8) }
    begin("empty", keys.empty.count)
    for attribute in keys.empty.sorted(by: bytesPrecede) { add(attribute.utf8) }
    begin("keys", keys.entries.count)
    let ordered = keys.entries.enumerated().sorted {
      (ExactText($0.element.attribute), $0.offset) < (ExactText($1.element.attribute), $1.offset)
    }
    for (_, entry) in ordered {
      add(entry.attribute.utf8)
      add(entry.value.utf8)
    }
    begin("proofs", proofs.count)
    for (attribute, proof) in proofs.sorted(by: { $0.key < $1.key }) {
      add(attribute.string.utf8)
      proof.withExposedBytes { add($0) }
    }
    begin("data", data.count)
    for (name, value) in data.sorted(by: { $0.key < $1.key }) {
      add(name.string.utf8)
      add(value.utf8)
    }
    return digests.digest(bytes)
  }
}
