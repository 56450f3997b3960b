import AuthenticatedValidator
import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import KeyfoldValidation
import Synchronization

/// Seconds since 1970 at which tests play.
let nowSeconds: Int64 = 1_796_000_000
let now = Timestamp(microseconds: nowSeconds * 1_000_000)

/// A setting of one text, or of several.
enum Word: ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, Sendable {
  case text(String)
  case list([String])
  case map([(String, String)])

  init(stringLiteral value: String) { self = .text(value) }
  init(arrayLiteral elements: String...) { self = .list(elements) }
  init(dictionaryLiteral elements: (String, String)...) { self = .map(elements) }

  var setting: Setting {
    switch self {
    case .text(let text): .scalar(text)
    case .list(let texts): .array(texts.map { .scalar($0) })
    case .map(let pairs): .map(pairs.map { .init(name: $0.0, value: .scalar($0.1)) })
    }
  }
}

typealias Settings = KeyValuePairs<String, Word>

/// A validator of `memberId` by settings, later ones in place of earlier ones; an empty text takes one away.
func validator(
  _ settings: [Settings], normalize: [Normalizer] = [.trim, .nfc], _ caller: any HTTPCaller
) throws -> AuthenticatedValidator {
  var entries: [(String, Word)] = []
  for (name, word) in settings.flatMap({ Array($0) }) {
    entries.removeAll { $0.0 == name }
    if case .text("") = word { continue }
    entries.append((name, word))
  }
  var attribute = KeyAttribute(name: "memberId")
  attribute.normalize = normalize
  let map = Setting.map(entries.map { .init(name: $0.0, value: $0.1.setting) })
  return try AuthenticatedValidator(
    settings: SettingReader(map) { _ in nil }, attribute: attribute, caller: caller)
}

extension AuthenticatedValidator {
  func verdict(on value: String = "alice", _ proof: String?, at time: Timestamp = now) async -> Verdict {
    await validate(
      Key(attribute: "memberId", value: value, strength: 0), proof: proof.map { Secret($0) },
      context: ValidationContext(space: "acme", touchpoint: "web", now: time))
  }

  /// Finding and code of the one piece of evidence.
  func finding(on value: String = "alice", _ proof: String?, at time: Timestamp = now) async -> Found {
    let verdict = await verdict(on: value, proof, at: time)
    return Found(verdict.finding, verdict.evidence.map(\.code).joined(separator: " "))
  }
}

/// A finding and its code.
struct Found: Hashable, Sendable, CustomStringConvertible {
  let finding: Finding
  let code: String

  init(_ finding: Finding, _ code: String) {
    self.finding = finding
    self.code = code
  }

  static let valid = Found(.valid, "proofAccepted")
  static func invalid(_ code: AuthenticatedCode) -> Found { Found(.invalid, code.rawValue) }
  static func unclear(_ code: AuthenticatedCode) -> Found { Found(.indeterminate, code.rawValue) }

  var description: String { "\(finding) \(code)" }
}

/// Always the same answer.
func answering(
  _ body: String, status: Int = 200, headers: [(name: String, value: String)] = []
) -> ScriptedCaller {
  ScriptedCaller { _ in HTTPResponse(status: status, headers: headers, body: Array(body.utf8)) }
}

func text(_ secret: Secret?) -> String? {
  secret?.withExposedBytes { String(decoding: $0, as: UTF8.self) }
}

func fields(_ request: HTTPRequest) -> [String] {
  request.headers.map { "\($0.name): \(text($0.value) ?? "")" }
}

/// A place for what a test changes while others read it.
final class Box<Value: Sendable>: Sendable {
  private let stored: Mutex<Value>

  init(_ value: Value) { stored = Mutex(value) }

  var value: Value {
    get { stored.withLock { $0 } }
    set { stored.withLock { $0 = newValue } }
  }
}
