import Glibc
import Keyfold
import KeyfoldCore

let eraseCommand = CommandRule(
  name: "erase", operands: "TID|KEY=VALUE...",
  summary: "erase a customer for good: profile, values and TIDs leave every file of the store",
  details: """
    The whole profile goes, whichever of its TIDs or keys names it. Keys it owned go wherever they stand, in what the
    store knows of other customers too; a key it merely typed stays with the customer whose it is. The journal keeps that
    something was erased, when and why, and stays whole: 'keyfold check --rebuild' still agrees.
    Captures with its TIDs go on as if they had none (unknownTid), and captures with its ids are refused, so that importing
    the same files again brings nobody back.

    You are asked before anything happens, unless you say --yes. Look first: 'keyfold lookup' and 'keyfold explain' show
    who it is, 'keyfold report' writes what is held. What is erased cannot be brought back; backups hold what they held.

    A SQLite store is written anew after it, which takes as long as its size says; several customers in one command share
    that. Where somebody still reads old pages, the command ends with exit code 75 (erasePending): the customer is gone,
    the pages go with 'keyfold erase --finish' or 'keyfold compact' when the reader is done.
    Prints the TIDs and the number of keys that were erased.
    """,
  options: [
    OptionRule("reason", "TEXT", "why; goes into the journal (required)"),
    OptionRule("yes", "do not ask"),
    OptionRule("finish", "clean the files of what earlier erasures had to leave there"),
  ],
  examples: [
    "keyfold erase customerKey=42 --reason 'request 1774' --yes", "keyfold erase --finish",
  ],
  operandCount: 0...1000,
  run: { invocation in
    let composition = Composition(invocation)
    if invocation.has("finish") { return try await finish(invocation, composition) }
    let reason = try invocation.reason()
    let subjects = try invocation.operands.map(erasureSubject)
    if subjects.isEmpty { throw Failure(.usage, "name the customer to erase: a TID, or KEY=VALUE") }
    guard invocation.has("yes") || isatty(STDIN_FILENO) == 1 else {
      throw Failure(.usage, "nobody is there to be asked; --yes erases without asking")
    }
    return try await composition.withResolver(try composition.space(), mayCreate: false) { resolver in
      let profiles = try await profiles(of: subjects, resolver)
      if !invocation.has("yes"), try !confirm(profiles, composition.output) { return .done }
      return try await erase(profiles, reason, resolver, composition.output)
    }
  })

private func finish(_ invocation: Invocation, _ composition: Composition) async throws -> ExitCode {
  guard invocation.operands.isEmpty else {
    throw Failure(.usage, "--finish ends earlier erasures; erase further customers without it")
  }
  try await composition.withResolver(try composition.space(), mayCreate: false) { resolver in
    try await resolver.finishErasing()
  }
  if composition.output.json {
    try composition.output.printJSON { json in json.object { $0.member("finished", true) } }
  } else {
    try composition.output.print("no page of an erased customer is left")
  }
  return .done
}

private func erasureSubject(_ text: String) throws -> ExplanationSubject {
  let subject = try explanationSubject(text)
  if case .capture = subject { throw Failure(.usage, "'\(visible(text))' is neither a TID nor KEY=VALUE") }
  return subject
}

/// The customers that are named, each once; all of them must be there before any is erased.
private func profiles(
  of subjects: [ExplanationSubject], _ resolver: IdentityResolver
) async throws -> [Profile] {
  var profiles: [Profile] = []
  for subject in subjects {
    let found: Profile?
    switch subject {
    case .tid(let tid): found = try await resolver.lookup(tid)
    case .key(let attribute, let value):
      found = try await resolver.lookup(attribute: attribute, value: value).first
    case .capture: found = nil
    }
    guard let found else { throw try await resolver.absence(of: subject) }
    if !profiles.contains(where: { $0.primary.tid == found.primary.tid }) { profiles.append(found) }
  }
  return profiles
}

private func confirm(_ profiles: [Profile], _ output: Output) throws -> Bool {
  for profile in profiles { try output.question(ProfileText(profile: profile, output: output).text + "\n") }
  let who = profiles.count == 1 ? "this customer" : "these \(profiles.count) customers"
  try output.question("erase \(who) for good? [y/N] ")
  let answer = readLine()?.lowercased()
  if answer == "y" || answer == "yes" { return true }
  try output.note("nothing was erased")
  return false
}

private func erase(
  _ profiles: [Profile], _ reason: String, _ resolver: IdentityResolver, _ output: Output
) async throws -> ExitCode {
  var remains: StoreError?
  for (place, profile) in profiles.enumerated() {
    let erased = try await resolver.erase(
      profile.primary.tid, reason: reason, finishing: place == profiles.count - 1)
    remains = erased.remains
    if output.json {
      try output.printJSON { erased.write(into: &$0) }
    } else {
      let keys = erased.keys == 1 ? "1 key" : "\(erased.keys) keys"
      try output.print(
        "erased \(keys) and the TIDs " + erased.tids.map(\.description).joined(separator: ", "))
    }
  }
  if let remains { throw failure(remains) }
  return .done
}
