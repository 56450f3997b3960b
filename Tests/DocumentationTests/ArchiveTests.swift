import Foundation
import PageReader
import Testing
import ToolHarness

/// What `Tools/docs` makes of the modules that these tests were built with.
@Suite struct ArchiveTests {
  private struct Graph: Decodable {
    struct Symbol: Decodable {
      struct Comment: Decodable {}
      struct Location: Decodable {}
      struct Kind: Decodable { let identifier: String }
      let kind: Kind
      let pathComponents: [String]
      let docComment: Comment?
      /// Nil for what the compiler made, such as `init(rawValue:)` of an enumeration.
      let location: Location?
    }
    let symbols: [Symbol]
  }

  private let home: Keyfold
  private let built: String

  init() throws {
    home = try Keyfold()
    built = (try Keyfold.tool() as NSString).deletingLastPathComponent
  }

  private func docs(_ arguments: String...) throws -> Keyfold.Result {
    let script = Page.root.appendingPathComponent("Tools/docs").path
    return try home.run(program: "/bin/bash", [script] + arguments)
  }

  /// The store for PostgreSQL is part of it in builds with the trait of that name.
  @Test func everythingPublicIsDocumentedWithPostgresAndWithout() throws {
    let result = try docs("--symbols", built, home.path("symbols"))
    try #require(result.code == 0, "\(result)")
    var count = 0
    for file in try FileManager.default.subpathsOfDirectory(atPath: home.path("symbols")).sorted()
    where file.hasSuffix(".symbols.json") {
      let graph = try JSONDecoder().decode(Graph.self, from: Data(try home.text(of: "symbols/\(file)").utf8))
      for symbol in graph.symbols where symbol.location != nil && symbol.kind.identifier != "swift.extension"
      {
        count += 1
        let name = symbol.pathComponents.joined(separator: ".")
        #expect(symbol.docComment != nil, "\(file): \(name) is public and not documented")
      }
    }
    print("public symbols: \(count)")
    #expect(count > 1000)
  }

  /// docc warns of links that lead nowhere, pictures that are missing and parameters that are not documented.
  @Test func everyPageIsMadeWithoutAWarningWithPostgresAndWithout() throws {
    let result = try docs("--built", built, home.path("docs"))
    if result.code == 69 { return print("SKIPPED: the toolchain has no docc: \(result.stderr)") }
    try #require(result.code == 0, "\(result)")
    let pages = try FileManager.default.subpathsOfDirectory(atPath: home.path("docs/documentation"))
    for page in ["keyfold/tenminutes", "keyfold/semantics", "keyfoldcore/storecontract", "crmvalidator"] {
      #expect(pages.contains("\(page)/index.html"))
    }
    #expect(
      try docs("--built", built, home.folder).code == 73, "a folder that is no documentation was replaced")
  }
}
