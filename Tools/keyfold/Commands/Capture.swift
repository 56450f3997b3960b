import Glibc
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
    OptionRule("key", "NAME=VALUE", repeats: true, "a key"),
    OptionRule(
      "proof", "NAME=FILE", repeats: true, "the credential for a key, from a file or - for standard input"),
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
    if invocation.has("tid-seed") {
      try composition.output.note("--tid-seed: these TIDs can be guessed; never use them for customers")
    }
    let dryRun = invocation.has("dry-run")
    return try await composition.withResolver(space, mayCreate: !dryRun, rehearses: dryRun, captures: true) {
      resolver in
      if let capture { return try await captureOnce(capture, resolver, composition.output, dryRun: dryRun) }
      guard let interrupts, let input else { return .bug }
      let stream = CaptureStream(
        resolver: resolver, output: composition.output, interrupts: interrupts, dryRun: dryRun)
      return try await stream.run(input)
    }
  })

private let singleOptions = ["touchpoint", "tid", "key", "proof", "data", "at", "id", "handoff"]

private func checkOptions(_ invocation: Invocation) throws {
  if invocation.has("dry-run") && invocation.has("accept-space-change") {
    throw Failure(.usage, "--accept-space-change does not go with --dry-run: what is accepted is stored")
  }
  guard invocation.has("input"), let surplus = singleOptions.first(where: invocation.has) else { return }
  throw Failure(.usage, "--\(surplus) does not go with --input: the stream's lines say it")
}

/// The one capture the options describe.
private func captureFromOptions(_ invocation: Invocation, _ output: Output) throws -> Capture {
  var capture = Capture()
  capture.id = invocation.value("id")
  capture.touchpoint = invocation.value("touchpoint") ?? capture.touchpoint
  capture.handoff = invocation.value("handoff").map { Secret($0) }
  for text in invocation.all("key") {
    let (name, value) = try Invocation.pair(text, option: "key")
    capture.keys.append(attribute: name, value: value)
  }
  for text in invocation.all("data") {
    let (name, value) = try Invocation.pair(text, option: "data")
    capture.data[ExactText(name)] = value
  }
  for text in invocation.all("proof") {
    let (name, file) = try Invocation.pair(text, option: "proof")
    capture.proofs[ExactText(name)] = try readProof(file)
  }
  if let text = invocation.value("tid") {
    guard let tid = TID(text) else {
      throw try refusal(
        CaptureError(
          .malformedTid, field: "tid", "'\(visible(text))' is not a TID: a UUID version 7 in lower case"),
        id: capture.id, output)
    }
    capture.tid = tid
  }
  if let text = invocation.value("at") {
    guard let time = Timestamp(text) else {
      throw try refusal(
        CaptureError(
          .malformedTime, field: "at",
          "'\(visible(text))' is not a time; write it like 2026-11-24T09:30:00Z (RFC 3339)"),
        id: capture.id, output)
    }
    capture.at = time
  }
  return capture
}

/// A credential from a file, never from the command line, where every process of the machine could read it.
private func readProof(_ path: String) throws -> Proof {
  let file = try openToRead(path, isSecret: true)
  defer { if path != "-" { close(file) } }
  var bytes = [UInt8](repeating: 0, count: Limits.proofBytes + 2)
  var filled = 0
  while filled < bytes.count {
    let count = bytes[filled...].withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
    if count < 0 {
      throw Failure(.inputOutput, "the file of a proof cannot be read: \(String(cString: strerror(errno)))")
    }
    if count == 0 { break }
    filled += count
  }
  let content = bytes[..<filled]
  return Proof(bytes: Array(content.last == UInt8(ascii: "\n") ? content.dropLast() : content))
}

/// Opens a file, or standard input for `-`.
///
/// - Parameter isSecret: whether what was given for a name might be a credential, which must not be seen.
private func openToRead(_ path: String, isSecret: Bool = false) throws -> Int32 {
  let file = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else {
    let code: ExitCode = errno == EACCES || errno == EPERM ? .noPermission : .noInput
    let reason = String(cString: strerror(errno))
    throw Failure(
      code,
      isSecret
        ? "the file of a proof cannot be read: \(reason)" : "'\(visible(path))' cannot be read: \(reason)")
  }
  return file
}

private func captureOnce(
  _ capture: Capture, _ resolver: IdentityResolver, _ output: Output, dryRun: Bool
) async throws -> ExitCode {
  let result: Result<Outcome, ResolverError>
  do throws(ResolverError) {
    result = .success(dryRun ? try await resolver.decision(on: capture) : try await resolver.capture(capture))
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

/// Ends the command because its one capture was refused; programs get the line a stream would have.
private func refusal(_ error: CaptureError, id: String?, _ output: Output) throws -> Failure {
  if output.json { try output.printJSON { error.write(into: &$0, line: 1, id: id) } }
  return Failure(.refusedInput, error.description)
}

/// What kept profiles apart in a decision; the journal knows.
private func obstacles(of outcome: Outcome, _ resolver: IdentityResolver) async throws -> [Obstacle] {
  guard let sequence = outcome.sequence else { return [] }
  let entry = try await resolver.read { view throws(StoreError) in try view.entry(sequence) }
  guard case .capture(let record) = entry?.event else { return [] }
  return record.obstacles
}
