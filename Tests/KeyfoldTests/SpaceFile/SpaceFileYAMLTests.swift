import KeyfoldCore
import Testing

@testable import Keyfold

@Suite struct `Space file: YAML it does not take` {
  @Test func `anchors, aliases and tags`() {
    let anchor = "anchors ('&') are not allowed; write the value out where it is needed"
    let alias = "aliases ('*') are not allowed; write the value out (quote it if it is a text)"
    let tag = "tags ('!') are not allowed; a field's type is known without"
    #expect(
      complaints("space: &s acme\nattributes: [{ name: a, trust: *s }]") == [
        "1:8: \(anchor)", "2:32: \(alias)",
      ])
    #expect(
      complaints("space: !!str s\nattributes: !x [{ name: a, trust: source }]") == [
        "1:8: \(tag)", "2:13: \(tag)",
      ])
    #expect(complaints("space: ! s\nattributes: [{ name: a, trust: source }]") == ["1:8: \(tag)"])
    #expect(complaints("space: s\nattributes: &a [&b { name: a, &c trust: source }]").count == 3)
    #expect(
      complaints("space: s\nattributes: [{ name: a, trust: source, linksFrom: [*] }]").first?.contains(
        "needs quotes") == true)
  }

  @Test func `a small file that would become a very large one`() {
    var text = "space: s\na0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      let aliases = repeatElement("*a\(level - 1)", count: 9).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(aliases)]\n"
    }
    let found = complaints(text)
    #expect(found.filter { $0.contains("aliases") }.count == 81)
    #expect(found.filter { $0.contains("anchors") }.count == 10)
  }

  @Test func `a name that stands twice`() {
    #expect(
      complaints("space: s\nattributes: [{ name: a, trust: source }]\nspace: t") == [
        "3:1: 'space' is here already, in line 1"
      ])
    #expect(complaints(aboutAttribute: "name: b") == ["4:5: 'name' is here already, in line 3"])
    #expect(
      complaints(aboutValidator: "{ use: mine, deep: { x: 1, \"x\": 2 } }") == [
        "6:36: 'x' is here already, in line 6"
      ])
    // Spelled with other code points it is another name.
    #expect(complaints(aboutValidator: "{ use: mine, deep: { e\u{301}: 1, \u{E9}: 2 } }") == [])
  }

  @Test func `a name that is no text`() {
    let found = complaints("space: s\n? [a]\n: b\n? {x: y}\n: b\nattributes: [{ name: a, trust: source }]")
    let message = "the name of a field must be text, not a list or a map"
    #expect(found == ["2:3: \(message)", "4:3: \(message)"])
  }

  @Test func `a second document, or none`() {
    let good = "space: s\nattributes: [{ name: a, trust: source }]\n"
    #expect(complaints("---\n\(good)...\n") == [])
    #expect(
      complaints("\(good)---\n\(good)") == ["3:1: a space file is one document; a second one begins here"])
    for empty in ["", "# nothing\n", "---\n", "~", "\n\n", "\u{FEFF}"] {
      #expect(complaints(empty) == ["1:1: the file is empty: a space needs 'space' and 'attributes'"])
    }
  }

  @Test func `nesting`() {
    func nested(_ depth: Int) -> [String] {
      let lists = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
      return complaints(aboutValidator: "{ use: mine, x: \(lists) }")
    }
    #expect(nested(11) == [])
    #expect(nested(12) == ["6:36: nested deeper than 16 levels"])
    #expect(nested(100_000) == ["6:36: nested deeper than 16 levels"])
    #expect(complaints(String(repeating: "{a: ", count: 200_000)) == ["1:65: nested deeper than 16 levels"])
    #expect(complaints(String(repeating: "- ", count: 200_000)) == ["1:33: nested deeper than 16 levels"])
  }

  @Test func `syntax`() {
    #expect(
      complaints("space: s\nattributes: [\n  { name: a }\n") == [
        "4:1: did not find expected ',' or ']', while parsing a flow sequence that begins in line 2"
      ])
    #expect(
      complaints("space: \"s\n") == [
        "2:1: found unexpected end of stream, while scanning a quoted scalar that begins in line 1"
      ])
    #expect(
      complaints("space: s\n\tattributes: x") == [
        "2:1: found a tab character that violates indentation, while scanning a plain scalar "
          + "that begins in line 1"
      ])
    #expect(
      complaints("space: s\nhandoff: { keys: [${KEY}] }").first?.hasSuffix(
        "(a text with '${' needs quotes between brackets)") == true)
  }

  @Test func `a syntax error beside others`() {
    #expect(complaints("space: &a s\nattributes: ]").map { $0.prefix(4) } == ["1:8:", "2:13"])
  }

  @Test func `bytes that are no text`() {
    #expect(complaints(Array("space: é\na: ".utf8) + [0xFF]) == ["2:4: invalid leading UTF-8 octet"])
    #expect(complaints(Array("space: é".utf8) + [0xC3]) == ["1:9: incomplete UTF-8 octet sequence"])
    #expect(complaints("space: éé\u{0}") == ["1:10: control characters are not allowed"])
    #expect(
      complaints("space: \"a\\0b\"\nattributes: [{ name: a, trust: source }]") == [
        "1:8: a NUL character is not allowed"
      ])
    #expect(complaints(Array("space: s".utf8).flatMap { [$0, 0] }).count == 1)
    #expect(complaints([0xFF, 0xFE, 0x61, 0x00]) == ["1:1: invalid leading UTF-8 octet"])
    #expect(complaints([0xED, 0xA0, 0x80]).count == 1)
  }

  @Test func `size`() {
    let good = "space: s\nattributes: [{ name: a, trust: source }]\n#"
    let filling = String(repeating: "x", count: SpaceFile.sizeMax - good.utf8.count)
    #expect(complaints(good + filling) == [])
    #expect(complaints(good + filling + "x") == [" larger than 1048576 bytes"])
  }

  @Test func `so many problems and no more`() {
    let found = complaints((1...50_000).map { "f\($0): 1\n" }.joined())
    #expect(found.count == ProblemList.countMax + 1)
    #expect(found.last == " there is more wrong with this file than these 200 problems")
  }

  /// Whatever the bytes, there is an answer, and every problem lies within the text.
  @Test func `damaged files`() {
    var random = SplitMix64(seed: 2026)
    let original = Array(`Space file: what it reads`.example.utf8)
    let pieces: [[UInt8]] = [
      "&a ", "*a", "{", "[", "- ", ": ", "\"", "\n", "\t", "${", "~", "? ", "!x ", "|\n", "\0",
    ].map { Array($0.utf8) }
    for _ in 0..<2000 {
      var text = original
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        let place = Int.random(in: 0..<text.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: text[place] = UInt8.random(in: 0...255, using: &random)
        case 1: text.removeSubrange(place..<min(text.count, place + Int.random(in: 0..<40, using: &random)))
        default: text.insert(contentsOf: pieces[Int.random(in: 0..<pieces.count, using: &random)], at: place)
        }
      }
      do throws(SpaceFileError) {
        _ = try SpaceFile.read(text: text, name: "k.yaml")
      } catch {
        let lines = text.count { $0 == 0x0A || $0 == 0x0D || $0 == 0x85 } + 2
        #expect(!error.problems.isEmpty)
        #expect(
          error.problems.allSatisfy { (1...lines).contains($0.line) && $0.column > 0 }, "\(error) \(text)")
      }
    }
  }
}
