import Foundation
import FoundationXML
import KeyfoldCore
import KeyfoldPictures
import Testing
import ToolHarness

/// What can be said of pictures without looking at them.
@Suite struct `Markup of pictures` {
  /// All text of a well-formed document.
  private final class Reader: NSObject, XMLParserDelegate {
    var text = ""
    var elements: [String: Int] = [:]

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      elements[name, default: 0] += 1
    }

    init(_ document: String) throws {
      super.init()
      let parser = XMLParser(data: Data(document.utf8))
      parser.delegate = self
      guard parser.parse() else {
        throw HarnessError("line \(parser.lineNumber): \(String(describing: parser.parserError))")
      }
    }
  }

  @Test(arguments: [3, 300])
  func `an SVG is well-formed and says what it shows`(tids: Int) async throws {
    let explanation = try await Histories.customer(tids: tids)
    let reader = try Reader(explanation.svg())
    #expect(reader.elements["title", default: 0] >= 1 && reader.elements["desc"] == 1)
    for story in explanation.customers[0].tids { #expect(reader.text.contains(story.record.tid.description)) }
    for part in ["crmId=7", "old@er.example", "T\(tids)", "became part of", "stayed apart", "revoked"] {
      #expect(reader.text.contains(part), "\(part)")
    }
    #expect(
      !explanation.svg().contains("http:") || explanation.svg().components(separatedBy: "http").count == 2)
  }

  @Test(arguments: Histories.hostile)
  func `an SVG with any text is well-formed`(_ text: String) async throws {
    let explanation = try await Histories.hostile([text])
    let reader = try Reader(explanation.svg())
    #expect(reader.elements["script"] == nil && reader.elements["img"] == nil)
    let shown = visible(text.replacing("\u{0}", with: "")).prefix(20)
    if !text.unicodeScalars.contains("\u{FFFE}") { #expect(reader.text.contains(shown)) }
  }

  @Test(arguments: Histories.hostile)
  func `a page holds no markup from outside`(_ text: String) async throws {
    let page = try await Histories.hostile([text]).html()
    #expect(page.components(separatedBy: "<script").count == 2)
    #expect(page.components(separatedBy: "<style").count == 4)
    #expect(!page.contains("<img"))
    let policy = try #require(page.firstMatch(of: /content="(default-src[^"]*)"/)?.1)
    #expect(policy.hasPrefix("default-src &#39;none&#39;; style-src &#39;sha256-"))
    #expect(!policy.contains("unsafe"))
    for scalar in page.unicodeScalars where scalar != "\n" {
      let isFormat = [.control, .format].contains(scalar.properties.generalCategory)
      #expect(!isFormat, "\(scalar.value)")
    }
  }

  @Test(arguments: Histories.hostile + ["\\", "\"];x[", "a\\N", "line\nbreak"])
  func `Graphviz reads any text`(_ text: String) async throws {
    let graph = try await Histories.hostile([text]).dot()
    // Outside of strings there are only names of ours.
    let outside = graph.replacing(/"(?:[^"\\]|\\.)*"/, with: "")
    #expect(outside.wholeMatch(of: /[\sA-Za-z0-9_{}\[\]=,;>\-]*/) != nil, "\(outside)")
    let program = "/usr/bin/dot"
    guard FileManager.default.isExecutableFile(atPath: program) else {
      return print("SKIPPED: graphviz is not installed, so that it does not read the graphs")
    }
    let home = try Keyfold()
    try home.write(graph, to: "graph.dot")
    let result = try home.run(program: program, ["-Tsvg", "graph.dot"])
    #expect(result.code == 0 && result.stderr == "")
  }

  /// WCAG 2.2, success criteria 1.4.3 and 1.4.11: 4.5 for text, 3 for lines and marks.
  @Test func `colours stand out from their ground, in the light and in the dark`() async throws {
    let picture = try await Histories.two().svg()
    let style = try #require(picture.firstMatch(of: /<style>([^<]*)<\/style>/)?.1)
    let parts = style.split(separator: "@media (prefers-color-scheme:dark){")
    try #require(parts.count == 2)
    for (part, grounds) in [(parts[0], ["ground", "lane"]), (parts[1], ["ground", "lane"])] {
      let colors = Dictionary(
        part.matches(of: /\.([a-z0-9]+)(?:,\.[a-z]+)*\{(?:fill|color|font[^;{]*;fill):#([0-9a-f]{6})/)
          .map { (String($0.1), String($0.2)) }
      ) { first, _ in first }
      let text = try #require(part.firstMatch(of: /text\{[^}]*fill:#([0-9a-f]{6})/)?.1)
      for ground in grounds {
        let lane = try #require(part.firstMatch(of: /lane[^{]*\{fill:#([0-9a-f]{6})/)?.1)
        let behind = try luminance(ground == "lane" ? String(lane) : #require(colors["ground"]))
        for name in ["k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "stop", "ink"] {
          let color = try #require(colors[name], "\(name)")
          #expect(contrast(try luminance(color), behind) >= 4.5, "\(name) on \(ground)")
        }
        #expect(contrast(try luminance(String(text)), behind) >= 7)
        #expect(contrast(try luminance(#require(colors["s"])), behind) >= 4.5)
      }
    }
  }

  private func luminance(_ hex: String) throws -> Double {
    let value = try #require(Int(hex, radix: 16))
    let linear = [16, 8, 0].map { shift -> Double in
      let part = Double(value >> shift & 0xFF) / 255
      return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
  }

  private func contrast(_ a: Double, _ b: Double) -> Double { (max(a, b) + 0.05) / (min(a, b) + 0.05) }
}
