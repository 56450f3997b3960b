public import KeyfoldCore
public import KeyfoldHTTP
public import KeyfoldValidation

/// Asks a shop's loyalty service whether a card exists.
public struct LoyaltyValidator: KeyValidator {
  /// A card exists; that does not say who holds it.
  public let assurance = Assurance.existence
  private let service: String
  private let caller: any HTTPCaller

  /// - Parameters:
  ///   - service: address of the service, to which the number of a card is appended.
  ///   - caller: sends the requests.
  public init(service: String, caller: any HTTPCaller) {
    self.service = service
    self.caller = caller
  }

  /// Says whether there is such a card. Whatever it cannot tell is indeterminate.
  public func validate(_ key: Key, proof: Proof?, context: ValidationContext) async -> Verdict {
    let check = Check("card", of: "loyalty", version: "1", assurance: assurance, context: context)
    let evidence: Evidence
    // Only digits, so that nothing in a card's number can be read as another part of the address.
    if !key.value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      evidence = check.ended(.invalid, code: "malformedNumber")
    } else {
      do throws(CallFailure) {
        let response = try await caller.send(HTTPRequest("GET", Secret(service + key.value)))
        switch response.status {
        case 200: evidence = check.ended(.valid, code: "cardFound", status: 200)
        case 404: evidence = check.ended(.invalid, code: "noSuchCard", status: 404)
        case let status: evidence = check.ended(.indeterminate, code: "unexpectedStatus", status: status)
        }
      } catch {
        evidence = check.ended(.indeterminate, code: error.rawValue)
      }
    }
    return Verdict(finding: evidence.finding, assurance: assurance, evidence: [evidence])
  }
}

extension ValidatorKind {
  /// `use: loyalty` in a space file, with the setting `service`.
  public static func loyalty(caller: any HTTPCaller) -> ValidatorKind {
    ValidatorKind("loyalty", summary: "asks the shop whether a loyalty card exists") { setup in
      LoyaltyValidator(service: try setup.settings.requiredText("service"), caller: caller)
    }
  }
}
