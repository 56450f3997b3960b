import CRMValidator
import Keyfold
import KeyfoldCore
import KeyfoldTesting
import KeyfoldValidation
import Synchronization

/// A space as a shop might have it, and validators that know its customers.
///
/// The CRM knows every number, a mailbox everybody has; only the holder of `token-of-M` proves membership `M`.
final class World: Sendable {
  let register = Register()
  let resolver: IdentityResolver
  let clock = ManualClock(Timestamp(microseconds: 1_795_510_800_000_000))

  /// - Parameter crm: address of a server that has the records, in place of the register.
  init(crm: String? = nil) async throws {
    var registry = ValidatorRegistry()
    registry.add(.crm)
    try registry.register(TokenReader(), for: "memberId")
    if crm == nil {
      for attribute in ["crmId", "email"] { try registry.register(register, for: attribute) }
    }
    var options = IdentityResolver.Options()
    options.clock = clock
    options.tids = SeededTIDs(seed: 7)
    options.retriesPendingKeys = false
    // However busy the machine is: what is down says so.
    options.use(ManualDeadline())
    let file = World.spaceFile(crm: crm ?? "https://crm.invalid")
    resolver = try await IdentityResolver(
      space: try SpaceFile.read(text: Array(file.utf8), name: "shop").space, store: MemoryStore(),
      validators: registry, options: options)
  }

  private static func spaceFile(crm: String) -> String {
    let record = """
      { use: crm, url: "\(crm)/records/{value}", expect: { /id: "{value}" }, timeoutMs: 60000,
          connectTimeoutMs: 60000, retries: 0, breaker: { failures: 3, openMs: 20 }, cache: false }
      """
    return """
      space: shop
      attributes:
        - name: crmId
          linksFrom: [call-centre]
          validators: [\(record)]
        - name: memberId
          validators: [{ use: token }]
        - name: email
          linksFrom: [call-centre]
          validators: [\(record)]

      """
  }
}

/// Says that every key exists, unless it is down.
final class Register: KeyValidator {
  let assurance = Assurance.existence
  private let down = Mutex(false)

  var isDown: Bool {
    get { down.withLock { $0 } }
    set { down.withLock { $0 = newValue } }
  }

  func validate(_ key: Key, proof: Proof?, context: ValidationContext) async -> Verdict {
    let isDown = isDown
    let check = Check("record", of: "register", version: "1", assurance: assurance, context: context)
    let evidence = check.ended(isDown ? .indeterminate : .valid, code: isDown ? "down" : "found")
    return Verdict(finding: evidence.finding, assurance: assurance, evidence: [evidence])
  }
}

/// Takes `token-of-M` as a proof of `M`.
private struct TokenReader: KeyValidator {
  let assurance = Assurance.possession

  func validate(_ key: Key, proof: Proof?, context: ValidationContext) async -> Verdict {
    let check = Check("token", of: "idp", version: "1", assurance: assurance, context: context)
    guard let proof else {
      let evidence = check.ended(.indeterminate, code: "noProof")
      return Verdict(finding: .indeterminate, assurance: assurance, evidence: [evidence], retryable: false)
    }
    let finding: Finding = proof == Proof("token-of-\(key.value)") ? .valid : .invalid
    return Verdict(
      finding: finding, assurance: assurance, evidence: [check.ended(finding, code: finding.rawValue)])
  }
}
