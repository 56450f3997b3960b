import KeyfoldCore

/// The index in a checkpoint. Numbers of records stay what they are, so that lists need not be written.
extension StateIndex {
  func write(to writer: inout ByteWriter) {
    for names in [attributes, touchpoints, dataNames] {
      writer.add(UInt32(names.texts.count))
      for text in names.texts { writer.add(text: text) }
    }
    writer.add(UInt32(tids.count))
    for number in 0..<UInt32(tids.count) { write(tids[number], to: &writer) }
    writer.add(UInt32(keys.count))
    for number in 0..<UInt32(keys.count) {
      writer.add(keys[number].attribute)
      writer.add(text: texts.string(keys[number].value))
    }
    for number in 0..<UInt32(tids.count) { writeLists(of: number, to: &writer) }
    writer.add(UInt32(captures.count))
    for number in 0..<UInt32(captures.count) {
      writer.add(captures[number].id)
      writer.add(captures[number].content)
      writer.add(captures[number].sequence)
    }
    writeRest(to: &writer)
  }

  private func write(_ entry: TidEntry, to writer: inout ByteWriter) {
    writer.add(entry.tid.high)
    writer.add(entry.tid.low)
    writer.add(entry.bornAt.microseconds)
    writer.add(entry.parent)
    writer.add(UInt32(entry.revoked ? 1 : 0))
  }

  /// Claims, activity, data and past of one TID, each with its length before it.
  private func writeLists(of tid: UInt32, to writer: inout ByteWriter) {
    let claims = list(tids[tid].firstClaim, in: claims, next: \.nextOfOrigin)
    writer.add(UInt32(claims.count))
    for claim in claims {
      writer.add(claim.key)
      writer.add(claim.capturedAt.microseconds)
      writer.add(claim.commit)
      writer.add(UInt32(claim.ordinal))
      writer.add(UInt32(claim.verified ? 1 : 0))
    }
    let seen = list(tids[tid].firstSeen, in: seen, next: \.next)
    writer.add(UInt32(seen.count))
    for entry in seen {
      writer.add(entry.touchpoint)
      writer.add(UInt64(entry.count))
      writer.add(entry.first.microseconds)
      writer.add(entry.last.microseconds)
    }
    let data = list(tids[tid].firstDatum, in: data, next: \.next)
    writer.add(UInt32(data.count))
    for datum in data {
      writer.add(datum.name)
      writer.add(text: texts.string(datum.value))
      writer.add(datum.at.microseconds)
      writer.add(datum.commit)
    }
    writePast(of: tid, to: &writer)
  }

  private func writePast(of tid: UInt32, to writer: inout ByteWriter) {
    let number = tids[tid].past
    writer.add(number == none ? 0 : past[merge: number])
    let released = number == none ? [] : past.released(number)
    writer.add(UInt32(released.count))
    for entry in released {
      writer.add(entry.key)
      writer.add(UInt32(entry.verified ? 1 : 0))
      writer.add(entry.capturedAt.microseconds)
      writer.add(entry.commit)
      writer.add(UInt32(entry.ordinal))
      writer.add(entry.released)
      writer.add(text: entry.why.rawValue)
    }
  }

  private func writeRest(to writer: inout ByteWriter) {
    writer.add(UInt32(separations.count))
    for pair in separations.sorted() {
      writer.add(pair.first)
      writer.add(pair.second)
    }
    writer.add(UInt32(handoffs.count))
    for (number, expires) in handoffs.sorted(by: { $0.key < $1.key }) {
      writer.add(number)
      writer.add(expires.microseconds)
    }
    writer.add(UInt32(pending.count))
    for entry in pending.values.sorted(by: { $0.id < $1.id }) {
      writer.add(entry.id.commit)
      writer.add(UInt32(entry.id.ordinal))
      writer.add(entry.tid)
      writer.add(text: entry.key.attribute)
      writer.add(text: entry.key.value)
      writer.add(text: entry.touchpoint)
      writer.add(entry.at.microseconds)
      writer.add(entry.queuedAt.microseconds)
    }
    writer.add(UInt32(conflicts.count))
    for (attribute, count) in conflicts.sorted(by: { $0.key < $1.key }) {
      writer.add(text: attribute.string)
      writer.add(UInt64(count))
    }
    let tombstones = tombstones.sorted
    writer.add(UInt32(tombstones.count))
    for tombstone in tombstones { writer.add(tombstone) }
  }

  /// This empty index with what `write` wrote; nil where it is something else.
  func loaded(from reader: inout ByteReader, sequence: Int64) -> StateIndex? {
    var index = self
    guard index.load(&reader) else { return nil }
    index.resume(at: sequence)
    return index
  }

  private mutating func load(_ reader: inout ByteReader) -> Bool {
    guard let attributes = reader.names(), let touchpoints = reader.names(), let dataNames = reader.names()
    else {
      return false
    }
    adopt(attributes: attributes, touchpoints: touchpoints, dataNames: dataNames)
    guard let tidCount = reader.uint32() else { return false }
    var parents: [UInt32] = []
    for _ in 0..<tidCount {
      guard let tid = reader.tid(), let born = reader.time(), let parent = reader.uint32(),
        let revoked = reader.uint32()
      else { return false }
      parents.append(parent)
      restore(tid, bornAt: born, revoked: revoked == 1)
    }
    guard hangAll(parents), let keyCount = reader.uint32() else { return false }
    for _ in 0..<keyCount {
      guard let attribute = reader.uint32(), Int(attribute) < attributes.texts.count,
        let value = reader.text()
      else {
        return false
      }
      restore(key: attribute, value)
    }
    for number in 0..<tidCount {
      guard loadLists(of: number, &reader) else { return false }
    }
    return loadCaptures(&reader) && loadRest(&reader)
  }

  private mutating func loadLists(of tid: UInt32, _ reader: inout ByteReader) -> Bool {
    guard let claimCount = reader.uint32() else { return false }
    for _ in 0..<claimCount {
      guard let key = reader.uint32(), Int(key) < keys.count, let at = reader.time(),
        let commit = reader.int64(),
        let ordinal = reader.uint32(), let verified = reader.uint32()
      else { return false }
      restore(
        ClaimEntry(
          key: key, origin: tid, capturedAt: at, commit: commit, ordinal: Int32(bitPattern: ordinal),
          verified: verified == 1))
    }
    guard let seenCount = reader.uint32() else { return false }
    for _ in 0..<seenCount {
      guard let touchpoint = reader.uint32(), Int(touchpoint) < touchpoints.texts.count,
        let count = reader.uint64(),
        let first = reader.time(), let last = reader.time()
      else { return false }
      restore(
        SeenEntry(touchpoint: touchpoint, count: Int(count), first: first, last: last, next: none), on: tid)
    }
    guard let dataCount = reader.uint32() else { return false }
    for _ in 0..<dataCount {
      guard let name = reader.uint32(), Int(name) < dataNames.texts.count, let value = reader.text(),
        let at = reader.time(), let commit = reader.int64()
      else { return false }
      restore(datum: name, value, at: at, commit: commit, on: tid)
    }
    return loadPast(of: tid, &reader)
  }

  private mutating func loadPast(of tid: UInt32, _ reader: inout ByteReader) -> Bool {
    guard let merge = reader.int64(), let count = reader.uint32() else { return false }
    if merge != 0 { restore(merge: merge, of: tid) }
    for _ in 0..<count {
      guard let key = reader.uint32(), Int(key) < keys.count, let verified = reader.uint32(),
        let at = reader.time(), let commit = reader.int64(), let ordinal = reader.uint32(),
        let released = reader.int64(), let why = reader.text().flatMap(Effect.Release.init)
      else { return false }
      restore(
        ReleasedEntry(
          key: key, verified: verified == 1, capturedAt: at, commit: commit,
          ordinal: Int32(bitPattern: ordinal), released: released, why: why), of: tid)
    }
    return true
  }

  private mutating func loadCaptures(_ reader: inout ByteReader) -> Bool {
    guard let count = reader.uint32() else { return false }
    for _ in 0..<count {
      guard let id = reader.digest(), let content = reader.digest(), let sequence = reader.int64() else {
        return false
      }
      remember(CaptureIdentity(id: id, content: content), sequence: sequence)
    }
    return true
  }

  private mutating func loadRest(_ reader: inout ByteReader) -> Bool {
    guard let separationCount = reader.uint32() else { return false }
    for _ in 0..<separationCount {
      guard let a = reader.tid(), let b = reader.tid() else { return false }
      restore(separation: TIDPair(a, b))
    }
    guard let handoffCount = reader.uint32() else { return false }
    for _ in 0..<handoffCount {
      guard let number = reader.digest(), let expires = reader.time() else { return false }
      restore(handoff: number, expires: expires)
    }
    guard let pendingCount = reader.uint32() else { return false }
    for _ in 0..<pendingCount {
      guard let commit = reader.int64(), let ordinal = reader.uint32(), let tid = reader.tid(),
        let attribute = reader.text(), let value = reader.text(), let touchpoint = reader.text(),
        let at = reader.time(), let queuedAt = reader.time()
      else { return false }
      restore(
        pending: PendingKey(
          id: PendingKey.ID(commit: commit, ordinal: Int(ordinal)), tid: tid,
          key: space.storedKey(attribute: attribute, value: value), touchpoint: touchpoint, at: at,
          queuedAt: queuedAt))
    }
    guard let conflictCount = reader.uint32() else { return false }
    for _ in 0..<conflictCount {
      guard let attribute = reader.text(), let count = reader.uint64() else { return false }
      restore(conflicts: Int(count), of: attribute)
    }
    guard let tombstoneCount = reader.uint32() else { return false }
    for _ in 0..<tombstoneCount {
      guard let tombstone = reader.digest() else { return false }
      restore(tombstone: tombstone)
    }
    return true
  }
}

extension ByteWriter {
  fileprivate mutating func add(_ tid: TID) {
    add(tid.high)
    add(tid.low)
  }

  fileprivate mutating func add(_ digest: Digest) {
    add(digest.high)
    add(digest.low)
  }
}

extension ByteReader {
  fileprivate mutating func time() -> Timestamp? { int64().map { Timestamp(microseconds: $0) } }

  fileprivate mutating func tid() -> TID? {
    guard let high = uint64(), let low = uint64() else { return nil }
    return TID(high: high, low: low)
  }

  fileprivate mutating func digest() -> Digest? {
    guard let high = uint64(), let low = uint64() else { return nil }
    return Digest(high: high, low: low)
  }

  fileprivate mutating func names() -> Names? {
    guard let count = uint32() else { return nil }
    var names = Names()
    for number in 0..<count {
      guard let text = text(), names.number(of: text) == number else { return nil }
    }
    return names
  }
}
