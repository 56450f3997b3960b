import CRMValidator
import Keyfold
import KeyfoldCore
import KeyfoldSQLiteStore
import KeyfoldValidation

/// Stands for a validator of the reader's own.
private struct MyLoyaltyValidator: KeyValidator {
  let assurance = Assurance.possession

  func validate(_ key: Key, proof: Proof?, context: ValidationContext) async -> Verdict {
    let check = Check("card", of: "loyalty", version: "1", assurance: assurance, context: context)
    let evidence = check.ended(.indeterminate, code: "noAnswer")
    return Verdict(finding: .indeterminate, assurance: assurance, evidence: [evidence])
  }
}

/// What the README shows.
func readmeExample(cookie: String) async throws -> Outcome {
  // begin
  let space = try Space(contentsOf: "keyfold.yaml")
  var validators = ValidatorRegistry()
  validators.add(.crm)  // kinds that the file names with `use`
  try validators.register(MyLoyaltyValidator(), for: "loyaltyCard")  // or one of your own
  let resolver = try await IdentityResolver(
    space: space, store: SQLiteStore(path: "ids.db"), validators: validators)

  let outcome = try await resolver.capture(
    Capture(touchpoint: "web", tid: TID(cookie), keys: ["email": "emma@er.com"]))
  // To the browser goes outcome.touchpointTid and nothing else; outcome.tid names the customer in the back end.
  // end
  return outcome
}
