import KeyfoldCore
import Testing

@testable import Keyfold

@Suite struct `Space file: the template` {
  @Test func `it is a working file`() throws {
    let space = try readSpace(spaceTemplate(name: "acme"))
    #expect(space == (try Space(name: "acme", attributes: [.trusted("customerKey")])))
    for word in [
      "linksFrom", "validators", "limit", "sharedTouchpoints", "rotateTids", "handoff", "crmId", "memberId",
    ] {
      #expect(spaceTemplate(name: "acme").contains(word))
    }
  }

  /// The line without its comment sign if a field stands behind it, and not a sentence.
  private func uncommented(_ line: String) -> String {
    let indent = line.prefix { $0 == " " }
    guard line.dropFirst(indent.count).hasPrefix("# ") else { return line }
    let content = line.dropFirst(indent.count + 2)
    let rest = content.drop { $0 == " " || $0 == "-" }.drop { $0.isLetter }
    return rest.hasPrefix(":") && !rest.hasPrefix(": a ") ? String(indent + content) : line
  }

  @Test func `its examples work once their comment signs are gone`() throws {
    let lines = spaceTemplate(name: "acme").split(separator: "\n").map { uncommented(String($0)) }
    let space = try readSpace(lines.joined(separator: "\n"))
    #expect(space.attributes.map(\.name) == ["customerKey", "crmId", "memberId", "email"])
    #expect(space.rules.handoff?.keys == ["${KEYFOLD_HANDOFF_KEY}"])
    #expect(space.rules.rotateTids && space.rules.sharedTouchpoints == ["store-tablet"])
  }

  @Test func `any name reads back`() throws {
    for name in [
      "a b", "no", "null", "~", "3", "a: b # c", "\"\\", "é\u{301}", "${X}", "$${",
      "\n\r\t\u{1B}\u{85}\u{2028}\u{FEFF}", "*x",
    ] {
      let read = try readSpace(spaceTemplate(name: name)).name
      #expect(Array(read.utf8) == Array(name.utf8))
    }
  }
}
