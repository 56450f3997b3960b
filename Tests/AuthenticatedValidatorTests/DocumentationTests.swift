import AuthenticatedValidator
import Keyfold
import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import KeyfoldValidation
import PageReader
import Testing

/// The examples of the page about the validator.
enum Example {
  static let path = "Plugins/AuthenticatedValidator/AuthenticatedValidator.docc/AuthenticatedValidator.md"

  /// An example, its text changed where a test wants it.
  static func text(_ mode: String, _ changes: KeyValuePairs<String, String> = [:]) throws -> String {
    var text = try #require(try Page(path).example(below: "### \(mode)"))
    for (old, new) in changes {
      try #require(text.contains(old), "\(old)")
      text = text.replacing(old, with: new)
    }
    return text
  }

  static func space(_ text: String) throws -> Space {
    try SpaceFile.read(text: Array(text.utf8), name: "page").space
  }
}

/// What the page says is so.
@Suite struct DocumentationTests {
  private let page: Page

  init() throws { page = try Page(Example.path) }

  @Test func everyCodeIsExplainedOnce() {
    let codes = page.firstColumn(ofTable: "| code | finding | when |")
    #expect(codes.sorted() == AuthenticatedCode.allCases.map(\.rawValue).sorted())
  }

  @Test func everyModeIsExplained() {
    let modes = page.firstColumn(ofTable: "| mode | the proof is | who says what it is worth |")
    #expect(modes.sorted() == ["introspection", "jwt", "url", "userinfo"])
    #expect(page.exampleCount == 4)
  }

  /// The reader of space files knows the settings of the table.
  @Test func everySettingIsKnown() throws {
    let settings = page.firstColumn(ofTable: "| setting | of | values | default |")
    #expect(settings.count >= 20)
    func read(_ setting: String) throws {
      let text = "space: s\nattributes: [{name: a, validators: [{use: authenticated, \(setting): 1}]}]"
      _ = try SpaceFile.read(text: Array(text.utf8), name: "page")
    }
    for setting in settings { try read(setting) }
    #expect(throws: SpaceFileError.self) { try read("audiense") }
  }

  @Test(arguments: ["introspection", "jwt", "userinfo", "url"])
  func examplesAreTakenAsTheyStand(_ mode: String) throws {
    var registry = ValidatorRegistry()
    registry.add(.authenticated)
    let prepared = try registry.validators(for: Example.space(Example.text(mode)), environment: { _ in "x" })
    #expect(prepared[0]?.first?.assurance == .possession)
  }

  @Test(arguments: [
    (
      "introspection", #"{"active":true,"sub":"alice","aud":"keyfold","iss":"https://idp.example"}"#,
      Finding.valid
    ),
    ("introspection", #"{"active":true,"sub":"bob","aud":"keyfold"}"#, .invalid),
    ("userinfo", #"{"sub":"alice"}"#, .valid), ("userinfo", #"{"sub":"bob"}"#, .invalid),
    ("url", #"{"member":{"id":"alice","active":true}}"#, .valid),
    ("url", #"{"member":{"id":"alice","active":false}}"#, .invalid),
    ("url", #"{"member":{"id":"bob","active":true}}"#, .invalid),
  ])
  func examplesJudgeAnswers(_ mode: String, _ body: String, _ finding: Finding) async throws {
    let attribute = try Example.space(Example.text(mode)).attributes[0]
    let validator = try AuthenticatedValidator(
      settings: SettingReader(attribute.validators[0].settings) { _ in "x" }, attribute: attribute,
      caller: answering(body))
    #expect(await validator.verdict("token").finding == finding)
  }
}
