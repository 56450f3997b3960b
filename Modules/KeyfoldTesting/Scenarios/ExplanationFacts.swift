import Keyfold
import KeyfoldCore

extension StoryRun {
  func explain(_ lines: [ExplanationSubjectLine]) async throws -> [Fact] {
    var subjects: [ExplanationSubject] = []
    for line in lines {
      switch line {
      case .tid(let name): subjects.append(.tid(try tid(name)))
      case .key(let name, let value): subjects.append(.key(attribute: name, value: value))
      case .capture(let id): subjects.append(.capture(id: id))
      }
    }
    let explanation =
      subjects.count == 1
      ? try await resolver.explain(subjects[0])
      : try await resolver.explain(subjects[0], subjects[1])
    return ExplanationFacts(explanation: explanation).lines
  }
}

/// An explanation as the lines of a scenario.
struct ExplanationFacts {
  let explanation: Explanation

  var lines: [Fact] {
    explanation.subjects.map { Fact($0.statement) } + answer
  }

  private var answer: [Fact] {
    switch explanation.answer {
    case .story: return story
    case .connected(let steps): return ["one customer"] + steps.flatMap(step)
    case .apart(let apart):
      return
        (["two customers"] + apart.reasons.map(reason) + apart.differences.map(reason)
        + (apart.prospect.map { [Fact($0.words)] } ?? []))
    }
  }

  private var story: [Fact] {
    var lines: [Fact] = []
    for event in explanation.timeline {
      let times: Fact = event.times == 1 ? "" : " (\(event.times) times, last in \(event.last))"
      lines.append("\(place(event.sequence, event.touchpoint))\(times): \(Fact(event.headline))")
      lines += event.details.map { "- \(Fact($0))" }
    }
    if explanation.uneventful > 0 { lines.append("\(explanation.uneventful) more changed nothing") }
    return lines
  }

  private func step(_ step: Explanation.Step) -> [Fact] {
    ["\(end(step.from)) to \(end(step.to)): \(place(step.sequence, step.touchpoint)): \(Fact(step.sentence))"]
      + step.vouching.map { "- \(Fact($0))" }
  }

  private func end(_ end: Explanation.Step.End) -> Fact {
    switch end {
    case .tid(let tid): "\(tid)"
    case .key(let key): "\(Fact("\(key)" as Sentence))"
    }
  }

  private func reason(_ reason: Apart.Reason) -> Fact {
    let place = reason.sequence == nil ? "now" : place(reason.sequence, reason.touchpoint)
    return "\(place), \(reason.code.rawValue): \(Fact(reason.sentence))"
  }

  private func place(_ sequence: Int64?, _ touchpoint: String?) -> String {
    let entry = sequence.map { "entry \($0)" } ?? "unknown entry"
    return touchpoint.map { "\(entry) at \(written($0))" } ?? entry
  }
}

extension Fact {
  /// A sentence, with keys as a scenario writes them.
  init(_ sentence: Sentence) {
    var fact: Fact = ""
    for piece in sentence.pieces {
      switch piece {
      case .words(let words): fact += "\(words)"
      case .quoted(let text): fact += "\(text)"
      case .tid(let tid): fact += "\(tid)"
      case .key(let key): fact += "\(key.attribute)=\(written(key.value))"
      case .time(let time): fact += "\(time)"
      case .entry(let sequence): fact += "#\(sequence)"
      }
    }
    self = fact
  }
}
