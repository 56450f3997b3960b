import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import KeyfoldValidation
import Testing

/// The validator that the documentation shows is this one, and it does what the page says.
@Suite struct SamplePluginTests {
  private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private let shop = ScriptedCaller { request in
    request.url == Secret("https://loyalty.example/cards/42")
      ? HTTPResponse(status: 200) : HTTPResponse(status: 404)
  }

  @Test func thePageShowsTheSourceThatIsCompiledHere() throws {
    let page = try String(
      contentsOf: root.appendingPathComponent(
        "Modules/KeyfoldValidation/KeyfoldValidation.docc/WritingAValidator.md"),
      encoding: .utf8)
    let source = try String(
      contentsOf: root.appendingPathComponent("Tests/SamplePluginTests/LoyaltyValidator.swift"),
      encoding: .utf8)
    #expect(page.contains("```swift\n\(source)```"))
  }

  @Test(arguments: ValidatorConformance.cases)
  func keepsWhatEveryValidatorMustDo(_ sentence: ValidatorConformance.Case) async throws {
    let key = Key(attribute: "loyaltyCard", value: "42", strength: 0)
    let validator = LoyaltyValidator(service: "https://loyalty.example/cards/", caller: shop)
    try await sentence.run(on: ValidatorConformance(validator, key: key, proof: Proof("hush-hush-token")))
  }

  /// As a host of one's own has it.
  @Test func aHostRegistersIt() throws {
    let caller = shop
    // begin
    var validators = ValidatorRegistry()
    try validators.register(
      LoyaltyValidator(service: "https://loyalty.example/cards/", caller: caller), for: "loyaltyCard")
    validators.add(.loyalty(caller: caller))
    // end
    #expect(validators.kinds.map(\.name) == ["loyalty"])
  }

  @Test func aSpaceFileNamesIt() async throws {
    let file = """
      space: shop
      attributes:
        - name: loyaltyCard
          linksFrom: [till]
          validators: [{ use: loyalty, service: "https://loyalty.example/cards/" }]

      """
    let space = try SpaceFile.read(text: Array(file.utf8), name: "shop").space
    var validators = ValidatorRegistry()
    validators.add(.loyalty(caller: shop))
    var options = IdentityResolver.Options()
    options.use(ManualDeadline())
    let resolver = try await IdentityResolver(
      space: space, store: MemoryStore(), validators: validators, options: options)
    func capture(_ card: String) async throws -> Outcome.KeyResult? {
      var capture = Capture(touchpoint: "till")
      capture.keys.append(attribute: "loyaltyCard", value: card)
      return try await resolver.capture(capture).keys.first
    }
    #expect(try await capture("42")?.verified == true)
    #expect(try await capture("43")?.reason == .invalid)
    #expect(try await capture("../admin")?.evidence.map(\.code) == ["malformedNumber"])
  }
}
