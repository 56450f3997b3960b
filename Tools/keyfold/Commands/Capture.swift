import Keyfold
import KeyfoldCore

let captureCommand = CommandRule(
  name: "capture", operands: "",
  summary: "validate and capture keys: which customer is this?",
  details: """
    Captures once from the options, or a stream of NDJSON from --input: one capture a line, one outcome or error a line
    in the same order, each printed only after it is durable. A line is a JSON object with any of id, touchpoint, tid,
    handoff, keys, proofs, data and at.

    What comes back as touchpointTid is what the touchpoint stores and sends as tid from now on; tid is the customer's
    name for the back end, and stays there.
    """,
  options: [
    OptionRule("touchpoint", "NAME", "where it happens (default: default)"),
    OptionRule("tid", "TID", "the TID the touchpoint holds"),
    OptionRule("key", "ATTRIBUTE=VALUE", repeats: true, "a key"),
    OptionRule(
      "proof", "ATTRIBUTE=FILE", repeats: true,
      "the credential for a key, from a file or - for standard input"),
    OptionRule("data", "NAME=VALUE", repeats: true, "profile data"),
    OptionRule("at", "TIME", "when it happened, RFC 3339 (default: now)"),
    OptionRule("id", "ID", "idempotency id: a repetition changes nothing and gets the first answer"),
    OptionRule("handoff", "TOKEN", "a token of 'keyfold handoff issue'"),
    OptionRule("input", "FILE", "a stream of captures, or - for standard input"),
    OptionRule("dry-run", "decide on what is stored now, and store nothing"),
    OptionRule("tid-seed", "N", "reproducible TIDs, for tests and demonstrations only: they can be guessed"),
    OptionRule("accept-space-change", "go on with a store that was written with other rules; journalled"),
  ],
  examples: [
    "keyfold capture --key customerKey=42",
    "keyfold capture --touchpoint web --tid 0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a90 --key email=emma@er.com",
    "keyfold capture --input captures.ndjson > outcomes.ndjson",
    #"echo '{"touchpoint":"web","keys":{"customerKey":"42"}}' | keyfold capture --input -"#,
  ],
  operandCount: 0...0,
  run: { invocation in
    let interrupts = try invocation.value("input").map { _ in try Interrupts() }
    let composition = Composition(invocation)
    let space = try composition.space()
    try checkOptions(invocation)
    let capture = try invocation.has("input") ? nil : captureFromOptions(invocation, composition.output)
    // Before a store is created for nothing.
    let input = try invocation.value("input").map { _ in
      try openToRead(try invocation.required("input", "a file or -"))
    }
    if invocation.has("tid-seed") { try composition.warnOfSeed() }
    let dryRun = invocation.has("dry-run")
    return try await composition.withResolver(space, mayCreate: !dryRun, rehearses: dryRun, captures: true) {
      resolver in
      if let capture { return try await captureOnce(capture, resolver, composition.output, dryRun: dryRun) }
      guard let interrupts, let input else { return .bug }
      return try await captureStream(resolver, composition.output, interrupts, dryRun: dryRun).run(input)
    }
  })

private func captureStream(
  _ resolver: IdentityResolver, _ output: Output, _ interrupts: Interrupts, dryRun: Bool
) -> CaptureStream<Outcome> {
  CaptureStream(label: "captures", output: output, interrupts: interrupts) { captures in
    if dryRun {
      let journeys = captures.map { resolver.prepare([$0]) }
      return {
        await eachOf(journeys) { journey throws(ResolverError) in try await journey.rehearsal().get() }
      }
    }
    let journey = resolver.prepare(captures)
    return { await journey.outcomes() }
  }
}

private let singleOptions = ["touchpoint", "tid", "key", "proof", "data", "at", "id", "handoff"]

private func checkOptions(_ invocation: Invocation) throws {
  if invocation.has("dry-run") && invocation.has("accept-space-change") {
    throw Failure(.usage, "--accept-space-change does not go with --dry-run: what is accepted is stored")
  }
  guard invocation.has("input"), let surplus = singleOptions.first(where: invocation.has) else { return }
  throw Failure(.usage, "--\(surplus) does not go with --input: the stream's lines say it")
}

private func captureOnce(
  _ capture: Capture, _ resolver: IdentityResolver, _ output: Output, dryRun: Bool
) async throws -> ExitCode {
  let result: Result<Outcome, ResolverError>
  do throws(ResolverError) {
    let listener = checkListener(output)
    result = .success(
      dryRun
        ? try await resolver.decision(on: capture, onCheck: listener)
        : try await resolver.capture(capture, onCheck: listener))
  } catch {
    result = .failure(error)
  }
  switch result {
  case .success(let outcome):
    if output.json {
      try output.printJSON { outcome.write(into: &$0) }
    } else {
      let obstacles = try await obstacles(of: outcome, resolver)
      try output.print(
        OutcomeText(outcome: outcome, obstacles: obstacles, output: output, dryRun: dryRun).text)
    }
    return .done
  case .failure(.refused(let error)): throw try refusal(error, id: capture.id, output)
  case .failure(let error): throw error
  }
}

/// What kept profiles apart in a decision; the journal knows.
private func obstacles(of outcome: Outcome, _ resolver: IdentityResolver) async throws -> [Obstacle] {
  guard let sequence = outcome.sequence else { return [] }
  let entry = try await resolver.read { view throws(StoreError) in try view.entry(sequence) }
  guard case .capture(let record) = entry?.event else { return [] }
  return record.obstacles
}
