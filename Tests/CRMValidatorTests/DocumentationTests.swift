import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import KeyfoldValidation
import PageReader
import Testing

@testable import CRMValidator

/// What the page about the validator says is so.
@Suite struct DocumentationTests {
  private let page: Page

  init() throws { page = try Page("Plugins/CRMValidator/CRMValidator.docc/CRMValidator.md") }

  @Test func everyCodeIsExplainedOnce() {
    let codes = page.firstColumn(ofTable: "| code | finding | when |")
    #expect(codes.sorted() == RecordCode.allCases.map(\.rawValue).sorted())
    let failures = page.firstColumn(ofTable: "| failure | why there is no answer |")
    // Only mail servers are unwelcoming.
    let ofCalls = CallFailure.allCases.filter { $0 != .unwelcome }
    #expect(failures.sorted() == ofCalls.map(\.rawValue).sorted())
  }

  /// The reader of space files knows the settings of the table.
  @Test func everySettingIsKnown() throws {
    let settings = page.firstColumn(ofTable: "| setting | values | default |")
    #expect(settings.count >= 8)
    func read(_ setting: String) throws {
      let text = "space: s\nattributes: [{name: a, linksFrom: [x], validators: [{use: crm, \(setting): 1}]}]"
      _ = try SpaceFile.read(text: Array(text.utf8), name: "page")
    }
    for setting in settings { try read(setting) }
    #expect(throws: SpaceFileError.self) { try read("urll") }
  }

  @Test func everyExampleIsTried() { #expect(page.exampleCount == 4) }

  /// Answers of the shapes that the services document.
  @Test(arguments: [
    ("## Tryton", #"{"id":1,"result":[{"active":1,"code":"C-1","id":1}]}"#, 200, Finding.valid),
    ("## Tryton", #"{"id":1,"result":[{"active":0,"code":"C-1","id":1}]}"#, 200, .invalid),
    ("## Tryton", #"{"id":1,"result":[]}"#, 200, .invalid),
    ("## Tryton", #"{"id":1,"error":["'cod'",""]}"#, 200, .indeterminate),
    ("## Tryton", "", 401, .indeterminate),
    (
      "## Salesforce",
      #"{"attributes":{"type":"Contact"},"Id":"003","IsDeleted":false,"Customer_Id__c":"C-1"}"#, 200, .valid
    ),
    ("## Salesforce", #"{"Id":"003","IsDeleted":true,"Customer_Id__c":"C-1"}"#, 200, .invalid),
    ("## Salesforce", #"{"Id":"003","IsDeleted":false,"Customer_Id__c":"C-2"}"#, 200, .invalid),
    (
      "## Salesforce", #"[{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}]"#, 404,
      .invalid
    ),
    ("## Salesforce", #"["/services/data/v62.0/sobjects/Contact/003"]"#, 300, .indeterminate),
    (
      "## Salesforce", #"[{"errorCode":"INVALID_SESSION_ID","message":"Session expired or invalid"}]"#, 401,
      .indeterminate
    ),
    ("## Salesforce", #"[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"x"}]"#, 403, .indeterminate),
    ("## HubSpot", #"{"id":"512","properties":{"customer_id":"C-1"},"archived":false}"#, 200, .valid),
    ("## HubSpot", #"{"id":"512","properties":{"customer_id":"C-1"},"archived":true}"#, 200, .invalid),
    (
      "## HubSpot", #"{"status":"error","message":"resource not found","category":"OBJECT_NOT_FOUND"}"#, 404,
      .invalid
    ),
    (
      "## HubSpot", #"{"status":"error","message":"x","category":"EXPIRED_AUTHENTICATION"}"#, 401,
      .indeterminate
    ),
    (
      "## Dynamics 365", #"{"@odata.context":"x","acme_customerid":"C-1","statecode":0,"contactid":"x"}"#,
      200, .valid
    ),
    ("## Dynamics 365", #"{"acme_customerid":"C-1","statecode":1}"#, 200, .invalid),
    (
      "## Dynamics 365",
      #"{"error":{"code":"0x80060891","message":"A record with the specified key values does not exist"}}"#,
      404, .invalid
    ),
    (
      "## Dynamics 365",
      #"{"error":{"code":"0x80072322","message":"Number of requests exceeded the limit"}}"#, 429,
      .indeterminate
    ),
  ])
  func examplesJudgeTheAnswersOfTheirServices(
    _ heading: String, _ body: String, _ status: Int, _ finding: Finding
  ) async throws {
    let caller = ScriptedCaller { _ in HTTPResponse(status: status, body: Array(body.utf8)) }
    let verdict = await (try example(heading, caller)).validate(
      Key(attribute: "crmId", value: "C-1", strength: 0), proof: nil,
      context: ValidationContext(space: "acme", touchpoint: "web", now: Timestamp(microseconds: 0)))
    #expect(verdict.finding == finding)
    #expect(caller.requests.count == 1)
  }

  /// Their call-out settings are such that a client takes them.
  @Test(arguments: ["## Tryton", "## Salesforce", "## HubSpot", "## Dynamics 365"])
  func examplesAreTakenAsTheyStand(_ heading: String) throws {
    var registry = ValidatorRegistry()
    registry.add(.crm)
    let space = try space(heading)
    #expect(throws: Never.self) { try registry.validators(for: space, environment: { _ in "x" }) }
    #expect(try registry.validators(for: space, environment: { _ in "x" })[0]?.first?.assurance == .existence)
  }

  private func space(_ heading: String) throws -> Space {
    let text = try #require(page.example(below: heading))
    return try SpaceFile.read(text: Array(text.utf8), name: "page").space
  }

  private func example(_ heading: String, _ caller: any HTTPCaller) throws -> CRMValidator {
    let attribute = try space(heading).attributes[0]
    return try CRMValidator(
      settings: SettingReader(attribute.validators[0].settings) { _ in "x" }, attribute: attribute,
      caller: caller)
  }
}
