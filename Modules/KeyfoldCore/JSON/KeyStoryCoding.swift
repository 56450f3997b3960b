/// What became of keys, as JSON.

extension KeyStory {
  func write(into json: inout JSONWriter) {
    json.object { json in
      json.member("attribute", key.attribute)
      json.member("value", key.value)
      json.member("origin", origin)
      json.member("standing", standing.name)
      json.member("reason", standing.reason)
      json.member("pending", waits)
      json.name("moments")
      json.array(moments) { json, moment in moment.write(into: &json) }
    }
  }
}

extension KeyStory.Standing {
  /// The word for it: in JSON, tables and pictures.
  package var name: String {
    switch self {
    case .verified: "verified"
    case .claimed: "unverified"
    case .released: "released"
    case .withheld: "withheld"
    case .rejected: "rejected"
    }
  }

  /// The code for why.
  fileprivate var reason: String? {
    switch self {
    case .verified, .claimed: nil
    case .released(let why): why.rawValue
    case .withheld(let reason), .rejected(let reason): reason.rawValue
    }
  }
}

extension KeyStory.Moment {
  fileprivate func write(into json: inout JSONWriter) {
    json.object { json in
      let (word, reason) = what.words
      json.member("what", word)
      json.member("reason", reason)
      json.member("sequence", sequence)
      json.member("at", at)
      json.member("touchpoint", touchpoint)
      json.member("times", times)
      json.name("evidence")
      json.array(evidence) { json, evidence in evidence.write(into: &json) }
    }
  }
}

extension KeyStory.Moment.What {
  fileprivate var words: (what: String, reason: String?) {
    switch self {
    case .claimed(let verified): (verified ? "verified" : "claimed", nil)
    case .verified: ("verified", nil)
    case .released(let why): ("released", why.rawValue)
    case .withheld(let reason): ("withheld", reason.rawValue)
    case .rejected(let reason): ("rejected", reason.rawValue)
    case .queued: ("queued", nil)
    case .settled(let end): ("settled", end.rawValue)
    }
  }
}
