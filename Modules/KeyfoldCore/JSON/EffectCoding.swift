/// Effects as JSON objects: `do` says which, the other members what it is about.

extension Effect {
  package func write(into json: inout JSONWriter) {
    json.object { json in
      switch self {
      case .born(let tid, let at, let parent):
        json.member("do", "born")
        json.member("tid", tid)
        json.member("at", at)
        json.member("parent", parent)
      case .merged(let tid, let primary, let cause):
        json.member("do", "merged")
        json.member("tid", tid)
        json.member("into", primary)
        json.member("cause", cause.name)
        json.member("attribute", cause.attribute)
        if case .key(_, let place?, let beside) = cause {
          json.member("place", place)
          if let beside { json.member("beside", beside) }
        }
      case .unmerged(let tid, let parent):
        json.member("do", "unmerged")
        json.member("tid", tid)
        json.member("from", parent)
      case .claimed(let key, let origin, let verified, let at, let ordinal):
        json.member("do", "claimed")
        json.claim(key, origin)
        json.member("verified", verified)
        json.member("at", at)
        json.member("ordinal", ordinal)
      case .verified(let key, let origin, let at, let ordinal):
        json.member("do", "verified")
        json.claim(key, origin)
        json.member("at", at)
        json.member("ordinal", ordinal)
      case .released(let key, let origin, let verified, let why):
        json.member("do", "released")
        json.claim(key, origin)
        json.member("verified", verified)
        json.member("why", why.rawValue)
      case .restored(let claim):
        json.member("do", "restored")
        json.claim(claim.key, claim.origin)
        json.member("verified", claim.verified)
        json.member("at", claim.capturedAt)
        json.member("commit", claim.commit)
        json.member("ordinal", claim.ordinal)
      default: writeRest(into: &json)
      }
    }
  }

  private func writeRest(into json: inout JSONWriter) {
    switch self {
    case .revoked(let tid):
      json.member("do", "revoked")
      json.member("tid", tid)
    case .active(let tid, let touchpoint, let at):
      json.member("do", "active")
      json.member("tid", tid)
      json.member("touchpoint", touchpoint)
      json.member("at", at)
    case .datum(let tid, let name, let value, let at):
      json.member("do", "datum")
      json.member("tid", tid)
      json.member("name", name)
      json.member("value", value)
      json.member("at", at)
    case .separated(let a, let b), .separationRemoved(let a, let b):
      if case .separated = self {
        json.member("do", "separated")
      } else {
        json.member("do", "separationRemoved")
      }
      json.member("tid", a)
      json.member("from", b)
    case .handoffSpent(let number, let expires):
      json.member("do", "handoffSpent")
      json.member("handoff", number.description)
      json.member("expires", expires)
    case .pendingQueued(let entry):
      json.member("do", "pendingQueued")
      json.claim(entry.key, entry.tid)
      json.member("commit", entry.id.commit)
      json.member("ordinal", entry.id.ordinal)
      json.member("touchpoint", entry.touchpoint)
      json.member("at", entry.at)
      json.member("queuedAt", entry.queuedAt)
    case .pendingSettled(let id, let end):
      json.member("do", "pendingSettled")
      json.member("commit", id.commit)
      json.member("ordinal", id.ordinal)
      json.member("end", end.rawValue)
    case .erased(let tombstone):
      json.member("do", "erased")
      json.member("tombstone", tombstone.description)
    case .born, .merged, .unmerged, .claimed, .verified, .released, .restored: break
    }
  }

  package init(_ json: JSONValue, _ space: Space) throws(JSONError) {
    switch try json.require("do", \.string) {
    case "born":
      self = .born(try json.tid("tid"), at: try json.time("at"), parent: try json.optionalTID("parent"))
    case "merged":
      self = .merged(try json.tid("tid"), into: try json.tid("into"), by: try MergeCause(json))
    case "unmerged": self = .unmerged(try json.tid("tid"), from: try json.tid("from"))
    case "claimed":
      self = .claimed(
        try json.key(space), origin: try json.tid("origin"), verified: try json.require("verified", \.bool),
        at: try json.time("at"), ordinal: try json.int("ordinal"))
    case "verified":
      self = .verified(
        try json.key(space), origin: try json.tid("origin"), at: try json.time("at"),
        ordinal: try json.int("ordinal"))
    case "released":
      self = .released(
        try json.key(space), origin: try json.tid("origin"), verified: try json.require("verified", \.bool),
        why: try json.word("why"))
    case "restored":
      self = .restored(
        Claim(
          key: try json.key(space), origin: try json.tid("origin"),
          verified: try json.require("verified", \.bool), capturedAt: try json.time("at"),
          commit: try json.require("commit", \.integer), ordinal: try json.int("ordinal")))
    default: self = try Effect.rest(json, space)
    }
  }

  private static func rest(_ json: JSONValue, _ space: Space) throws(JSONError) -> Effect {
    switch try json.require("do", \.string) {
    case "revoked": return .revoked(try json.tid("tid"))
    case "active":
      return .active(
        try json.tid("tid"), touchpoint: try json.require("touchpoint", \.string), at: try json.time("at"))
    case "datum":
      return .datum(
        try json.tid("tid"), name: try json.require("name", \.string),
        value: try json.require("value", \.string),
        at: try json.time("at"))
    case "separated": return .separated(try json.tid("tid"), try json.tid("from"))
    case "separationRemoved": return .separationRemoved(try json.tid("tid"), try json.tid("from"))
    case "handoffSpent":
      return .handoffSpent(try json.digest("handoff"), expires: try json.time("expires"))
    case "erased": return .erased(try json.digest("tombstone"))
    case "pendingQueued":
      return .pendingQueued(
        PendingKey(
          id: try json.pendingID(), tid: try json.tid("origin"), key: try json.key(space),
          touchpoint: try json.require("touchpoint", \.string), at: try json.time("at"),
          queuedAt: try json.time("queuedAt")))
    case "pendingSettled": return .pendingSettled(try json.pendingID(), end: try json.word("end"))
    case let other: throw JSONError(offset: 0, message: "there is no effect '\(other)'")
    }
  }
}

extension Effect.MergeCause {
  /// The word for it in exports and journal.
  package var name: String {
    switch self {
    case .key: "key"
    case .handoff: "handoff"
    case .operator: "operator"
    }
  }

  /// The attribute of the key, if it was one.
  package var attribute: String? { if case .key(let attribute, _, _) = self { attribute } else { nil } }

  fileprivate init(_ json: JSONValue) throws(JSONError) {
    switch try json.require("cause", \.string) {
    case "key":
      self = .key(
        attribute: try json.require("attribute", \.string), place: json["place"]?.integer.map(Int.init),
        beside: json["beside"]?.integer.map(Int.init))
    case "handoff": self = .handoff
    case "operator": self = .operator
    case let other: throw JSONError(offset: 0, message: "there is no cause of a merge '\(other)'")
    }
  }
}

extension JSONWriter {
  fileprivate mutating func claim(_ key: Key, _ origin: TID) {
    member("attribute", key.attribute)
    member("value", key.value)
    member("origin", origin)
  }
}

extension JSONValue {
  fileprivate func key(_ space: Space) throws(JSONError) -> Key {
    space.storedKey(attribute: try require("attribute", \.string), value: try require("value", \.string))
  }

  fileprivate func pendingID() throws(JSONError) -> PendingKey.ID {
    PendingKey.ID(commit: try require("commit", \.integer), ordinal: try int("ordinal"))
  }
}
