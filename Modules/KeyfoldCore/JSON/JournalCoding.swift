/// The journal as JSON: one object an entry, the line `export journal` prints and stores keep.

extension JournalEntry {
  /// Writes the entry as one JSON object.
  package func write(into json: inout JSONWriter) {
    json.object { json in
      json.member("sequence", sequence)
      json.member("at", at)
      event.write(into: &json)
      json.name("effects")
      json.array(effects) { json, effect in effect.write(into: &json) }
    }
  }

  /// The entry as JSON text.
  package var encoded: [UInt8] {
    var json = JSONWriter(reserving: 1024)
    write(into: &json)
    return json.bytes
  }

  /// Reads what `write` wrote.
  ///
  /// - Throws: `StoreError.damaged` where it is something else.
  package init(decoding bytes: [UInt8], space: Space) throws(StoreError) {
    do {
      let json = try JSONValue(parsing: bytes[...])
      self.init(
        sequence: try json.require("sequence", \.integer), at: try json.time("at"),
        event: try Event(json),
        effects: try json.elements("effects") { json throws(JSONError) in try Effect(json, space) })
    } catch {
      throw StoreError(.damaged, "a journal entry cannot be read", underlying: error.message)
    }
  }
}

extension JournalEntry.Event {
  fileprivate func write(into json: inout JSONWriter) {
    switch self {
    case .capture(let record):
      json.member("type", "capture")
      json.name("capture")
      record.writeCapture(into: &json)
      json.name("outcome")
      record.outcome.write(into: &json)
      json.name("obstacles")
      json.array(record.obstacles) { json, obstacle in obstacle.write(into: &json) }
    case .operation(let operation): operation.write(into: &json)
    case .pending(let id, let outcome):
      json.member("type", "pending")
      json.name("pending")
      id.write(into: &json)
      json.name("outcome")
      if let outcome { outcome.write(into: &json) } else { json.null() }
    }
  }

  fileprivate init(_ json: JSONValue) throws(JSONError) {
    switch try json.require("type", \.string) {
    case "capture": self = .capture(try CaptureRecord(json))
    case "pending":
      let outcome = try json.member("outcome")
      self = .pending(
        try PendingKey.ID(try json.member("pending")), outcome.isNull ? nil : try Outcome(outcome))
    default: self = .operation(try Operation(json))
    }
  }
}

extension CaptureRecord {
  fileprivate func writeCapture(into json: inout JSONWriter) {
    json.object { json in
      json.member("id", outcome.id)
      json.name("identity")
      if let identity {
        json.array([identity.id, identity.content]) { json, digest in json.string(digest.description) }
      } else {
        json.null()
      }
      json.member("touchpoint", touchpoint)
      json.member("tid", tid)
      json.member("handoffTid", handoffTid)
      if adoptsTid { json.member("adoptsTid", true) }
      json.name("keys")
      json.array(keys.entries) { json, entry in json.array([entry.attribute, entry.value]) { $0.string($1) } }
      json.member("at", at)
    }
  }

  fileprivate init(_ json: JSONValue) throws(JSONError) {
    let capture = try json.member("capture")
    var keys = CapturedKeys()
    for entry in try capture.require("keys", \.array) {
      guard let pair = entry.array, pair.count == 2, let attribute = pair[0].string,
        let value = pair[1].string
      else {
        throw JSONError(offset: 0, message: "a key is not a pair of strings")
      }
      keys.append(attribute: attribute, value: value)
    }
    var identity: CaptureIdentity?
    if let digests = try capture.member("identity").array {
      guard digests.count == 2, let id = digests[0].string.flatMap(Digest.init(hex:)),
        let content = digests[1].string.flatMap(Digest.init(hex:))
      else { throw JSONError(offset: 0, message: "an identity is not a pair of digests") }
      identity = CaptureIdentity(id: id, content: content)
    }
    self.init(
      identity: identity, touchpoint: try capture.require("touchpoint", \.string),
      tid: try capture.optionalTID("tid"),
      handoffTid: try capture.optionalTID("handoffTid"), adoptsTid: capture["adoptsTid"]?.bool ?? false,
      keys: keys, at: try capture.time("at"), outcome: try Outcome(try json.member("outcome")),
      obstacles: try json.elements("obstacles") { json throws(JSONError) in try Obstacle(json) })
  }
}

extension Operation {
  fileprivate func write(into json: inout JSONWriter) {
    switch self {
    case .revoke(let tid, let reason):
      json.member("type", "revoke")
      json.member("tid", tid)
      json.member("reason", reason)
    case .merge(let a, let b, let reason): json.pair("merge", a, "with", b, reason)
    case .unmerge(let tid, let allowRemerge, let reason):
      json.member("type", "unmerge")
      json.member("tid", tid)
      json.member("allowRemerge", allowRemerge)
      json.member("reason", reason)
    case .separate(let a, let b, let reason): json.pair("separate", a, "from", b, reason)
    case .removeSeparation(let a, let b, let reason): json.pair("removeSeparation", a, "from", b, reason)
    case .lost: json.member("type", "lost")
    case .erase(let reason, let tids, let keys):
      json.member("type", "erase")
      json.member("tids", tids)
      json.member("keys", keys)
      json.member("reason", reason)
    case .erased(let capture):
      json.member("type", "erased")
      json.member("capture", capture?.description)
    case .changeSpace(let differences):
      json.member("type", "changeSpace")
      json.name("differences")
      json.array(differences) { $0.string($1) }
    }
  }

  fileprivate init(_ json: JSONValue) throws(JSONError) {
    switch try json.require("type", \.string) {
    case "revoke": self = .revoke(try json.tid("tid"), reason: try json.member("reason").string)
    case "lost": self = .lost
    case "merge":
      self = .merge(try json.tid("tid"), try json.tid("with"), reason: try json.require("reason", \.string))
    case "unmerge":
      self = .unmerge(
        try json.tid("tid"), allowRemerge: try json.require("allowRemerge", \.bool),
        reason: try json.require("reason", \.string))
    case "separate", "removeSeparation":
      let (a, b, reason) = (try json.tid("tid"), try json.tid("from"), try json.require("reason", \.string))
      self =
        try json.require("type", \.string) == "separate"
        ? .separate(a, b, reason: reason) : .removeSeparation(a, b, reason: reason)
    case "erase":
      self = .erase(
        reason: try json.require("reason", \.string), tids: try json.int("tids"), keys: try json.int("keys"))
    case "erased":
      let capture = try json.member("capture")
      self = .erased(capture: capture.isNull ? nil : try json.digest("capture"))
    case "changeSpace":
      self = .changeSpace(differences: try json.require("differences", \.array).compactMap(\.string))
    case let other: throw JSONError(offset: 0, message: "there is no entry of type '\(other)'")
    }
  }
}

extension JSONWriter {
  fileprivate mutating func pair(
    _ type: String, _ a: TID, _ preposition: StaticString, _ b: TID, _ reason: String
  ) {
    member("type", type)
    member("tid", a)
    member(preposition, b)
    member("reason", reason)
  }
}

extension PendingKey.ID {
  fileprivate func write(into json: inout JSONWriter) {
    json.array([commit, Int64(ordinal)]) { $0.integer($1) }
  }

  fileprivate init(_ json: JSONValue) throws(JSONError) {
    guard let pair = json.array, pair.count == 2, let commit = pair[0].integer, let ordinal = pair[1].integer
    else {
      throw JSONError(offset: 0, message: "the name of a pending key is not a pair of numbers")
    }
    self.init(commit: commit, ordinal: Int(ordinal))
  }
}
