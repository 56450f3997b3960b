import Foundation

/// A page of the documentation, for tests that hold the code to what it says.
public struct Page: Sendable {
  private let lines: [String]

  /// - Parameters:
  ///   - path: from the root of the package.
  ///   - file: a source file of the package, two folders below its root.
  public init(_ path: String, seenFrom file: String = #filePath) throws {
    let root = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    lines = text.components(separatedBy: "\n")
  }

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
