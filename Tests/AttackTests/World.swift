import Keyfold
import KeyfoldCore
import KeyfoldTesting
import KeyfoldValidation
import Synchronization

/// A space as a shop might have it, and validators that know its customers.
///
/// The CRM knows every number, a mailbox everybody has; only the holder of `token-of-M` proves membership `M`.
final class World: Sendable {
  let crm = Register()
  let resolver: IdentityResolver
  let clock = ManualClock(Timestamp(microseconds: 1_795_510_800_000_000))

  init(store: some IdentityStore = MemoryStore(), rotateTids: Bool = false) async throws {
    var attributes: [KeyAttribute] = []
    for name in ["crmId", "memberId", "email"] {
      var attribute = KeyAttribute(name: name)
      attribute.validators = [ValidatorReference(use: name)]
      if name != "memberId" { attribute.linksFrom = ["call-centre"] }
      attributes.append(attribute)
    }
    var rules = Space.Rules()
    rules.rotateTids = rotateTids
    var registry = ValidatorRegistry()
    try registry.register(crm, for: "crmId")
    try registry.register(TokenReader(), for: "memberId")
    try registry.register(crm, for: "email")
    var options = IdentityResolver.Options()
    options.clock = clock
    options.tids = SeededTIDs(seed: 7)
    options.retriesPendingKeys = false
    resolver = try await IdentityResolver(
      space: try Space(name: "shop", attributes: attributes, rules: rules), store: store,
      validators: registry,
      options: options)
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
