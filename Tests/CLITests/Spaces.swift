import Foundation
import ToolHarness

/// The space most of these tests work in. The keys of its phones link from the call centre only, so that from
/// elsewhere they are unverified claims.
let acme = """
  space: acme
  attributes:
    - { name: crmId, trust: source }
    - { name: email, normalize: [email], limit: 2, trust: source }
    - { name: phone, normalize: [phone], limit: none, trust: source, linksFrom: [call-centre] }

  """

/// A well-formed TID that no store knows.
let strangerTID = "0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a90"

extension Keyfold {
  /// What the store counts.
  func stats() throws -> JSON { try run("stats").object() }

  /// The state's digest, of a store that is sound.
  func digest() throws -> String {
    let check = try run("check", "--rebuild")
    guard check.code == 0 else {
      throw HarnessError("the store is not sound: \(check.stdout)\(check.stderr)")
    }
    return try check.object()["digest"].text
  }
}

/// A line with TIDs replaced by T1, T2… in the order they appear first, and times by TIME.
func anonymous(_ text: String) -> String {
  let id = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/
  var names: [Substring: String] = [:]
  let named = text.replacing(id) { match in
    let name = names[match.output] ?? "T\(names.count + 1)"
    names[match.output] = name
    return name
  }
  return named.replacing(/\d{4}-\d\d-\d\dT[\d:.]+Z/, with: "TIME")
}

/// RFC 3339, so many seconds from now.
func time(inSeconds seconds: Double) -> String {
  Date(timeIntervalSinceNow: seconds).formatted(.iso8601)
}
