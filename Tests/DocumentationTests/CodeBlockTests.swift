import Foundation
import Keyfold
import PageReader
import Testing

/// Every block of code in every page is compiled, run, or read by what it is for.
@Suite struct CodeBlockTests {
  /// What is done with the blocks of each language.
  private static let languages: Set<String> = ["csv", "json", "ndjson", "sh", "swift", "text", "yaml"]

  @Test func everyBlockIsTried() throws {
    var tried: [String: Int] = [:]
    var skipped = 0
    for block in try Page.all().flatMap(\.codeBlocks) {
      #expect(Self.languages.contains(block.language), "\(block): nothing tries '\(block.language)'")
      #expect(
        block.language != "text" || block.isOutput || block.reasonNotRun != nil, "\(block): whose output?")
      if let reason = block.reasonNotRun {
        print("SKIPPED: \(block): \(reason)")
        skipped += 1
      } else {
        tried[block.language, default: 0] += 1
      }
    }
    let counts = tried.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    print("code blocks: \(counts.joined(separator: ", ")), \(skipped) skipped")
    #expect(tried.values.reduce(0, +) > 60)
  }

  @Test func spaceFilesAreSound() throws {
    let blocks = try Page.all().flatMap(\.codeBlocks).filter {
      $0.language == "yaml" && $0.reasonNotRun == nil
    }
    try #require(!blocks.isEmpty)
    for block in blocks {
      #expect(throws: Never.self, "\(block)") {
        try SpaceFile.read(text: Array(block.text.utf8), name: block.description)
      }
    }
  }

  @Test func jsonIsJSON() throws {
    for block in try Page.all().flatMap(\.codeBlocks) where block.language == "json" {
      #expect(throws: Never.self, "\(block)") {
        try JSONSerialization.jsonObject(with: Data(block.text.utf8))
      }
    }
  }

  /// Lines that a page shows are captures as streams and imports take them.
  @Test func capturesAreCaptures() throws {
    let blocks = try Page.all().flatMap(\.codeBlocks).filter { $0.language == "ndjson" }
    try #require(!blocks.isEmpty)
    for block in blocks {
      for line in block.text.split(separator: "\n") {
        let capture = CaptureLine(ArraySlice(line.utf8)).capture
        #expect(throws: Never.self, "\(block): \(line)") { try capture.get() }
      }
    }
  }

  /// What a page has its reader keep is used there, and a table of values is nothing but kept.
  @Test func filesAreUsed() throws {
    for page in try Page.all() {
      let blocks = page.codeBlocks
      for (place, block) in blocks.enumerated() {
        if block.language == "csv" { #expect(block.file != nil, "\(block) is never used") }
        guard let file = block.file, file != "keyfold.yaml" else { continue }
        let isUsed = blocks[place...].contains { $0.language == "sh" && $0.text.contains(file) }
        #expect(isUsed, "\(block): no later shell block uses \(file)")
      }
    }
  }
}
