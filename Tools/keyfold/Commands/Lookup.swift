import Keyfold
import KeyfoldCore

let lookupCommand = CommandRule(
  name: "lookup", operands: "KEY=VALUE|TID",
  summary: "show the customer a key or TID belongs to",
  details: """
    Prints the profile: its TIDs, keys, data and activity. Secondary TIDs resolve for ever. Unverified claims identify
    nobody: with --include-unverified, every profile that merely claims the key is printed too.
    Exit code 1 where nobody is found.
    """,
  options: [OptionRule("include-unverified", "also profiles that hold the key as an unverified claim")],
  examples: [
    "keyfold lookup email=emma@er.com", "keyfold lookup 0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a90 --json",
  ],
  operandCount: 1...1,
  run: { invocation in
    let composition = Composition(invocation)
    let subject = invocation.operands[0]
    let profiles = try await composition.withResolver(try composition.space(), mayCreate: false) { resolver in
      try await find(subject, resolver, includingUnverified: invocation.has("include-unverified"))
    }
    guard !profiles.isEmpty else { throw Failure(.notFound, "nobody has \(visible(subject))") }
    for profile in profiles {
      if composition.output.json {
        try composition.output.printJSON { profile.write(into: &$0) }
      } else {
        try composition.output.print(ProfileText(profile: profile, output: composition.output).text)
      }
    }
    return .done
  })

private func find(
  _ subject: String, _ resolver: IdentityResolver, includingUnverified: Bool
) async throws -> [Profile] {
  if let tid = TID(subject) { return try await resolver.lookup(tid).map { [$0] } ?? [] }
  guard subject.contains("=") else {
    throw Failure(.usage, "'\(visible(subject))' is neither KEY=VALUE nor a TID")
  }
  let (name, value) = try Invocation.pair(subject, option: "key")
  do throws(ResolverError) {
    return try await resolver.lookup(attribute: name, value: value, includingUnverified: includingUnverified)
  } catch {
    // What was asked for cannot be asked: the command line is at fault, not some input.
    if case .refused(let refusal) = error { throw Failure(.usage, refusal.description) }
    throw failure(error)
  }
}

/// Reads an operand that must be a TID.
func requireTID(_ text: String) throws -> TID {
  guard let tid = TID(text) else {
    throw Failure(.usage, "'\(visible(text))' is not a TID: a UUID version 7 in lower case")
  }
  return tid
}
