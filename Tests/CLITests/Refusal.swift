import Testing
import ToolHarness

/// A line that must be refused, and how.
struct Refusal: Sendable, CustomTestStringConvertible {
  let line: [UInt8]
  let code: String
  let field: String?
  /// The id of the line, where it can be read.
  let id: String?
  /// What the message must say.
  let says: String

  init(_ line: [UInt8], _ code: String, _ field: String?, id: String? = "bad", says: String = "") {
    (self.line, self.code, self.field, self.id, self.says) = (line, code, field, id, says)
  }

  init(_ line: String, _ code: String, _ field: String?, id: String? = "bad", says: String = "") {
    self.init(Array(line.utf8), code, field, id: id, says: says)
  }

  /// A line that is right but for one member.
  init(member: String, _ code: String, _ field: String?, says: String = "") {
    self.init(#"{"id":"bad",\#(member)}"#, code, field, says: says)
  }

  var testDescription: String { String(decoding: line.prefix(90), as: UTF8.self) }
}

/// Checks a refusal in the midst of a stream: the error line, the exit code, the rest of the stream, and that
/// nothing of the line was stored.
func expectRefused(_ refusal: Refusal, sourceLocation: SourceLocation = #_sourceLocation) throws {
  func expect(_ condition: Bool, _ comment: Comment) {
    #expect(condition, comment, sourceLocation: sourceLocation)
  }
  let keyfold = try Keyfold(space: acme)
  let (before, after) = (#"{"id":"one","keys":{"crmId":"1"}}"#, #"{"id":"two","keys":{"crmId":"2"}}"#)
  let stream = [Array("\(before)\n\n".utf8), refusal.line, Array("\n\(after)\n".utf8)].flatMap { $0 }
  let result = try keyfold.run(["capture", "--input", "-"], stdin: stream)
  expect(result.code == 65, "exit code in \(result)")
  expect(result.stderr == "", "standard error says \(result.stderr)")
  guard result.lines.count == 3 else { return expect(false, "three answers expected in \(result.stdout)") }
  let lines = try result.json()
  expect(lines[0]["id"] == "one" && lines[0]["sequence"] == 1, "the line before: \(lines[0])")
  expect(lines[2]["id"] == "two" && lines[2]["sequence"] == 2, "the line after: \(lines[2])")

  let message = lines[1]["error"]["message"]
  let error: JSON = [
    "code": .string(refusal.code), "field": refusal.field.map { .string($0) } ?? .null, "message": message,
  ]
  let id = refusal.id.map { JSON.string($0) } ?? .null
  expect(lines[1] == ["line": 3, "id": id, "error": error], "\(lines[1])")
  expect(result.lines[1].hasPrefix(#"{"line":3,"id":"#), "fields in order")
  expect(message.text.count > 5 && message.text.contains(refusal.says), "\(message)")

  let counts: JSON = [
    "sequence": 2, "tids": 2, "profiles": 2, "keys": 2, "unverified": 0, "pending": 0, "conflicts": [:],
    "nearLimit": 0, "withheld": [:], "contested": [], "erasePending": false,
  ]
  expect(try keyfold.stats() == counts, "something of it was stored")
  expect(try !keyfold.holds(refusalMarker), "its content was stored")
}

/// A text that stands in refused lines and must be found nowhere afterwards.
let refusalMarker = "MARKED-AS-REFUSED"
