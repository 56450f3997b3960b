public import KeyfoldCore

extension Scenario {
  /// Runs every story on an empty store of its own.
  ///
  /// - Parameter makeStore: makes an empty store.
  /// - Returns: What was not as expected, and the file as it would have to be to be met.
  public func run(on makeStore: () throws -> any IdentityStore) async throws -> ScenarioReport {
    var lines = self.lines
    var report = ScenarioReport(recording: "")
    var replaced: [(Range<Int>, [String])] = []
    for story in stories {
      var found: [ScenarioReport.Failure] = []
      let run = try await StoryRun(story, store: try makeStore())
      for step in story.steps {
        let expected = self.lines[step.expectation].map(meaning)
        let actual = await run.lines(of: step.action, expected: expected)
        guard actual != expected else { continue }
        found.append(failure(story, step.line, expected: expected, actual: actual))
        // What is known to be wrong is no new baseline.
        if story.knownIssue == nil { replaced.append((step.expectation, actual.map { "  " + $0 })) }
      }
      let (digest, problems) = try await run.finish()
      if !problems.isEmpty { found.append(failure(story, story.line, expected: [], actual: problems)) }
      report.digests.append(digest)
      if found.isEmpty && story.knownIssue != nil { report.unexpectedlyMet.append(story.title) }
      report.failures += found
    }
    for (range, text) in replaced.reversed() { lines.replaceSubrange(range, with: text) }
    report.recording = lines.joined(separator: "\n")
    return report
  }

  private func failure(
    _ story: Story, _ line: Int, expected: [String], actual: [String]
  ) -> ScenarioReport.Failure {
    ScenarioReport.Failure(
      file: name, line: line + 1, action: lines[line], expected: expected, actual: actual,
      knownIssue: story.knownIssue)
  }
}

/// An expectation without its indentation, its remark (two spaces and a `#`) and spaces that only align it.
private func meaning(_ line: String) -> String {
  var text = ""
  var spaces = 0
  var quoted = false
  for character in line {
    if character == " " && !quoted {
      spaces += 1
      continue
    }
    if character == "#" && spaces >= 2 { break }
    if spaces > 0 && !text.isEmpty { text.append(" ") }
    spaces = 0
    if character == "\"" && text.last != "\\" { quoted.toggle() }
    text.append(character)
  }
  return text
}
