import Foundation
import PageReader
import Testing

/// The Swift that pages show is compiled with these tests: it stands between `// begin` and `// end` in a
/// source file of theirs, or is such a file.
@Suite struct SwiftBlockTests {
  private struct Example {
    let file: String
    let text: String
    let imports: Set<String>
  }

  /// Where examples may stand. The other folder has a validator that is a module of its own.
  private static let folders = ["Tests/DocumentationTests/Examples", "Tests/SamplePluginTests"]

  @Test func everyBlockIsCompiled() throws {
    let examples = try Self.examples()
    for block in try Self.blocks() {
      #expect(examples.contains { Self.shows(block, $0) }, "\(block) is compiled nowhere:\n\(block.text)")
    }
  }

  @Test func everyExampleIsShown() throws {
    let blocks = try Self.blocks()
    for example in try Self.examples() {
      #expect(blocks.contains { Self.shows($0, example) }, "\(example.file): no page shows\n\(example.text)")
    }
  }

  /// A block may begin with imports: then its example's file has them.
  private static func shows(_ block: CodeBlock, _ example: Example) -> Bool {
    if block.text == example.text { return true }
    let lines = block.text.components(separatedBy: "\n")
    let imports = lines.prefix { $0.hasPrefix("import ") }
    guard !imports.isEmpty, lines.dropFirst(imports.count).first == "" else { return false }
    return lines.dropFirst(imports.count + 1).joined(separator: "\n") == example.text
      && example.imports.isSuperset(of: imports)
  }

  private static func blocks() throws -> [CodeBlock] {
    let blocks = try Page.all().flatMap(\.codeBlocks).filter {
      $0.language == "swift" && $0.reasonNotRun == nil
    }
    try #require(!blocks.isEmpty)
    return blocks
  }

  private static func examples() throws -> [Example] {
    try folders.flatMap { folder in
      let path = Page.root.appendingPathComponent(folder).path
      return try FileManager.default.contentsOfDirectory(atPath: path).sorted().flatMap { name in
        let source = try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
        return examples(of: source, in: "\(folder)/\(name)")
      }
    }
  }

  private static func examples(of source: String, in file: String) -> [Example] {
    let lines = source.components(separatedBy: "\n")
    let imports = Set(lines.filter { $0.hasPrefix("import ") })
    let parts = lines.split(omittingEmptySubsequences: false) {
      $0.trimmingCharacters(in: .whitespaces) == "// begin"
    }
    guard parts.count > 1 else { return [Example(file: file, text: source, imports: imports)] }
    return parts.dropFirst().map { part in
      let shown = part.prefix { $0.trimmingCharacters(in: .whitespaces) != "// end" }
      let margin = shown.filter { !$0.isEmpty }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
      let text = shown.map { $0.dropFirst(margin) + "\n" }.joined()
      return Example(file: file, text: text, imports: imports)
    }
  }
}
