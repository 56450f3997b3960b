extension Profile {
  /// The line `lookup --json` and `export profiles` print.
  package func write(into json: inout JSONWriter) {
    json.object { json in
      writeTIDsAndKeys(into: &json)
      json.name("data")
      json.object { json in
        for (name, value) in newestData {
          json.name(name)
          json.string(value)
        }
      }
      json.name("activity")
      json.array(activity) { json, seen in seen.write(into: &json) }
      json.member("bornAt", primary.bornAt)
    }
  }

  /// The same without data and activity.
  package func writeKeys(into json: inout JSONWriter) {
    json.object { json in
      writeTIDsAndKeys(into: &json)
      json.member("bornAt", primary.bornAt)
    }
  }

  private func writeTIDsAndKeys(into json: inout JSONWriter) {
    json.member("tid", primary.tid)
    json.name("tids")
    json.array(tids) { json, record in json.tid(record.tid) }
    json.name("keys")
    json.array(claims) { json, claim in
      json.object { json in
        json.member("attribute", claim.key.attribute)
        json.member("value", claim.key.value)
        json.member("verified", claim.verified)
        json.member("origin", claim.origin)
        json.member("capturedAt", claim.capturedAt)
      }
    }
  }
}
