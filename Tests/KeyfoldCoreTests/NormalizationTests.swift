import KeyfoldCore
import Testing

@Suite struct NormalizationTests {
  @Test(
    arguments: [
      ([Normalizer.trim], " \t\u{A0}\u{2003}a b\u{FEFF}\n", "a b"), ([.lowercase], "ÄÖİΣ", "äöi̇ς"),
      ([.lowercase], "ABC", "abc"),
      ([.nfc], "e\u{301}", "é"), ([.nfc], "\u{1100}\u{1161}", "가"),
      ([.digits], "+44 (0)20-7946", "440207946"),
      ([.digits], "٤٢", nil), ([.phone], " +44 20 7946-0958 ", "+442079460958"), ([.phone], "0044", "0044"),
      ([.phone], "1+2", "12"), ([.phone], "+", nil), ([.phone], "n/a", nil), ([.trim], "   ", nil),
      ([], "", nil),
      ([.email], " Emma.O'Neil+Tag@Example.COM ", "emma.o'neil+tag@example.com"),
      ([.email], "ÉMMA@Bücher.example", "émma@xn--bcher-kva.example"),
      ([.email], "a@XN--BCHER-KVA.example", "a@xn--bcher-kva.example"),
      ([.email], "\"a b\"@x.test", "\"a b\"@x.test"),
      ([.email], "e\u{301}@x.test", "é@x.test"), ([.email], "a@straße.example", "a@xn--strae-oqa.example"),
    ] as [([Normalizer], String, String?)])
  func normalizes(_ steps: [Normalizer], _ value: String, _ expected: String?) {
    var attribute = KeyAttribute(name: "x")
    attribute.normalize = steps
    #expect(attribute.normalized(value).map { Array($0.utf8) } == expected.map { Array($0.utf8) })
  }

  @Test(arguments: [
    "", "a", "a@", "@x.test", "a@x@y.test", "a b@x.test", "a@-x.test", "a@x-.test", "a@x..test", "a@.test",
    "a@x.test.",
    "a@x_y.test", "a@ex ample.test", "a\u{0}@x.test", "a@\u{1F4A9}\u{200D}.test", "a@xn--0.test",
    "a@x\u{FF3F}y.test", "a@é_y.test",
    "a@" + String(repeating: "x", count: 64) + ".test", "a@[127.0.0.1]",
  ])
  func whatIsNoAddressIsMalformed(_ value: String) {
    #expect(Normalizer.email.apply(to: value) == nil)
  }

  @Test func theLongestValueFitsAndOneByteMoreDoesNot() {
    let attribute = KeyAttribute(name: "x")
    #expect(attribute.normalized(String(repeating: "x", count: 512)) != nil)
    #expect(attribute.normalized(String(repeating: "x", count: 513)) == nil)
    #expect(attribute.normalized(String(repeating: "é", count: 257)) == nil, "bytes count, not characters")
  }

  @Test(arguments: [
    "null", "NULL", "Nil", "none", "undefined", "UNKNOWN", "n/a", "NA", "anonymous", "guest", "test",
    "invalid", "true",
    "false", "NaN", "[object Object]", "-1", "0", "000", "0-0", "--", "0 0",
  ])
  func junkIsBlockedWhateverItsCase(_ value: String) throws {
    let space = try Space(name: "s", attributes: [.trusted("k")])
    #expect(try space.screen(["k": .init(value)]).rejected.map(\.reason) == [.blocked])
    var lenient = KeyAttribute.trusted("k")
    lenient.blockDefaults = false
    #expect(try Space(name: "s", attributes: [lenient]).screen(["k": .init(value)]).accepted.count == 1)
  }

  @Test(arguments: ["nulls", "-2", "01", "tests", "nobody", "0a"])
  func whatOnlyLooksLikeJunkIsAKey(_ value: String) throws {
    let space = try Space(name: "s", attributes: [.trusted("k")])
    #expect(try space.screen(["k": .init(value)]).accepted.count == 1)
  }

  @Test(arguments: [
    ("*@example.com", "A@EXAMPLE.com", true), ("*@example.com", "a@example.com.x", false),
    ("a?c", "aéc", true),
    ("ÄB*", "äbc", true), ("[0-9]*", "7x", true), ("\\*", "*", true), ("\\*", "x", false), ("x", "x", true),
  ])
  func blockedByGlob(_ pattern: String, _ value: String, _ blocked: Bool) throws {
    var attribute = KeyAttribute.trusted("k")
    attribute.block = [pattern]
    let screened = try Space(name: "s", attributes: [attribute]).screen(["k": .init(value)])
    #expect(screened.rejected.isEmpty == !blocked)
  }

  @Test func equalValuesCountOnce() throws {
    var attribute = KeyAttribute.trusted("k")
    attribute.normalize = [.trim, .nfc, .lowercase]
    let space = try Space(name: "s", attributes: [attribute])
    let screened = try space.screen(["k": ["A", " a", "null", "NULL", "  ", "  "]])
    #expect(screened.accepted.map(\.key.value) == ["a"])
    #expect(screened.rejected.map(\.value) == ["null", "  "])
    #expect(throws: CaptureError.self) { try space.screen(["k": ["a", "b"]]) }
  }
}
