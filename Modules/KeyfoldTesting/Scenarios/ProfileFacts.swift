import KeyfoldCore

/// What is stored of a customer, as the lines of a scenario.
struct ProfileFacts {
  let profile: Profile
  let now: Timestamp

  var lines: [Fact] {
    var lines: [Fact] = [
      "tids \(Fact.list(profile.tids.map { "\($0.tid)\($0.revoked ? " (revoked)" : "")\(age($0.bornAt))" }))"
    ]
    for claim in profile.claims {
      let origin: Fact = profile.tids.count > 1 ? " from \(claim.origin)" : ""
      let status = claim.verified ? "verified" : "unverified"
      lines.append(
        "\(claim.key.attribute)=\(written(claim.key.value)) \(status)\(origin)\(comma(age(claim.capturedAt)))"
      )
    }
    let data = profile.newestData.map { "\($0.name)=\(written($0.value))" }
    if !data.isEmpty { lines.append("data \(data.joined(separator: ", "))") }
    return lines
  }

  var activity: [Fact] {
    profile.activity.map { activity in
      let times = activity.count == 1 ? "once" : "\(activity.count) times"
      var line: Fact = "\(activity.tid) at \(written(activity.touchpoint)) \(times)"
      if activity.first != now { line += ", first\(age(activity.first))" }
      if activity.last != now { line += ", last\(age(activity.last))" }
      return line
    }
  }

  private func comma(_ age: String) -> String { age.isEmpty ? "" : ",\(age)" }

  /// With a space before it; empty for now.
  private func age(_ time: Timestamp) -> String {
    let seconds = (now.microseconds - time.microseconds) / 1_000_000
    guard seconds != 0, let unit = timeUnits.first(where: { seconds % $0.seconds == 0 }) else { return "" }
    let count = abs(seconds) / unit.seconds
    return " \(count) \(unit.name)\(count == 1 ? "" : "s") \(seconds > 0 ? "ago" : "ahead")"
  }
}
