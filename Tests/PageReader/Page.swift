public import Foundation

/// A page of the documentation, for tests that hold the code to what it says.
public struct Page: Sendable {
  /// From the root of the package.
  public let path: String
  let lines: [String]

  /// The folder that holds the package.
  public static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// - Parameter path: from the root of the package.
  public init(_ path: String) throws {
    self.path = path
    let text = try String(contentsOf: Page.root.appendingPathComponent(path), encoding: .utf8)
    lines = text.components(separatedBy: "\n")
  }

  /// Every page for people who use Keyfold: the README and its like, and the articles of the modules.
  public static func all() throws -> [Page] {
    let articles = try ["Modules", "Plugins"].flatMap { folder in
      try FileManager.default.subpathsOfDirectory(atPath: root.appendingPathComponent(folder).path)
        .filter { $0.hasSuffix(".md") }.map { "\(folder)/\($0)" }
    }
    return try (["README.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md"] + articles.sorted())
      .map { try Page($0) }
  }

  /// The whole page.
  public var text: String { lines.joined(separator: "\n") }

  /// The words in code voice in the first column of the table whose head is this line.
  public func firstColumn(ofTable head: String) -> [String] {
    guard let start = lines.firstIndex(of: head) else { return [] }
    return lines[start...].dropFirst(2).prefix { $0.hasPrefix("|") }.flatMap { row in
      words(row.split(separator: "|").first.map(String.init) ?? "")
    }
  }

  /// The first example in YAML below a heading.
  public func example(below heading: String) -> String? {
    guard let section = lines.firstIndex(of: heading),
      let start = lines[section...].firstIndex(of: "```yaml")
    else { return nil }
    return lines[(start + 1)...].prefix { $0 != "```" }.joined(separator: "\n") + "\n"
  }

  /// How many examples in YAML there are.
  public var exampleCount: Int { lines.count { $0 == "```yaml" } }

  private func words(_ cell: String) -> [String] {
    let parts = cell.components(separatedBy: "`")
    return parts.indices.filter { $0 % 2 == 1 }.map { parts[$0] }
  }
}
