import Keyfold
import KeyfoldCore

/// The command line.
struct Options {
  private static let table: [(name: String, value: String?, help: String)] = [
    ("space", "FILE", "the space file (KEYFOLD_SPACE; default: keyfold.yaml)"),
    (
      "store", "URL",
      "sqlite:PATH, file:DIR, postgresql://… or memory: (KEYFOLD_STORE; default: sqlite:keyfold.db)"
    ),
    ("tokens", "FILE", "who may do what (KEYFOLD_TOKENS; default: tokens.json)"),
    ("listen", "HOST:PORT", "where to listen; port 0 for any that is free (default: 127.0.0.1:8080)"),
    ("tls-cert", "FILE", "certificates as PEM; without, put a proxy with TLS in front"),
    ("tls-key", "FILE", "their key as PEM"),
    ("max-body", "BYTES", "the largest body of a request (default: 16777216)"),
    ("connections", "N", "connections at a time (default: 512)"),
    ("idle", "SECONDS", "a connection nothing moves on is closed after so long (default: 60)"),
    ("rate", "N", "requests a second of a token that does not say its own (default: 100)"),
    ("quiet", nil, "say nothing but what went wrong"),
    ("help", nil, "print this"),
    ("version", nil, "print the version"),
  ]

  static var help: String {
    let rows = table.map { ("--\($0.name)\($0.value.map { " \($0)" } ?? "")", $0.help) }
    let width = rows.map(\.0.count).max() ?? 0
    let lines = rows.map { name, help in
      "  \(name)\(String(repeating: " ", count: width - name.count))  \(help)\n"
    }
    return """
      keyfold-host: Keyfold behind HTTP, an example of how to embed it

      Usage: keyfold-host [options]

      Options:
      \(lines.joined())
      /openapi.json describes what it serves. SIGTERM ends it: what was accepted is finished first.

      The file of tokens holds digests only (printf %s TOKEN | sha256sum):
        {"tokens": [
          {"name": "shop", "sha256": "…", "scopes": ["capture"], "touchpoints": ["web", "app"], "rate": 500},
          {"name": "page", "sha256": "…", "scopes": ["browser"], "touchpoints": ["web"]},
          {"name": "crm",  "sha256": "…", "scopes": ["read"]}]}
      Scopes: \(Scope.allCases.map(\.rawValue).joined(separator: ", ")).

      """
  }

  private var values: [String: String] = [:]

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts.first ?? "")
      guard argument.hasPrefix("--"), let rule = Options.table.first(where: { $0.name == name }) else {
        let hint = nearest(to: name, among: Options.table.map(\.name)).map { "; did you mean --\($0)?" }
        throw Failure(.usage, "there is no option '\(visible(argument))'\(hint ?? "; see --help")")
      }
      if values[name] != nil { throw Failure(.usage, "--\(name) is given twice") }
      if rule.value == nil {
        guard parts.count == 1 else { throw Failure(.usage, "--\(name) takes no value") }
        values[name] = ""
      } else if parts.count > 1 {
        values[name] = String(parts[1])
      } else {
        guard let value = rest.popFirst() else {
          throw Failure(.usage, "--\(name) needs a value: \(rule.help)")
        }
        values[name] = value
      }
    }
  }

  func has(_ name: String) -> Bool { values[name] != nil }
  func value(_ name: String) -> String? { values[name] }

  /// The value of an option, or of the environment's variable, or a default.
  func value(_ name: String, variable: String, default fallback: String) -> String {
    values[name] ?? processEnvironment(variable) ?? fallback
  }

  /// The value of an option as a whole number.
  func number(_ name: String, in range: ClosedRange<Int>, default fallback: Int) throws -> Int {
    guard let text = values[name] else { return fallback }
    guard let number = Int(text), range.contains(number) else {
      throw Failure(
        .usage,
        "--\(name) takes a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
    }
    return number
  }
}
