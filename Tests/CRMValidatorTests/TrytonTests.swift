import CRMValidator
import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldTesting
import KeyfoldValidation
import PageReader
import Testing

/// The server that `Tools/with-servers tryton` starts.
enum Tryton {
  static let url = ProcessInfo.processInfo.environment["KEYFOLD_TEST_TRYTON"]
  static let password = ProcessInfo.processInfo.environment["KEYFOLD_TEST_TRYTON_PASSWORD"] ?? ""
  static let isThere = url != nil
  static let whyNot: Comment = "KEYFOLD_TEST_TRYTON is not set: see Tools/with-servers"
}

/// The page's example against a real Tryton.
@Suite(.enabled(if: Tryton.isThere, Tryton.whyNot))
struct TrytonTests {
  /// A resolver with the example's space, its text changed where a test wants it.
  private func resolver(
    _ changes: [String: String] = [:], password: String = Tryton.password
  ) async throws -> IdentityResolver {
    let page = try Page("Plugins/CRMValidator/CRMValidator.docc/CRMValidator.md")
    var text = try #require(page.example(below: "## Tryton"))
    let ours = [
      "https://tryton.example/crm/rpc/": try #require(Tryton.url), "user: keyfold": "user: admin",
      // A busy machine must not decide a test.
      "        basicAuth:": "        timeoutMs: 60000\n        basicAuth:",
    ]
    for (old, new) in changes.merging(ours, uniquingKeysWith: { $1 }) {
      try #require(text.contains(old))
      text = text.replacing(old, with: new)
    }
    var validators = ValidatorRegistry()
    validators.add(.crm)
    var options = IdentityResolver.Options()
    options.use(ManualDeadline())
    options.environment = { $0 == "TRYTON_PASSWORD" ? password : nil }
    return try await IdentityResolver(
      space: SpaceFile.read(text: Array(text.utf8), name: "page").space, store: MemoryStore(),
      validators: validators, options: options)
  }

  private func result(
    _ value: String, at touchpoint: String = "call-centre", _ resolver: IdentityResolver
  ) async throws -> (result: Outcome.KeyResult, code: String?, status: Int?) {
    let outcome = try await resolver.capture(Capture(touchpoint: touchpoint, keys: ["crmId": .init(value)]))
    let result = try #require(outcome.keys.first)
    return (result, result.evidence.first?.code, result.evidence.first?.status)
  }

  @Test func aPartyVouchesForItsCode() async throws {
    let resolver = try await resolver()
    let found = try await result("CRM000123", resolver)
    #expect(found.result.verified && found.result.result == .associated)
    #expect(found.code == "recordFound" && found.status == 200)
  }

  /// Whoever types a customer number in a browser is not that customer.
  @Test func typedOnTheWebItVouchesForNobody() async throws {
    let resolver = try await resolver()
    let owner = try await resolver.capture(Capture(touchpoint: "call-centre", keys: ["crmId": "CRM000123"]))
    let typed = try await resolver.capture(Capture(touchpoint: "web", keys: ["crmId": "CRM000123"]))
    #expect(typed.tid != owner.tid)
    #expect(typed.keys[0].verified == false)
    #expect(typed.keys[0].evidence.first?.code == "recordFound")
  }

  @Test(arguments: [
    ("CRM000124", "expectationUnmet"), ("CRM999999", "expectationUnmet"), ("crm000123", "expectationUnmet"),
    ("CRM00012%", "expectationUnmet"), ("%", "expectationUnmet"), ("x\"]],0,1]}", "expectationUnmet"),
  ])
  func othersAreInvalid(_ value: String, _ code: String) async throws {
    let found = try await result(value, resolver())
    #expect(found.result.result == .rejected && found.result.reason == .invalid)
    #expect(found.code == code && found.status == 200)
  }

  /// 401 with an empty body.
  @Test func aWrongPasswordSaysNothingOfTheKey() async throws {
    let found = try await result("CRM000123", resolver(password: "wrong"))
    #expect(found.result.result == .associated && !found.result.verified)
    #expect(found.code == "credentialsRefused" && found.status == 401)
  }

  /// Errors of a query and of a record that is not there come with status 200; a method that is none is forbidden.
  @Test(arguments: [
    ([#""code", "=""#: #""cod", "=""#], "errorEnvelope"),
    (["search_read": "search_reed"], "credentialsRefused"),
    (
      [
        "search_read": "read",
        #"[["code", "=", "{value}"]], 0, 1, null, ["code", "active"], {"active_test": false}"#:
          #"[999], ["code"], {"of": "{value}"}"#,
      ], "errorEnvelope"
    ),
  ])
  func errorsSayNothingOfTheKey(_ changes: [String: String], _ code: String) async throws {
    let found = try await result("CRM000123", resolver(changes))
    #expect(found.result.result == .associated && !found.result.verified)
    #expect(found.code == code)
  }

  /// Without `active_test` Tryton keeps quiet about parties that are not active.
  @Test func aPartyThatIsNotActiveIsInvalidEitherWay() async throws {
    let found = try await result("CRM000124", resolver([#"{"active_test": false}"#: "{}"]))
    #expect(found.result.reason == .invalid && found.code == "expectationUnmet")
  }
}
