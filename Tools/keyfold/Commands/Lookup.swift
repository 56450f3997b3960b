import Keyfold
import KeyfoldCore

let lookupCommand = CommandRule(
  name: "lookup", operands: "KEY=VALUE|TID",
  summary: "show the customer a key or TID belongs to",
  details: """
    Prints the profile: its TIDs, keys, data and activity. Secondary TIDs resolve for ever. Unverified claims identify
    nobody: with --include-unverified, every profile that merely claims the key is printed too.
    Exit code 1 where nobody is found.

    --as-of answers from the journal what was known at a time: captures that came later do not count, whatever time they
    tell of. That reads the journal from its beginning, and holds who belonged to whom for every TID, some 200 bytes each.
    """,
  options: [
    OptionRule("include-unverified", "also profiles that hold the key as an unverified claim"),
    OptionRule("as-of", "TIME", "what was known then: RFC 3339, or # and the number of a journal entry"),
  ],
  examples: [
    "keyfold lookup email=emma@er.com", "keyfold lookup email=emma@er.com --as-of '#5'",
    "keyfold lookup 0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a90 --json",
  ],
  operandCount: 1...1,
  run: { invocation in
    let composition = Composition(invocation)
    let subject = invocation.operands[0]
    let moment = try invocation.moment("as-of")
    let profiles = try await composition.withResolver(try composition.space(), mayCreate: false) { resolver in
      let found = try await find(
        subject, resolver, includingUnverified: invocation.has("include-unverified"), asOf: moment)
      if found.isEmpty, moment == nil, let tid = TID(subject) {
        throw try await resolver.absence(of: .tid(tid))
      }
      return found
    }
    guard !profiles.isEmpty else {
      throw Failure(.notFound, "nobody \(moment == nil ? "has" : "had") \(visible(subject))")
    }
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
  _ subject: String, _ resolver: IdentityResolver, includingUnverified: Bool, asOf moment: Moment?
) async throws -> [Profile] {
  if let tid = TID(subject) {
    guard let moment else { return try await resolver.lookup(tid).map { [$0] } ?? [] }
    return try await resolver.lookup(tid, asOf: moment).map { [$0] } ?? []
  }
  guard subject.contains("=") else {
    throw Failure(.usage, "'\(visible(subject))' is neither KEY=VALUE nor a TID")
  }
  let (name, value) = try Invocation.pair(subject, option: "key")
  do {
    guard let moment else {
      return try await resolver.lookup(
        attribute: name, value: value, includingUnverified: includingUnverified)
    }
    return try await resolver.lookup(
      attribute: name, value: value, includingUnverified: includingUnverified, asOf: moment)
  } catch ResolverError.refused(let refusal) {
    // What was asked for cannot be asked: the command line is at fault, not some input.
    throw Failure(.usage, refusal.description)
  }
}

/// Reads an operand that must be a TID.
func requireTID(_ text: String) throws -> TID {
  guard let tid = TID(text) else {
    throw Failure(.usage, "'\(visible(text))' is not a TID: a UUID version 7 in lower case")
  }
  return tid
}
