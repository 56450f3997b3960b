import KeyfoldCore

/// What pictures and pages say, beside the sentences of the explanation.

extension Explanation {
  /// A few words on what it answers.
  var title: String {
    switch answer {
    case .story: "The story of a customer"
    case .connected: "One customer: how it came to that"
    case .apart(let apart): apart.prospect == nil ? "No customer to compare" : "Two customers: why not one"
    }
  }

  /// What can be seen, for those who cannot see it.
  var summary: String {
    let tids = customers.reduce(0) { $0 + $1.tids.count }
    let counts = """
      \(customers.count == 1 ? "One customer" : "\(customers.count) customers") with \(tids) TIDs; \
      \(timeline.count) journal entries that changed or stopped something.
      """
    let names = names
    func told(_ sentence: Sentence) -> String { sentence.text { names[$0] ?? $0.description } + "." }
    return (subjects.map { told($0.statement) } + answerLines.map { told($0.sentence) } + [counts])
      .joined(separator: " ")
  }

  /// One line of the answer.
  struct AnswerLine {
    /// What stands before it.
    enum Mark {
      case step
      case now
      case prospect
    }

    let mark: Mark
    let sentence: Sentence
    /// Journal entry, time and touchpoint.
    let place: Sentence
    /// Who vouched for it.
    let vouching: [Sentence]

    init(
      _ mark: Mark, _ sentence: Sentence, _ sequence: Int64? = nil, _ at: Timestamp? = nil,
      _ touchpoint: String? = nil, vouching: [Sentence] = []
    ) {
      (self.mark, self.sentence, self.vouching) = (mark, sentence, vouching)
      place = .dotted([
        sequence.map { "\(entry: $0)" }, at.map { "\($0)" }, touchpoint.map { "\(quoted: $0)" },
      ])
    }
  }

  /// The answer about two, line by line.
  var answerLines: [AnswerLine] {
    switch answer {
    case .story: return []
    case .connected(let steps):
      return steps.map {
        AnswerLine(.step, $0.sentence, $0.sequence, $0.at, $0.touchpoint, vouching: $0.vouching)
      }
    case .apart(let apart):
      guard let prospect = apart.prospect else { return apart.reasons.map { AnswerLine(.now, $0.sentence) } }
      let reasons = apart.reasons.map { AnswerLine(.step, $0.sentence, $0.sequence, $0.at, $0.touchpoint) }
      let nothing = [AnswerLine(.now, "nothing ever connected them")]
      return (reasons.isEmpty ? nothing : reasons) + apart.differences.map { AnswerLine(.now, $0.sentence) }
        + [AnswerLine(.prospect, prospect.words)]
    }
  }

  /// What a customer is called, by its place in the explanation.
  func name(of customer: Int) -> String {
    "customer \(names[customers[customer].primary] ?? customers[customer].primary.description)"
  }

  /// How many captures are left out of the time line.
  var uneventfulWords: String {
    uneventful == 1 ? "1 more capture changed nothing" : "\(uneventful) more captures changed nothing"
  }
}

extension Diagram.Row {
  /// Journal entry, time and touchpoint.
  var meta: Sentence {
    guard case .event(let event) = self else { return "before the first entry that is known" }
    let again: Sentence? =
      event.times == 1 ? nil : "\(event.times) times, the last in \(entry: event.last)"
    return .dotted([
      "\(entry: event.sequence)", "\(event.at)", event.touchpoint.map { "\(quoted: $0)" }, again,
    ])
  }

  var headline: Sentence {
    switch self {
    case .event(let event): event.headline
    case .untold(let tids): "how \(Sentence.list(tids.map { "\($0)" })) came to be is not in the journal"
    }
  }

  var details: [Sentence] { if case .event(let event) = self { event.details } else { [] } }

  /// TIDs that came to be in it.
  var born: [TID] {
    switch self {
    case .event(let event):
      event.entry.effects.compactMap { if case .born(let tid, _, _) = $0 { tid } else { nil } }
    case .untold(let tids): tids
    }
  }
}

extension KeyStory {
  /// What it is, since when, where and why, and whether it waits.
  var standingWords: Sentence {
    .dotted([
      "\(standing.words)", decisive.map { "\(entry: $0.sequence)" }, decisive.map { "\($0.at)" },
      decisive?.touchpoint.map { "\(quoted: $0)" }, why, waits ? "waits for a verdict" : nil,
    ])
  }
}

extension KeyStory.Standing {
  fileprivate var words: Sentence {
    switch self {
    case .verified: "verified"
    case .claimed: "unverified"
    case .released: "released"
    case .withheld: "withheld"
    case .rejected: "rejected"
    }
  }
}

extension Sentence {
  /// The parts that are there, with dots between them.
  fileprivate static func dotted(_ parts: [Sentence?]) -> Sentence {
    var dotted: Sentence = ""
    for part in parts.compactMap({ $0 }) { dotted += dotted.isEmpty ? part : " · \(part)" }
    return dotted
  }
}
