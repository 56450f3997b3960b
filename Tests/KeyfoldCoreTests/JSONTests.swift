import Foundation
import KeyfoldCore
import Testing

/// The JSON parser against Foundation's, and where it must be stricter.
@Suite struct JSONTests {
  /// Texts that are valid or broken in one place each.
  static let samples = [
    "{}", "[]", "null", "true", "false", "0", "-0", "1e5", "1.5E-3", "-12.0", "\"\"", "\"a\"", " [1 , 2] ",
    "{a:1}", "{\"a\" 1}", "[1 2]", "nul", "tru", "+1", "01", "1.", ".5", "1e", "--1", "\"\\x\"", "\"\\u12\"",
    "\"\\u00e9\"", "\"\\ud83d\\ude00\"", "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83d\\u0041\"", "\"\u{1}\"",
    "\"\t\"", "\"é\"",
    "[[[[]]]]", "{\"a\":{\"b\":[{\"c\":null}]}}", "", " ", "[", "{", "\"", "\"\\", "]", "1 1", "{\"a\":1}x",
    "'a'", "NaN",
    "\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"",
  ]

  @Test(arguments: samples)
  func agreesWithFoundation(_ text: String) {
    let expected = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    #expect((try? JSONValue(parsing: text)).map(foundationForm) == expected.map(normalForm), "\(text)")
  }

  @Test func agreesWithFoundationOnDamagedTexts() {
    var random = SystemRandomNumberGenerator()
    let text = Array(
      #"{"id":"é\u00e9\n","keys":{"email":["a@b","c"],"n":-1.5e3},"data":{},"at":null,"b":[true,false]}"#.utf8
    )
    for _ in 0..<5000 {
      var bytes = text
      for _ in 0...Int.random(in: 0...2, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 1...255, using: &random)
      }
      let ours = try? JSONValue(parsing: bytes[...])
      let theirs = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
      // What we take, Foundation takes and reads alike; we may refuse more (duplicate names).
      if let ours {
        #expect(theirs.map(normalForm) == foundationForm(ours), "\(String(decoding: bytes, as: UTF8.self))")
      } else if let theirs {
        #expect(isStricter(bytes), "refused: \(String(decoding: bytes, as: UTF8.self)), read as \(theirs)")
      }
    }
  }

  @Test(arguments: ["[1,]", "{\"a\":1,}", "[,1]", "[1,,2]"])
  func strayCommasAreRefused(_ text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
  }

  @Test func duplicateNamesAreRefusedAndNamed() {
    let error = #expect(throws: JSONError.self) { try JSONValue(parsing: #"{"keys":{"a":1,"b":2,"a":3}}"#) }
    #expect(error?.path == ["keys", "a"])
    // Names that Swift's == takes for equal are different ones.
    #expect(throws: Never.self) { try JSONValue(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}") }
    let many = (0..<100).map { "\"n\($0)\":1" }.joined(separator: ",")
    #expect(throws: Never.self) { try JSONValue(parsing: "{\(many)}") }
    #expect(throws: JSONError.self) { try JSONValue(parsing: "{\(many),\"n50\":1}") }
  }

  @Test func nulAndBrokenUTF8AndDeepNestingAreRefused() {
    #expect(throws: JSONError.self) { try JSONValue(parsing: "\"\\u0000\"") }
    for bytes in [
      [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC3, 0x22],
    ] as [[UInt8]] {
      #expect(throws: JSONError.self) { try JSONValue(parsing: bytes[...]) }
    }
    #expect(throws: Never.self) {
      try JSONValue(parsing: String(repeating: "[", count: 64) + String(repeating: "]", count: 64))
    }
    #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "[", count: 100_000)) }
  }

  @Test func whatIsWrittenReadsBack() throws {
    let texts = ["", "plain", "\"\\/", "\u{1}\u{1F}\n\r\t", "é日本\u{1F600}", "\u{2028}"]
    var json = JSONWriter()
    json.object { json in
      for (index, text) in texts.enumerated() {
        json.name("n\(index)")
        json.string(text)
      }
      json.member("min", Int64.min)
      json.member("none", String?.none)
    }
    let value = try JSONValue(parsing: json.text)
    for (index, text) in texts.enumerated() { #expect(value["n\(index)"]?.string == text) }
    #expect(value["min"]?.integer == .min)
    #expect(value["none"]?.isNull == true)
  }

  private func isStricter(_ bytes: [UInt8]) -> Bool {
    do {
      _ = try JSONValue(parsing: bytes[...])
      return false
    } catch {
      // Foundation takes a comma before a closing bracket; JSON does not.
      let commas = zip(bytes, bytes.dropFirst()).contains {
        $0 == UInt8(ascii: ",") && [0x5D, 0x7D].contains($1)
      }
      return !error.path.isEmpty || error.message.contains("NUL") || commas
    }
  }
}

/// Our tree in a form that compares with Foundation's.
private func foundationForm(_ value: JSONValue) -> NSObject {
  switch value {
  case .null: NSNull()
  case .bool(let value): NSNumber(value: value ? 1.0 : 0.0)
  case .number(let text): NSNumber(value: Double(text)!)
  case .string(let text): text as NSString
  case .array(let list): list.map(foundationForm) as NSArray
  case .object(let members):
    Dictionary(uniqueKeysWithValues: members.map { ($0.name, foundationForm($0.value)) }) as NSDictionary
  }
}

/// Foundation's tree with every number as a double.
private func normalForm(_ value: Any) -> NSObject {
  switch value {
  case let list as [Any]: return list.map(normalForm) as NSArray
  case let map as [String: Any]: return map.mapValues(normalForm) as NSDictionary
  case let text as String: return text as NSString
  case let number as NSNumber: return NSNumber(value: number.doubleValue)
  default: return NSNull()
  }
}
