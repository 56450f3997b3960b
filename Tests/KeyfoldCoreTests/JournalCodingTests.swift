import KeyfoldCore
import Testing

/// What the journal of another version says.
@Suite struct JournalCodingTests {
  private func entry(cause: String) throws -> JournalEntry {
    let (a, b) = ("0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a90", "0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a91")
    let text = """
      {"sequence":1,"at":"2026-01-01T00:00:00.000Z","type":"lost","effects":[\
      {"do":"merged","tid":"\(b)","into":"\(a)",\(cause)}]}
      """
    return try JournalEntry(decoding: Array(text.utf8), space: .builtIn)
  }

  private func cause(_ text: String) throws -> Effect.MergeCause? {
    guard case .merged(_, _, let cause) = try entry(cause: text).effects.first else { return nil }
    return cause
  }

  @Test func aMergeThatDoesNotSayWhichKeyMadeItIsRead() throws {
    #expect(try cause(#""cause":"key","attribute":"email""#) == .key(attribute: "email"))
    #expect(try cause(#""cause":"key","attribute":"email","place":3"#) == .key(attribute: "email", place: 3))
    #expect(
      try cause(#""cause":"key","attribute":"email","place":3,"beside":1"#)
        == .key(attribute: "email", place: 3, beside: 1))
    #expect(try cause(#""cause":"handoff","attribute":null"#) == .handoff)
    #expect(try cause(#""cause":"operator","attribute":null"#) == .operator)
  }

  @Test func aCauseOfALaterVersionIsNotTakenForAnother() throws {
    let error = #expect(throws: StoreError.self) { try entry(cause: #""cause":"oracle","attribute":null"#) }
    #expect(error?.code == .damaged)
    #expect(error?.description.contains("oracle") == true)
  }
}
