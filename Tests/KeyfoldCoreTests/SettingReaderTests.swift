import KeyfoldCore
import Testing

/// Settings are read by name and type, and complaints say which and why without showing a secret.
@Suite struct SettingReaderTests {
  private func reader(_ entries: KeyValuePairs<String, Setting>, _ variables: [String: String] = [:])
    -> SettingReader
  {
    SettingReader(.map(entries.map { .init(name: $0.key, value: $0.value) })) { variables[$0] }
  }

  private enum Mode: String, CaseIterable { case fast, slow }

  @Test func readsEveryType() throws {
    let reader = reader(
      [
        "text": .scalar("a ${B}"), "number": .scalar("7"), "flag": .scalar("true"), "mode": .scalar("slow"),
        "one": .scalar("x"), "many": .array([.scalar("x"), .scalar("y")]),
        "map": .map([.init(name: "inner", value: .scalar("8"))]),
        "numbers": .array([.scalar("8"), .scalar("9")]),
      ], ["B": "b"])
    #expect(try reader.text("text") == "a b")
    #expect(try reader.integer("number", in: 1...7) == 7)
    #expect(try reader.integers("number", in: 1...7) == [7])
    #expect(try reader.integers("numbers", in: 1...9) == [8, 9])
    #expect(try reader.integers("absent", in: 1...9) == nil)
    #expect(try reader.bool("flag") == true)
    #expect(try reader.word("mode", Mode.self) == .slow)
    #expect(try reader.texts("one") == ["x"])
    #expect(try reader.texts("many") == ["x", "y"])
    #expect(try reader.map("map")?.integer("inner", in: 0...9) == 8)
    #expect(try reader.pairs("map").map(\.value) == ["8"])
    #expect(try reader.text("absent") == nil)
  }

  @Test func complaintsNameTheSetting() {
    let reader = reader(
      [
        "number": .scalar("8"), "secret": .scalar("${S}"),
        "map": .map([.init(name: "opnMs", value: .scalar("1"))]),
      ],
      ["S": "hush"])
    #expect(throws: SettingError(setting: "number", message: "takes a whole number from 1 to 7, not '8'")) {
      try reader.integer("number", in: 1...7)
    }
    #expect(throws: SettingError(setting: "number", message: "takes whole numbers from 1 to 7, not '8'")) {
      try reader.integers("number", in: 1...7)
    }
    #expect(throws: SettingError(setting: "secret", message: "is true or false")) {
      try reader.bool("secret")
    }
    #expect(throws: SettingError(setting: "map", message: "has no 'opnMs'; did you mean 'openMs'?")) {
      try reader.map("map", known: ["failures", "openMs"])
    }
    #expect(throws: SettingError(setting: "gone", message: "is missing")) { try reader.requiredText("gone") }
  }

  @Test func someOfAListOfWords() throws {
    let reader = reader([
      "one": .scalar("slow"), "both": .array([.scalar("slow"), .scalar("fast")]), "none": .array([]),
      "twice": .array([.scalar("slow"), .scalar("slow")]),
      "wrong": .array([.scalar("slow"), .scalar("slwo")]),
    ])
    #expect(try reader.words("one", Mode.self) == [.slow])
    #expect(try reader.words("both", Mode.self) == [.slow, .fast])
    #expect(try reader.words("absent", Mode.self) == nil)
    for (name, quoted) in [("none", ""), ("twice", ", not 'slow'"), ("wrong", ", not 'slwo'")] {
      #expect(throws: SettingError(setting: name, message: "lists some of fast, slow, each once\(quoted)")) {
        try reader.words(name, Mode.self)
      }
    }
  }

  @Test func aVariableThatIsNotSetIsNamed() {
    let reader = reader(["url": .scalar("https://${HOST}/"), "list": .array([.scalar("${HOST}${PORT}")])])
    #expect(reader.missingVariables == ["HOST", "PORT"])
    #expect(
      throws: SettingError(setting: "url", message: "needs the environment variable HOST, which is not set")
    ) {
      try reader.text("url")
    }
  }
}
