import Foundation
import PageReader
import Testing

/// The tests that the threat model names are there.
@Suite struct ThreatModelTests {
  private let rows: [String]

  init() throws {
    rows = try Page("Modules/Keyfold/Keyfold.docc/ThreatModel.md").text.components(separatedBy: "\n")
      .filter { $0.hasPrefix("| ") && $0.split(separator: "|").count == 3 }
      .filter { !$0.hasSuffix("| shown by |") }
  }

  /// The last column: names of functions, and `file.scenario` with or without a *story* of it.
  private func shown(_ row: String) -> [(name: String, story: String?)] {
    let cell = row.split(separator: "|").last.map(String.init) ?? ""
    return cell.matches(of: /`([^`]+)`(?: \*([^*]+)\*)?/).map { (String($0.1), $0.2.map(String.init)) }
  }

  @Test func everyThreatHasATestThatExists() throws {
    let functions = try Self.functions()
    var named = 0
    #expect(rows.count > 30)
    for row in rows {
      let tests = shown(row)
      #expect(!tests.isEmpty, "no test is named: \(row)")
      for (name, story) in tests {
        named += 1
        if name.hasSuffix(".scenario") {
          let file = Page.root.appendingPathComponent("Tests/ScenarioTests/Scenarios/\(name)")
          let lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
          if let story { #expect(lines.contains("story \(story)"), "\(name) has no story '\(story)'") }
        } else {
          #expect(functions.contains(name), "there is no test '\(name)'")
        }
      }
    }
    print("threat model: \(rows.count) threats, \(named) tests named")
  }

  /// Names of all functions of tests that are marked as such.
  private static func functions() throws -> Set<String> {
    let tests = Page.root.appendingPathComponent("Tests")
    var names: Set<String> = []
    for path in try FileManager.default.subpathsOfDirectory(atPath: tests.path) where path.hasSuffix(".swift")
    {
      let source = try String(contentsOf: tests.appendingPathComponent(path), encoding: .utf8)
      for part in source.components(separatedBy: "@Test").dropFirst() {
        guard let match = part.firstMatch(of: /func (?:`([^`]+)`|([A-Za-z0-9_]+))\(/) else { continue }
        names.insert(String(match.1 ?? match.2 ?? ""))
      }
    }
    return names
  }
}
