import Keyfold
import KeyfoldCore
import KeyfoldPictures

let reportCommand = CommandRule(
  name: "report", operands: "TID|KEY=VALUE",
  summary: "everything that is held about a customer, to be handed to them (access request)",
  details: """
    As JSON, or with --format html as a page in plain words that can be sent out: keys with where and when they were
    captured and who vouched for them, TIDs and touchpoints, data, activity, waiting keys, separations, and the journal's
    entries that speak of the customer. Nothing of other customers is in it.
    Values that nobody vouched for are masked, because somebody else may have typed them on the same device; when you
    know whose they are, --include-unverified shows them. The page shortens TIDs, the JSON holds them in full: whoever
    has a TID passes for the customer at that touchpoint, so hand the JSON over as carefully as a password.
    Make sure who is asking. A key must be verified to lead to a customer. What the law wants told beside the data
    (purposes, recipients, how long they are kept) is yours to add.
    """,
  options: [
    OptionRule("format", "FORMAT", "json (default) or html"),
    OptionRule("output", "FILE", "write to a file that only you may read; .html says the format, too"),
    OptionRule("include-unverified", "show values that nobody vouched for"),
  ],
  examples: [
    "keyfold report customerKey=42 --output your-data.html", "keyfold report customerKey=42 > report.json",
  ],
  operandCount: 1...1,
  run: { invocation in
    let composition = Composition(invocation)
    let output = composition.output
    let isPage = try wantsPage(invocation)
    let subject = try reportSubject(invocation.operands[0])
    let report = try await composition.withResolver(try composition.space(), mayCreate: false) { resolver in
      try await walkJournal(output) { progress throws(ResolverError) in
        try await resolver.accessReport(
          on: subject, includingUnverified: invocation.has("include-unverified"), onProgress: progress)
      }
    }
    var json = JSONWriter(reserving: 1 << 14)
    if !isPage {
      report.write(into: &json)
      json.newLine()
    }
    try writeResult(isPage ? report.html() : json.text, to: invocation.value("output") ?? "-", output)
    if report.maskedValues > 0 {
      let count = report.maskedValues == 1 ? "one value" : "\(report.maskedValues) values"
      try output.note("masked \(count) that nobody vouched for; --include-unverified shows what was captured")
    }
    return .done
  })

private func wantsPage(_ invocation: Invocation) throws -> Bool {
  if invocation.has("text") {
    throw Failure(.usage, "a report is JSON or a page; leave out --text, or write --format html")
  }
  switch invocation.value("format") {
  case "html":
    if invocation.has("json") { throw Failure(.usage, "--format html is no JSON; give one of them") }
    return true
  case "json": return false
  case nil: return !invocation.has("json") && (invocation.value("output")?.hasSuffix(".html") ?? false)
  case let other?: throw Failure(.usage, "--format takes json or html, not '\(visible(other))'")
  }
}

private func reportSubject(_ text: String) throws -> ExplanationSubject {
  let subject = try explanationSubject(text)
  if case .capture = subject { throw Failure(.usage, "'\(visible(text))' is neither a TID nor KEY=VALUE") }
  return subject
}
