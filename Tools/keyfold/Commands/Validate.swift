import Keyfold
import KeyfoldCore

let validateCommand = CommandRule(
  name: "validate", operands: "",
  summary: "ask the validators about keys, and capture nothing",
  details: """
    Runs the validators of each key's attribute, as a capture would, and says what they found: valid, invalid, or
    indeterminate where nobody can tell now. 'links' says whether such a key may merge or switch customers from that
    touchpoint: it was proved to be theirs, or the touchpoint is one of the attribute's 'linksFrom'.

    Takes keys from the options, or a stream of NDJSON from --input: captures as 'keyfold capture' takes them, one line of
    verdicts for each, in the same order. Opens no store. Exits 1 where a key is invalid.
    """,
  options: [
    OptionRule("touchpoint", "NAME", "where it happens (default: default)"),
    OptionRule("key", "ATTRIBUTE=VALUE", repeats: true, "a key"),
    OptionRule(
      "proof", "ATTRIBUTE=FILE", repeats: true,
      "the credential for a key, from a file or - for standard input"),
    OptionRule("input", "FILE", "a stream of captures, or - for standard input"),
  ],
  examples: [
    "keyfold validate --key customerKey=42",
    "keyfold validate --touchpoint call-centre --key email=emma@er.com",
    "keyfold validate --key memberId=M7 --proof memberId=token.txt",
    "keyfold validate --input captures.ndjson > verdicts.ndjson",
  ],
  operandCount: 0...0,
  run: { invocation in
    let composition = Composition(invocation)
    let space = try composition.space()
    let resolver = try await composition.resolverWithoutStore(space)
    if invocation.has("input") { return try await validateStream(invocation, resolver, composition.output) }
    let capture = try captureFromOptions(invocation, composition.output)
    guard !capture.keys.entries.isEmpty else {
      throw Failure(.usage, "name a key with --key NAME=VALUE, or a stream of captures with --input")
    }
    return try await validateOnce(capture, resolver, composition.output)
  })

private func validateOnce(
  _ capture: Capture, _ resolver: IdentityResolver, _ output: Output
) async throws -> ExitCode {
  let verdicts: [KeyVerdict]
  do throws(ResolverError) {
    verdicts = try await resolver.validate(capture, onCheck: checkListener(output))
  } catch {
    guard case .refused(let refused) = error else { throw failure(error) }
    throw try refusal(refused, id: nil, output)
  }
  if output.json {
    try output.printJSON { Verdicts(id: capture.id, verdicts: verdicts).write(into: &$0) }
  } else {
    for verdict in verdicts { try output.print(verdictLine(verdict, capture.touchpoint, output)) }
  }
  return verdicts.contains(where: \.isInvalid) ? .notFound : .done
}

private func validateStream(
  _ invocation: Invocation, _ resolver: IdentityResolver, _ output: Output
) async throws -> ExitCode {
  let surplus = ["touchpoint", "key", "proof"].first(where: invocation.has)
  if let surplus { throw Failure(.usage, "--\(surplus) does not go with --input: the stream's lines say it") }
  let interrupts = try Interrupts()
  let input = try openToRead(try invocation.required("input", "a file or -"))
  let stream = CaptureStream(
    label: "captures", output: output, interrupts: interrupts,
    prepare: { captures in
      {
        await eachOf(captures) { capture throws(ResolverError) in
          Verdicts(id: capture.id, verdicts: try await resolver.validate(capture))
        }
      }
    })
  let (code, foundInvalid) = try await stream.run(input, lookingFor: \.isInvalid)
  return code == .done && foundInvalid ? .notFound : code
}

/// The verdicts on the keys of one capture, as a line.
private struct Verdicts: StreamAnswer {
  let id: String?
  let verdicts: [KeyVerdict]

  var isInvalid: Bool { verdicts.contains(where: \.isInvalid) }

  func write(into json: inout JSONWriter) {
    json.object { json in
      json.member("id", id)
      json.name("keys")
      json.array(verdicts) { json, key in key.write(into: &json) }
    }
  }
}

extension KeyVerdict {
  fileprivate var isInvalid: Bool { rejected != nil || verdict?.finding == .invalid }
}

/// What was found about a key, as a person would like to read it.
private func verdictLine(_ key: KeyVerdict, _ touchpoint: String, _ output: Output) -> String {
  let name = Style.bold("\(key.attribute)=\(visible(key.value))", output)
  if let reason = key.rejected {
    let words =
      reason == .blocked ? "a value that never identifies anybody" : "it has not the form of this attribute"
    return "\(Style.red("✗", output)) \(name) \(reason.rawValue): \(words)"
  }
  let from = key.links ? "links from '\(visible(touchpoint))'" : "does not link from '\(visible(touchpoint))'"
  guard let verdict = key.verdict else {
    return "\(Style.green("✓", output)) \(name) trusted as its touchpoint sends it; \(from)"
  }
  switch verdict.finding {
  case .valid:
    let proved = verdict.assurance == .possession ? "proved to be theirs" : "it exists"
    return "\(Style.green("✓", output)) \(name) valid: \(proved); \(from)"
  case .invalid: return "\(Style.red("✗", output)) \(name) invalid"
  case .indeterminate:
    return "\(Style.yellow("?", output)) \(name) indeterminate: nobody can tell now, so it links nothing"
  }
}
