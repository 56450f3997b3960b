import Keyfold
import KeyfoldCore

/// What an operation made of profiles, or would make of them.
struct ProfileChangeText {
  let operation: String
  let change: ProfileChange
  let dryRun: Bool

  /// - Parameters:
  ///   - done: what happened, for a person.
  ///   - already: what to say where all was so already.
  func print(_ done: String, already: String, to output: Output) throws {
    if output.json { return try output.printJSON(write) }
    var lines = [headline(change.effects.isEmpty ? already : done, output)]
    if change.before != change.after {
      lines += block("before", change.before, output) + block("after", change.after, output)
    }
    try output.print(lines.joined(separator: "\n"))
  }

  private func headline(_ words: String, _ output: Output) -> String {
    let mode = dryRun ? Style.yellow(" (dry run: nothing was stored)", output) : ""
    let entry = change.sequence.map { Style.dim(", journal entry \($0)", output) } ?? ""
    return "\(Style.bold(operation, output)): \(words)\(mode)\(entry)"
  }

  private func block(_ title: String, _ profiles: [ProfileView], _ output: Output) -> [String] {
    [Style.dim(title, output)]
      + profiles.flatMap { profile in
        ProfileText(profile: profile.withoutRecords, output: output).text
          .split(separator: "\n").map { "  \($0)" }
      }
  }

  private func write(into json: inout JSONWriter) {
    json.object { json in
      json.member("operation", operation)
      json.member("dryRun", dryRun)
      json.member("sequence", change.sequence)
      json.member("changed", !change.effects.isEmpty)
      json.name("before")
      json.array(change.before) { json, profile in profile.withoutRecords.writeKeys(into: &json) }
      json.name("after")
      json.array(change.after) { json, profile in profile.withoutRecords.writeKeys(into: &json) }
    }
  }
}

extension ProfileView {
  /// As a look-up shows it, without activity and data: operations do not change them.
  fileprivate var withoutRecords: Profile { Profile(tids: tids, claims: claims, activity: [], data: []) }
}
