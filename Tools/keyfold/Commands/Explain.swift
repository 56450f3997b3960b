import Keyfold
import KeyfoldCore
import KeyfoldPictures

let explainCommand = CommandRule(
  name: "explain", operands: "TID|KEY=VALUE|capture:ID [TID|KEY=VALUE|capture:ID]",
  summary: "say why: how a customer came to be, or why two are one, or are not",
  details: """
    Of one TID, key or capture it tells the story of the customer it leads to: how each TID and key came to them, what
    made customers one, and who vouched for it. Of two it names the shortest chain of captures that made them one
    customer; or, where they are two, what kept them apart (a conflict, a separation, a guard, a key nobody vouched for),
    and what would have to happen. capture:ID names a capture by its idempotency id, which may hold any characters.
    It looks through the whole journal. The answer names every customer that is involved: it is for you, not for them.
    Exit code 1 where the store knows nothing of a subject.
    """,
  options: [
    OptionRule(
      "format", "FORMAT", "a picture: svg, html (one file, to be opened in a browser) or dot (for Graphviz)"),
    OptionRule(
      "output", "FILE", "write to a file that only you may read; .svg, .html and .dot say the format, too"),
  ],
  examples: [
    "keyfold explain customerKey=42", "keyfold explain email=emma@er.com customerKey=42",
    "keyfold explain capture:evt-1 --json", "keyfold explain customerKey=42 --output why.html",
  ],
  operandCount: 1...2,
  run: { invocation in
    let composition = Composition(invocation)
    let output = composition.output
    let subjects = try invocation.operands.map(explanationSubject)
    let form = try ExplanationForm(invocation, output)
    let explanation = try await composition.withResolver(try composition.space(), mayCreate: false) {
      try await explain(subjects, $0, output)
    }
    try writeResult(form.text(of: explanation, output), to: invocation.value("output") ?? "-", output)
    return .done
  })

/// What an explanation is written as.
private enum ExplanationForm: String {
  case text
  case json
  case svg
  case html
  case dot

  /// As the options say: `--format`, or the end of the file's name; without either as all results are.
  init(_ invocation: Invocation, _ output: Output) throws {
    let end = invocation.value("output").flatMap { $0.split(separator: ".").last.map(String.init) }
    if let name = invocation.value("format") {
      guard let picture = ExplanationForm(picture: name) else {
        throw Failure(.usage, "--format takes svg, html or dot, not '\(visible(name))'")
      }
      if invocation.has("json") || invocation.has("text") {
        throw Failure(.usage, "--format \(name) is neither JSON nor text; give one of them")
      }
      self = picture
    } else if !invocation.has("json"), !invocation.has("text"), let picture = end.flatMap(Self.init(picture:))
    {
      self = picture
    } else {
      self = output.json ? .json : .text
    }
  }

  private init?(picture name: String) {
    guard let form = ExplanationForm(rawValue: name), form != .text, form != .json else { return nil }
    self = form
  }

  func text(of explanation: Explanation, _ output: Output) -> String {
    switch self {
    case .text: return ExplanationText(explanation: explanation, output: output).text + "\n"
    case .json:
      var json = JSONWriter(reserving: 1 << 16)
      explanation.write(into: &json)
      json.newLine()
      return json.text
    case .svg: return explanation.svg()
    case .html: return explanation.html()
    case .dot: return explanation.dot()
    }
  }
}

private func explain(
  _ subjects: [ExplanationSubject], _ resolver: IdentityResolver, _ output: Output
) async throws -> Explanation {
  try await walkJournal(output) { progress throws(ResolverError) in
    subjects.count == 1
      ? try await resolver.explain(subjects[0], onProgress: progress)
      : try await resolver.explain(subjects[0], subjects[1], onProgress: progress)
  }
}

/// Reads an operand. No attribute's name holds a colon, so that `capture:` cannot begin a key; a capture's id
/// may hold an equals sign.
func explanationSubject(_ text: String) throws -> ExplanationSubject {
  if text.hasPrefix("capture:") { return .capture(id: String(text.dropFirst("capture:".count))) }
  if let tid = TID(text) { return .tid(tid) }
  guard text.contains("=") else {
    throw Failure(.usage, "'\(visible(text))' is neither a TID nor KEY=VALUE nor capture:ID")
  }
  let (name, value) = try Invocation.pair(text, option: "key")
  return .key(attribute: name, value: value)
}
