/// Explanations as JSON, for programs: what `explain --json` prints. Sentences name TIDs in full.

extension Explanation {
  /// Writes the explanation as one JSON object.
  package func write(into json: inout JSONWriter) {
    json.object { json in
      json.member("sequence", sequence)
      json.name("subjects")
      json.array(subjects) { json, subject in subject.write(into: &json) }
      answer.write(into: &json)
      json.name("customers")
      json.array(customers) { json, customer in customer.write(into: &json) }
      json.name("timeline")
      json.array(timeline) { json, event in event.write(into: &json) }
      json.member("uneventful", uneventful)
    }
  }
}

extension Explanation.Subject {
  fileprivate func write(into json: inout JSONWriter) {
    json.object { json in
      switch asked {
      case .tid: json.member("asked", "tid")
      case .key(let key):
        json.member("asked", "key")
        json.member("key", key)
      case .capture(let id, let sequence):
        json.member("asked", "capture")
        json.member("id", id)
        json.member("sequence", sequence)
      }
      json.member("tid", tid)
      json.member("held", isHeld)
      json.member("statement", statement.description)
    }
  }
}

extension Explanation.Answer {
  fileprivate func write(into json: inout JSONWriter) {
    switch self {
    case .story: json.member("answer", "story")
    case .connected(let steps):
      json.member("answer", "connected")
      json.name("chain")
      json.array(steps) { json, step in step.write(into: &json) }
    case .apart(let apart):
      json.member("answer", "apart")
      json.name("reasons")
      json.array(apart.reasons) { json, reason in reason.write(into: &json) }
      json.name("differences")
      json.array(apart.differences) { json, reason in reason.write(into: &json) }
      json.name("prospect")
      if let prospect = apart.prospect { prospect.write(into: &json) } else { json.null() }
    }
  }
}

extension Explanation.Step {
  fileprivate func write(into json: inout JSONWriter) {
    json.object { json in
      from.write("from", into: &json)
      to.write("to", into: &json)
      json.member("sequence", sequence)
      json.member("at", at)
      json.member("touchpoint", touchpoint)
      json.member("sentence", sentence.description)
      json.name("vouching")
      json.array(vouching) { json, sentence in json.string(sentence.description) }
    }
  }
}

extension Explanation.Step.End {
  fileprivate func write(_ name: StaticString, into json: inout JSONWriter) {
    switch self {
    case .tid(let tid): json.member(name, tid)
    case .key(let key): json.member(name, key)
    }
  }
}

extension Apart.Reason {
  fileprivate func write(into json: inout JSONWriter) {
    json.object { json in
      json.member("code", code.rawValue)
      json.member("attribute", attribute)
      json.member("key", key)
      json.member("sequence", sequence)
      json.member("at", at)
      json.member("touchpoint", touchpoint)
      json.member("sentence", sentence.description)
    }
  }
}

extension Prospect {
  fileprivate func write(into json: inout JSONWriter) {
    json.object { json in
      if case .capture(let tid, let keys) = self {
        json.member("tid", tid)
        json.name("keys")
        json.array(keys) { json, key in json.key(key) }
      }
      json.member("sentence", words.description)
    }
  }
}

extension Explanation.Customer {
  fileprivate func write(into json: inout JSONWriter) {
    json.object { json in
      json.member("tid", primary)
      json.name("tids")
      json.array(tids) { json, story in story.write(into: &json) }
      json.name("keys")
      json.array(keys) { json, story in story.write(into: &json) }
      json.name("separations")
      json.array(separations) { json, separation in
        json.object { json in
          json.member("tid", separation.own)
          json.member("from", separation.other)
          json.member("sequence", separation.sequence)
          json.member("reason", separation.reason)
        }
      }
    }
  }
}

extension Explanation.TIDStory {
  fileprivate func write(into json: inout JSONWriter) {
    json.object { json in
      json.member("tid", record.tid)
      json.member("bornAt", record.bornAt)
      json.member("touchpoint", touchpoint)
      json.member("sequence", born)
      json.member("parent", record.parent)
      json.name("link")
      if let link { link.write(into: &json) } else { json.null() }
      json.member("revoked", record.revoked)
      json.member("revokedBy", revoked)
    }
  }
}

extension Link {
  fileprivate func write(into json: inout JSONWriter) {
    json.object { json in
      json.member("sequence", sequence)
      json.member("at", at)
      json.member("touchpoint", touchpoint)
      json.member("cause", cause?.name ?? "issued")
      json.member("attribute", cause?.attribute)
      lead.write("lead", into: &json)
      parentLead.write("parentLead", into: &json)
    }
  }
}

extension Lead {
  fileprivate func write(_ name: StaticString, into json: inout JSONWriter) {
    json.name(name)
    json.object { json in
      switch self {
      case .presented(let tid):
        json.member("by", "touchpoint")
        json.member("tid", tid)
      case .handoff(let tid):
        json.member("by", "handoff")
        json.member("tid", tid)
      case .key(let holding):
        json.member("by", "key")
        json.member("key", holding.key)
        json.member("tid", holding.origin)
        json.member("since", holding.since)
      case .operator(let tid):
        json.member("by", "operator")
        json.member("tid", tid)
      case .issued: json.member("by", "issued")
      case .unknown: json.member("by", nil as String?)
      }
    }
  }
}

extension Explanation.Event {
  fileprivate func write(into json: inout JSONWriter) {
    json.object { json in
      json.member("sequence", sequence)
      json.member("at", at)
      json.member("touchpoint", touchpoint)
      json.member("times", times)
      json.member("last", last)
      json.member("headline", headline.description)
      json.name("details")
      json.array(details) { json, sentence in json.string(sentence.description) }
    }
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ name: StaticString, _ key: Key?) {
    self.name(name)
    if let key { self.key(key) } else { null() }
  }

  fileprivate mutating func key(_ key: Key) {
    object { json in
      json.member("attribute", key.attribute)
      json.member("value", key.value)
    }
  }
}
