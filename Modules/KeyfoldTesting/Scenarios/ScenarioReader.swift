/// Takes a scenario apart into stories and steps.
struct ScenarioReader {
  private let lines: [String]
  private let name: String
  private var next = 0
  /// The space block before the first story, for every story without one of its own.
  private var commonSpace = ""
  private var found: [Story] = []

  init(lines: [String], name: String) {
    self.lines = lines
    self.name = name
  }

  mutating func stories() throws(ScenarioError) -> [Story] {
    while next < lines.count {
      let line = lines[next]
      if line.isBlankOrComment {
        next += 1
      } else if line.first == " " {
        throw error("an expectation must stand right below what happens")
      } else {
        try read(line)
      }
    }
    if found.isEmpty { throw ScenarioError(file: name, line: 1, message: "there is no story in it") }
    return found
  }

  private mutating func read(_ line: String) throws(ScenarioError) {
    let start = next
    next += 1
    if line == "space" {
      let block = takeIndented()
      let space = "  space: scenario\n" + lines[block].joined(separator: "\n") + "\n"
      if found.isEmpty { commonSpace = space } else { found[found.count - 1].space = space }
    } else if let title = line.dropping(prefix: "story ") {
      found.append(Story(title: title, line: start, space: commonSpace))
    } else if found.isEmpty {
      throw ScenarioError(file: name, line: start + 1, message: "a 'story' line must come first")
    } else if let reason = line.dropping(prefix: "known issue ") {
      found[found.count - 1].knownIssue = reason
    } else {
      let action = try action(line, at: start)
      found[found.count - 1].steps.append(
        Step(action: action, line: start, expectation: takeIndented()))
    }
  }

  private func action(_ line: String, at place: Int) throws(ScenarioError) -> Action {
    do throws(NotationError) {
      return try Action(reading: line)
    } catch {
      throw ScenarioError(file: name, line: place + 1, message: error.message)
    }
  }

  private mutating func takeIndented() -> Range<Int> {
    let start = next
    while next < lines.count, lines[next].first == " ", !lines[next].isBlankOrComment { next += 1 }
    return start..<next
  }

  private func error(_ message: String) -> ScenarioError {
    ScenarioError(file: name, line: next + 1, message: message)
  }
}

extension String {
  fileprivate var isBlankOrComment: Bool {
    let first = first { $0 != " " }
    return first == nil || first == "#"
  }

  fileprivate func dropping(prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }
}
