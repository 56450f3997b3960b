import Keyfold
import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import KeyfoldValidation
import Synchronization

@testable import EmailValidator

/// A validator as a space file describes it, with scripts in place of servers.
struct Harness {
  /// What it is asked about in these tests.
  static let attribute: KeyAttribute = {
    var attribute = KeyAttribute(name: "email")
    attribute.normalize = [.email]
    return attribute
  }()

  let validator: EmailValidator

  /// The first validator of an attribute.
  init(
    _ attribute: KeyAttribute, http: any HTTPCaller, mail: ScriptedMailServer, environment: [String: String]
  ) throws {
    let reader = SettingReader(attribute.validators[0].settings) { environment[$0] }
    let calls = EmailCalls(http, mail: mail)
    validator = try EmailValidator(settings: reader, attribute: attribute, calls: calls)
  }

  /// - Parameters:
  ///   - settings: beside `use: email`, as they stand between braces in YAML.
  ///   - http: answers the HTTP calls.
  ///   - replies: those of the mail server.
  init(
    _ settings: String, http: any HTTPCaller = ScriptedCaller { _ in HTTPResponse(status: 500) },
    mail: ScriptedMailServer = ScriptedMailServer(reply: 250), environment: [String: String] = [:]
  ) throws {
    let calls = EmailCalls(http, mail: mail)
    validator = try EmailValidator(
      settings: try Harness.reader(settings, environment), attribute: Harness.attribute, calls: calls)
  }

  /// The settings, read as a space file is.
  static func reader(_ settings: String, _ environment: [String: String] = [:]) throws -> SettingReader {
    let text = """
      space: acme
      attributes:
        - { name: email, normalize: [email], linksFrom: [desk], validators: [{ use: email, \(settings) }] }
      """
    let space = try SpaceFile.read(text: Array(text.utf8), name: "test").space
    return SettingReader(space.attributes[0].validators[0].settings) { environment[$0] }
  }

  func verdict(
    on value: String, proof: String? = nil, onCheck: (@Sendable (Evidence) -> Void)? = nil
  ) async -> Verdict {
    var context = ValidationContext(space: "acme", touchpoint: "web", now: Timestamp(microseconds: 7))
    context.onCheck = onCheck
    return await validator.validate(
      Key(attribute: "email", value: value, strength: 0), proof: proof.map { Proof($0) }, context: context)
  }
}

extension Verdict {
  /// Check, finding and code of each piece of evidence.
  var story: [String] { evidence.map { "\($0.check) \($0.finding) \($0.code)" } }
}

/// A mail server that always replies the same, and remembers what it was asked.
final class ScriptedMailServer: Sendable {
  private let outcome: Result<Int, CallFailure>
  private let asked = Mutex<[SMTPQuestion]>([])

  init(reply: Int) { outcome = .success(reply) }
  init(_ failure: CallFailure) { outcome = .failure(failure) }

  var questions: [SMTPQuestion] { asked.withLock { $0 } }

  func ask(_ question: SMTPQuestion) throws(CallFailure) -> Int {
    asked.withLock { $0.append(question) }
    return try outcome.get()
  }
}

extension EmailCalls {
  /// Calls by script.
  init(_ http: any HTTPCaller, mail: ScriptedMailServer = ScriptedMailServer(reply: 250)) {
    self.init(
      http: { _ in http }, mail: { _, _ in { question throws(CallFailure) in try mail.ask(question) } })
  }
}

/// A DNS server over HTTPS where every domain has a host for its mail, except for those named, which do not exist.
func dnsServer(without missing: String...) -> ScriptedCaller {
  ScriptedCaller { request in
    let question = asked(request.body.map(bytes) ?? [])
    let exists = !missing.contains(question.name)
    return response(
      DNSBytes(
        question.name, type: question.type, responseCode: exists ? 0 : 3,
        exists ? [.mx(question.name, "mx.example.net")] : []
      ).bytes)
  }
}

/// An answer with a JSON body.
func json(_ body: String, status: Int = 200) -> HTTPResponse {
  HTTPResponse(status: status, headers: [("content-type", "application/json")], body: Array(body.utf8))
}
