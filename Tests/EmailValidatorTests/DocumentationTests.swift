import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldHTTP
import KeyfoldTesting
import Testing

@testable import EmailValidator

/// What the page about the validator says is so.
@Suite struct DocumentationTests {
  private let page: String

  init() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    page = try String(
      contentsOf: root.appendingPathComponent("Plugins/EmailValidator/EmailValidator.docc/EmailValidator.md"),
      encoding: .utf8)
  }

  /// The rows of the table whose head has these words, each cell without blanks at its ends.
  private func table(_ head: String) throws -> [[String]] {
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0 == head })
    let rows = lines[(start + 2)...].prefix { $0.hasPrefix("|") }
    return rows.map { row in
      row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  /// The words between back quotes.
  private func words(_ cell: String) -> [String] {
    cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 1 }.map { String($0.element) }
  }

  @Test func theAddressesOfTheTableAreJudgedAsItSays() async throws {
    let rows = try table("| address | finding | code |")
    #expect(rows.count >= 10)
    let harness = try Harness("checks: syntax")
    for row in rows {
      let address = try #require(words(row[0]).first)
      #expect(
        await harness.verdict(on: address).story == ["syntax \(row[1]) \(words(row[2]).joined())"],
        "\(address)")
    }
  }

  @Test func everyCodeIsExplainedOnce() throws {
    let rows = try table("| code | check | finding |")
    let codes = rows.flatMap { words($0[0]) }
    #expect(codes.sorted() == EmailCode.allCases.map(\.rawValue).sorted())
    #expect(rows.allSatisfy { row in words(row[1]).allSatisfy { CheckName(rawValue: $0) != nil } })
  }

  @Test func everyCheckIsInTheTable() throws {
    let rows = try table("| check | valid | invalid | what it does not prove |")
    #expect(rows.flatMap { words($0[0]) } == CheckName.allCases.map(\.rawValue))
  }

  /// The reader of space files knows the settings of the table.
  @Test func everySettingOfTheTableIsKnown() throws {
    let settings = try table("| setting | of | values | default |").flatMap { words($0[0]) }
    #expect(settings.count >= 15)
    for setting in settings { _ = try Harness.reader("\(setting): x") }
    #expect(throws: SpaceFileError.self) { try Harness.reader("chekcs: x") }
  }

  /// Every example, against servers that say what the page says they do.
  @Test func theExamplesWork() async throws {
    let examples = page.components(separatedBy: "```yaml\n").dropFirst().compactMap {
      $0.components(separatedBy: "```").first
    }
    try #require(examples.count == 4)
    try await withList("throwaway.example") { list in
      let first = try example(examples[0], [("/etc/keyfold/disposable.txt", list)], http: dnsServer())
      #expect(
        await first.verdict(on: "emma@example.com").story == [
          "syntax valid wellFormed", "disposable valid notListed", "mx valid mxFound",
        ])
      #expect(await first.verdict(on: "emma@x.throwaway.example").finding == .invalid)
    }
    let mail = ScriptedMailServer(reply: 250)
    #expect(
      await (try example(examples[1], http: dnsServer(), mail: mail)).verdict(on: "emma@acme.example").story
        == [
          "syntax valid wellFormed", "smtp valid mailboxFound",
        ])
    #expect(mail.questions == [.recipient(from: "keyfold@acme.example", to: "emma@acme.example")])
    let api = ScriptedCaller { _ in json(#"{"result": "catch-all"}"#) }
    #expect(
      await (try example(examples[2], http: api)).verdict(on: "emma@example.com").story == [
        "syntax valid wellFormed", "api valid recordFound",
      ])
    let shop = ScriptedCaller { _ in json(#"{"email": "Emma@example.com", "confirmed": true}"#) }
    let confirmation = try example(examples[3], http: shop)
    #expect(await confirmation.verdict(on: "emma@example.com", proof: "t").assurance == .possession)
    #expect(await confirmation.verdict(on: "other@example.com", proof: "t").finding == .invalid)
  }

  private func example(
    _ text: String, _ replacements: [(String, String)] = [], http: any HTTPCaller,
    mail: ScriptedMailServer = ScriptedMailServer(reply: 250)
  ) throws -> Harness {
    var text = text
    for (old, new) in replacements {
      try #require(text.contains(old))
      text = text.replacingOccurrences(of: old, with: new)
    }
    let space = try SpaceFile.read(text: Array(text.utf8), name: "page").space
    return try Harness(space.attributes[0], http: http, mail: mail, environment: ["VERIFY_KEY": "k"])
  }
}
