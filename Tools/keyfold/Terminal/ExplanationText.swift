import KeyfoldCore

/// An explanation as a person would like to read it: the answer first, then who is who, then what happened.
///
/// TIDs are called T1, T2… and spelled out once.
struct ExplanationText {
  private let explanation: Explanation
  private let output: Output
  private let names: [TID: String]

  init(explanation: Explanation, output: Output) {
    (self.explanation, self.output, names) = (explanation, output, explanation.names)
  }

  var text: String {
    var lines = explanation.subjects.map { shown($0.statement) }
    lines += answer
    for customer in explanation.customers { lines += [""] + card(customer) }
    if case .story = explanation.answer { lines += [""] + story }
    return lines.joined(separator: "\n")
  }

  private func bold(_ text: String) -> String { Style.bold(text, output) }
  private func dim(_ text: String) -> String { Style.dim(text, output) }

  private func shown(_ sentence: Sentence) -> String {
    sentence.pieces.map { piece in
      switch piece {
      case .words(let words): words
      case .quoted(let text): visible(text)
      case .tid(let tid): bold(name(tid))
      case .key(let key): visible(key.description)
      case .time(let time): time.description
      case .entry(let sequence): "#\(sequence)"
      }
    }
    .joined()
  }

  private func name(_ tid: TID) -> String { names[tid] ?? tid.description }

  // MARK: The answer

  private var answer: [String] {
    switch explanation.answer {
    case .story: return []
    case .connected(let steps):
      let count = steps.count == 1 ? "one step" : "\(steps.count) steps"
      return [
        "",
        "\(Style.green("one customer", output)), \(steps.isEmpty ? "for they are the same" : "by \(count)")",
      ]
        + steps.enumerated().flatMap { step($1, $0 + 1) }
    case .apart(let apart): return [""] + lines(apart)
    }
  }

  private func step(_ step: Explanation.Step, _ number: Int) -> [String] {
    ["  \(number)  \(place(step.sequence, step.at, step.touchpoint))", "     \(shown(step.sentence))"]
      + step.vouching.map { "     \(dim("·")) \(shown($0))" }
  }

  private func lines(_ apart: Apart) -> [String] {
    guard let prospect = apart.prospect else {
      return [Style.yellow("no customer to compare", output)]
        + apart.reasons.map { "  \(shown($0.sentence))" }
    }
    var lines = [Style.yellow("two customers", output)]
    if apart.reasons.isEmpty { lines.append("  nothing ever connected them") }
    for reason in apart.reasons {
      if reason.sequence != nil { lines.append("  \(place(reason.sequence, reason.at, reason.touchpoint))") }
      lines.append("     \(shown(reason.sentence))")
    }
    lines += apart.differences.map { "  \(dim("now")) \(shown($0.sentence))" }
    return lines + ["  \(dim("→")) \(shown(prospect.words))"]
  }

  private func place(_ sequence: Int64?, _ at: Timestamp?, _ touchpoint: String?) -> String {
    let parts = [
      sequence.map { bold("#\($0)") }, at.map { dim($0.description) }, touchpoint.map { visible($0) },
    ]
    return parts.compactMap { $0 }.joined(separator: "  ")
  }

  // MARK: Who is who

  private func card(_ customer: Explanation.Customer) -> [String] {
    var lines = ["\(bold("customer")) \(customer.primary)"]
    let width = customer.tids.map { name($0.record.tid).count }.max() ?? 0
    for story in customer.tids { lines.append("  " + line(story, width)) }
    for story in customer.keys { lines.append("  " + line(story)) }
    for separation in customer.separations {
      let reason = separation.reason.map { ": \(visible($0))" } ?? ""
      lines.append(
        "  \(Style.red("≠", output)) \(bold(name(separation.own))) is not \(bold(name(separation.other)))\(reason)"
      )
    }
    return lines
  }

  private func line(_ story: Explanation.TIDStory, _ width: Int) -> String {
    let name = name(story.record.tid)
    var line = "\(bold(name.padded(to: width)))  \(story.record.tid)"
    if let touchpoint = story.touchpoint { line += "  \(visible(touchpoint))" }
    line += "  \(dim("since \(story.record.bornAt)"))"
    if let parent = story.record.parent {
      let entry = story.link.map { " in #\($0.sequence)" } ?? ""
      line +=
        "  \(story.link?.cause == nil ? "issued beside" : "merged into") \(bold(self.name(parent)))\(entry)"
    }
    return story.record.revoked ? line + "  \(Style.yellow("revoked", output))" : line
  }

  private func line(_ story: KeyStory) -> String {
    let mark =
      switch story.standing {
      case .verified: Style.green("✓", output)
      case .claimed: Style.yellow("?", output)
      case .released, .withheld, .rejected: Style.red("✗", output)
      }
    let entry = story.decisive.map { " in #\($0.sequence)" } ?? ""
    let waits = story.waits ? ", waits for a verdict" : ""
    let detail = "\(story.standing.name)\(entry)\(waits)"
    return "\(mark) \(visible(story.key.description))  \(bold(name(story.origin)))  \(dim(detail))"
  }

  // MARK: What happened

  private var story: [String] {
    var lines = [bold("what happened")]
    for event in explanation.timeline {
      lines.append("  \(place(event.sequence, event.at, event.touchpoint))\(again(event))")
      lines.append("     \(shown(event.headline))")
      lines += event.details.map { "     \(dim("·")) \(shown($0))" }
    }
    if explanation.uneventful > 0 {
      let count = explanation.uneventful == 1 ? "1 capture" : "\(explanation.uneventful) captures"
      lines.append("  \(dim("\(count) more changed nothing"))")
    }
    return lines
  }

  private func again(_ event: Explanation.Event) -> String {
    event.times == 1 ? "" : "  " + dim("\(event.times) times, the last in #\(event.last)")
  }
}
