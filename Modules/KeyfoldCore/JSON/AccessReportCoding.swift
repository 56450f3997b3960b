/// An access report as JSON: what `report --json` prints.

extension AccessReport {
  /// Writes the report as one JSON object.
  package func write(into json: inout JSONWriter) {
    json.object { json in
      json.member("space", space)
      json.member("at", at)
      json.member("sequence", sequence)
      json.member("tid", customer)
      json.name("tids")
      json.array(tids) { json, tid in
        json.object { json in
          json.member("tid", tid.record.tid)
          json.member("touchpoint", tid.touchpoint)
          json.member("bornAt", tid.record.bornAt)
          json.member("revoked", tid.record.revoked)
        }
      }
      json.name("keys")
      json.array(keys) { json, key in key.write(into: &json) }
      json.name("data")
      json.array(data) { json, datum in datum.write(into: &json) }
      json.name("activity")
      json.array(activity) { json, activity in activity.write(into: &json) }
      json.name("separations")
      json.array(separations) { json, at in
        json.object { $0.member("at", at) }
      }
      json.name("entries")
      json.array(entries) { json, entry in entry.write(into: &json) }
    }
  }
}

extension AccessReport.Value {
  /// `value` is null for what is not shown; `shown` says what it is.
  fileprivate func write(into json: inout JSONWriter) {
    let (value, word): (String?, String) =
      switch self {
      case .own(let value): (value, "own")
      case .unverified(let value): (value, "unverified")
      case .masked(let value): (value, "masked")
      case .others: (nil, "leftOut")
      }
    json.member("value", value)
    json.member("shown", word)
  }
}

extension AccessReport.OwnKey {
  fileprivate func write(into json: inout JSONWriter) {
    json.object { json in
      json.member("attribute", attribute)
      value.write(into: &json)
      json.member("verified", standing == .verified)
      json.member("status", standing.name)
      json.member("pending", waits)
      json.member("origin", origin)
      json.member("since", since)
      json.member("touchpoint", touchpoint)
      json.member("why", why?.description)
      json.name("moments")
      json.array(moments) { json, moment in
        json.object { json in
          json.member("what", moment.what)
          json.member("sequence", moment.sequence)
          json.member("at", moment.at)
          json.member("touchpoint", moment.touchpoint)
          json.name("evidence")
          json.array(moment.evidence) { json, evidence in evidence.write(into: &json) }
        }
      }
    }
  }
}

extension AccessReport.Entry {
  fileprivate func write(into json: inout JSONWriter) {
    json.object { json in
      json.member("sequence", sequence)
      json.member("at", at)
      json.member("touchpoint", touchpoint)
      json.member("id", id)
      json.member("what", what.description)
      json.name("keys")
      json.array(keys) { json, key in
        json.object { json in
          json.member("attribute", key.attribute)
          key.value.write(into: &json)
          json.member("result", key.result.rawValue)
          json.member("verified", key.verified)
          json.name("evidence")
          json.array(key.evidence) { json, evidence in evidence.write(into: &json) }
        }
      }
      json.name("data")
      json.array(data) { json, datum in datum.write(into: &json) }
    }
  }
}

extension Datum {
  fileprivate func write(into json: inout JSONWriter) {
    json.object { json in
      json.member("tid", tid)
      json.member("name", name)
      json.member("value", value)
      json.member("at", at)
    }
  }
}

extension Activity {
  /// As `lookup`, `export profiles` and reports print it.
  package func write(into json: inout JSONWriter) {
    json.object { json in
      json.member("tid", tid)
      json.member("touchpoint", touchpoint)
      json.member("count", count)
      json.member("first", first)
      json.member("last", last)
    }
  }
}
