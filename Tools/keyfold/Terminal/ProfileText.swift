import KeyfoldCore

/// A profile as a person would like to read it.
struct ProfileText {
  let profile: Profile
  let output: Output

  var text: String {
    let primary = profile.primary
    var lines = ["\(Style.bold("customer", output)) \(primary.tid)  since \(primary.bornAt)"]
    for claim in profile.claims {
      let mark = claim.verified ? Style.green("✓", output) : Style.yellow("?", output)
      let standing = claim.verified ? "verified" : "unverified"
      lines.append(
        "  \(mark) \(claim.key.attribute)=\(visible(claim.key.value))  \(standing), captured \(claim.capturedAt)"
      )
    }
    for record in profile.tids {
      let kind = record.parent == nil ? "primary" : "secondary"
      lines.append("  \(Style.dim("TID", output)) \(record.tid)  \(kind)\(record.revoked ? ", revoked" : "")")
      for seen in profile.activity where seen.tid == record.tid {
        lines.append(
          "      \(visible(seen.touchpoint)): \(seen.count) capture\(seen.count == 1 ? "" : "s"), \(seen.first) to \(seen.last)"
        )
      }
    }
    for (name, value) in profile.newestData { lines.append("  \(visible(name)): \(visible(value))") }
    return lines.joined(separator: "\n")
  }
}

extension Profile {
  /// The line `lookup --json` and `export profiles` print.
  func write(into json: inout JSONWriter) {
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
  func writeKeys(into json: inout JSONWriter) {
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
