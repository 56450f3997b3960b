/// Outcomes, evidence and obstacles as JSON; the fields of an outcome and their order are a contract
/// (interface, section 3).

extension Outcome {
  package func write(into json: inout JSONWriter) {
    json.object { json in
      json.member("id", id)
      json.member("sequence", sequence)
      json.member("tid", tid)
      json.member("touchpointTid", touchpointTid)
      json.member("decision", decision.rawValue)
      json.member("created", created)
      json.name("merged")
      json.array(merged) { $0.tid($1) }
      json.member("switchedFrom", switchedFrom)
      json.member("unknownTid", unknownTid)
      json.member("handoff", handoff?.rawValue)
      json.member("replayed", replayed)
      json.name("keys")
      json.array(keys) { json, key in key.write(into: &json) }
    }
  }

  package init(_ json: JSONValue) throws(JSONError) {
    self.init(
      id: try json.member("id").string, sequence: try json.member("sequence").integer,
      tid: try json.tid("tid"),
      touchpointTid: try json.tid("touchpointTid"), decision: try json.word("decision"),
      created: try json.require("created", \.bool),
      merged: try json.elements("merged") { json throws(JSONError) in try json.asTID() },
      switchedFrom: try json.optionalTID("switchedFrom"), unknownTid: try json.require("unknownTid", \.bool),
      handoff: try json.optionalWord("handoff"), replayed: try json.require("replayed", \.bool),
      keys: try json.elements("keys") { json throws(JSONError) in try KeyResult(json) })
  }
}

extension Outcome.KeyResult {
  fileprivate func write(into json: inout JSONWriter) {
    json.object { json in
      json.member("attribute", attribute)
      json.member("value", value)
      json.member("result", result.rawValue)
      json.member("verified", verified)
      json.member("reason", reason?.rawValue)
      json.name("evidence")
      json.array(evidence) { json, evidence in evidence.write(into: &json) }
    }
  }

  fileprivate init(_ json: JSONValue) throws(JSONError) {
    self.init(
      attribute: try json.require("attribute", \.string), value: try json.require("value", \.string),
      result: try json.word("result"), verified: try json.require("verified", \.bool),
      reason: try json.optionalWord("reason"),
      evidence: try json.elements("evidence") { json throws(JSONError) in try Evidence(json) })
  }
}

extension Evidence {
  package func write(into json: inout JSONWriter) {
    json.object { json in
      json.member("validator", validator)
      json.member("version", version)
      json.member("check", check)
      json.member("verdict", finding.rawValue)
      json.member("assurance", assurance.rawValue)
      json.member("code", code)
      json.member("status", status.map(Int64.init))
      json.member("latencyMs", latencyMs)
      json.member("cached", cached)
      json.member("at", at)
    }
  }

  fileprivate init(_ json: JSONValue) throws(JSONError) {
    self.init(
      validator: try json.require("validator", \.string), version: try json.require("version", \.string),
      check: try json.require("check", \.string), finding: try json.word("verdict"),
      assurance: try json.word("assurance"), code: try json.require("code", \.string),
      status: try json.member("status").integer.map(Int.init), latencyMs: try json.int("latencyMs"),
      cached: try json.require("cached", \.bool), at: try json.time("at"))
  }
}

extension Obstacle {
  package func write(into json: inout JSONWriter) {
    json.object { json in
      switch lead {
      case .key(let key):
        json.name("key")
        json.array([key.attribute, key.value]) { $0.string($1) }
      case .touchpoint: json.member("lead", "touchpoint")
      case .handoff: json.member("lead", "handoff")
      }
      json.member("profile", profile)
      switch cause {
      case .separated(let a, let b):
        json.member("cause", "separated")
        json.name("tids")
        json.array([a, b]) { $0.tid($1) }
      case .profileLimit: json.member("cause", "profileLimit")
      case .conflict(let attribute):
        json.member("cause", "conflict")
        json.member("attribute", attribute)
      case .sharedTouchpoint: json.member("cause", "sharedTouchpoint")
      case .settled: json.member("cause", "settled")
      }
    }
  }

  package init(_ json: JSONValue) throws(JSONError) {
    let lead: Lead
    if let pair = json["key"]?.array {
      guard pair.count == 2, let attribute = pair[0].string, let value = pair[1].string else {
        throw JSONError(offset: 0, message: "a key is not a pair of strings")
      }
      lead = .key(Key(attribute: attribute, value: value, strength: .max))
    } else {
      lead = try json.require("lead", \.string) == "handoff" ? .handoff : .touchpoint
    }
    let cause: Cause
    switch try json.require("cause", \.string) {
    case "separated":
      let tids = try json.elements("tids") { json throws(JSONError) in try json.asTID() }
      guard tids.count == 2 else { throw JSONError(offset: 0, message: "a separation is not a pair of TIDs") }
      cause = .separated(tids[0], tids[1])
    case "profileLimit": cause = .profileLimit
    case "conflict": cause = .conflict(attribute: try json.require("attribute", \.string))
    case "sharedTouchpoint": cause = .sharedTouchpoint
    case "settled": cause = .settled
    case let other: throw JSONError(offset: 0, message: "there is no obstacle '\(other)'")
    }
    self.init(lead: lead, profile: try json.tid("profile"), cause: cause)
  }
}

extension CaptureError {
  /// Writes the line that stands in a stream in place of an outcome.
  package func write(into json: inout JSONWriter, line: Int, id: String?) {
    json.object { json in
      json.member("line", line)
      json.member("id", id)
      json.name("error")
      json.object { members(of: &$0) }
    }
  }

  /// The members of an object that tells of it: `code`, `field` and `message`.
  package func members(of json: inout JSONWriter) {
    json.member("code", code.rawValue)
    json.member("field", field)
    json.member("message", message)
  }
}
