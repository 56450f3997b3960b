import Foundation
import Testing
import ToolHarness

/// `keyfold validate`, `pending` and `plugins`.
@Suite struct ValidateTests {
  @Test func trustedKeysLinkFromWhereTheyAreTrusted() throws {
    let tool = try Keyfold(space: acme)
    let result = try tool.run(
      "validate", "--touchpoint", "web", "--key", "phone=+44 1", "--key", "email=Emma@ER.com", "--key",
      "email=null")
    #expect(result.code == 1)
    #expect(
      result.stdout == """
        {"id":null,"keys":[{"attribute":"email","value":"emma@er.com","verdict":null,"assurance":null,"reason":null,\
        "links":true,"evidence":[]},{"attribute":"phone","value":"+441","verdict":null,"assurance":null,"reason":null,\
        "links":false,"evidence":[]},{"attribute":"email","value":"null","verdict":"invalid","assurance":null,\
        "reason":"malformed","links":false,"evidence":[]}]}

        """)
    #expect(try tool.run("validate", "--key", "email=emma@er.com", "--text").code == 0)
  }

  @Test func aStreamIsAnsweredLineByLine() throws {
    let tool = try Keyfold(space: acme)
    let lines = #"{"id":"a","keys":{"crmId":"1"}}"# + "\n" + #"{"id":"b","keys":{"nope":"1"}}"# + "\n"
    let result = try tool.run("validate", "--input", "-", stdin: lines)
    #expect(result.code == 65)
    let answers = result.stdout.split(separator: "\n")
    #expect(answers.count == 2)
    #expect(answers[0].hasPrefix(#"{"id":"a","keys":[{"attribute":"crmId""#))
    #expect(answers[1].contains(#""line":2,"id":"b","error":{"code":"unknownAttribute""#))
  }

  @Test func noStoreIsOpened() throws {
    let tool = try Keyfold(space: acme)
    #expect(try tool.run("validate", "--key", "crmId=1").code == 0)
    #expect(try tool.run("stats").code == 66)
  }

  @Test func nothingWaitsInANewStore() throws {
    let tool = try Keyfold(space: acme)
    #expect(try tool.run("pending", "list").code == 66)
    _ = try tool.run("capture", "--key", "crmId=1")
    #expect(try tool.run("pending", "list", "--text").stdout == "0 keys wait for a verdict\n")
    #expect(try tool.run("pending", "retry", "--text").stdout == "0 of 0 keys are settled\n")
    #expect(try tool.run("pending", "eat").code == 64)
  }

  @Test func theSpaceOfTheReadmeCanBeUsed() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
    let space = try #require(page.firstMatch(of: /```yaml\n((?s).*?)```/)?.output.1)
    let result = try Keyfold(space: String(space)).run("space", "check")
    #expect(result.code == 0)
    #expect(result.stderr.contains("needs the environment variable CRM_TOKEN, which is not set"))
    #expect(result.stdout == #"{"ok":true,"space":"acme","attributes":["crmId","memberId","email"]}"# + "\n")
  }
}
