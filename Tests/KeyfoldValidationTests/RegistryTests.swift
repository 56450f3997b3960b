import KeyfoldCore
import KeyfoldTesting
import KeyfoldValidation
import Testing

/// What a space names must be there before anything is captured.
@Suite struct RegistryTests {
  private func space(_ settings: Setting = .map([]), use: String = "records") throws -> Space {
    var attribute = KeyAttribute(name: "crmId")
    attribute.linksFrom = ["call-centre"]
    attribute.validators = [ValidatorReference(use: use, settings: settings)]
    return try Space(name: "acme", attributes: [attribute])
  }

  private let records = ValidatorKind("records") { setup in
    _ = try setup.settings.requiredText("url")
    return ScriptedValidator("records", assurance: .existence)
  }

  private func complaint(
    _ registry: ValidatorRegistry, _ space: Space, environment: [String: String] = [:]
  ) throws -> String {
    let error = #expect(throws: ValidatorError.self) {
      try registry.validators(for: space) { environment[$0] }
    }
    return try #require(error).message
  }

  @Test func aKindNobodyAddedIsNamedWithThoseThatAreKnown() throws {
    var registry = ValidatorRegistry()
    registry.add(records, ValidatorKind("lists") { _ in ScriptedValidator(assurance: .existence) })
    let message = try complaint(registry, space(use: "crm"))
    #expect(
      message == "'crmId' uses the validator 'crm', which is not registered here (known: lists, records)")
  }

  @Test func aKindAddedTwiceIsRefused() throws {
    var registry = ValidatorRegistry()
    registry.add(records, records)
    #expect(try complaint(registry, space()) == "the kind of validator 'records' was added twice")
  }

  @Test func anAttributeHasOneValidatorOfItsOwn() throws {
    var registry = ValidatorRegistry()
    try registry.register(ScriptedValidator(assurance: .possession), for: "crmId")
    #expect(throws: ValidatorError(message: "a validator for 'crmId' is registered already")) {
      try registry.register(ScriptedValidator(assurance: .possession), for: "crmId")
    }
  }

  @Test func aSettingThatCannotBeUsedIsNamed() throws {
    var registry = ValidatorRegistry()
    registry.add(records)
    #expect(try complaint(registry, space()) == "the validator 'records' of 'crmId': 'url' is missing")
  }

  /// A look-up, or the capture of another key, works without the CRM's token.
  @Test func aMissingVariableIsSaidWhenTheValidatorIsNeeded() async throws {
    var registry = ValidatorRegistry()
    registry.add(records)
    let settings = Setting.map([.init(name: "url", value: .scalar("https://${CRM_HOST}/{value}"))])
    let prepared = try registry.validators(for: space(settings)) { _ in nil }
    let verification = Verification(validators: prepared, deadline: .seconds(3)) { _ in }
    let error = await #expect(throws: ValidatorError.self) {
      try await verification.verdicts(
        on: [Key(attribute: "crmId", value: "7", strength: 0)], proofs: [:],
        context: ValidationContext(space: "acme", touchpoint: "web", now: Timestamp(microseconds: 0)))
    }
    #expect(error?.message.contains("CRM_HOST") == true)
  }

  @Test func sharedResourcesAreMadeOnce() throws {
    let shared = SharedResources()
    #expect(shared.resource { [1] } == [1])
    #expect(shared.resource { [2] } == [1])
    #expect(shared.resource { "another type" } == "another type")
  }
}
