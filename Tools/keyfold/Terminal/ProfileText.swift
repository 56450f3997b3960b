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
