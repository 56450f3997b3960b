import Testing
import ToolHarness

@Suite struct `As of a time` {
  /// Three captures of one customer, who tell of times long ago.
  private func scene() throws -> (keyfold: Keyfold, after: [String]) {
    let keyfold = try Keyfold(space: acme)
    var after: [String] = []
    for line in [
      #"{"keys":{"crmId":"1"},"at":"2001-01-01T00:00:00Z"}"#,
      #"{"keys":{"email":"a@b.example"},"at":"2001-01-02T00:00:00Z"}"#,
      #"{"keys":{"crmId":"1","email":"a@b.example"},"at":"2001-01-03T00:00:00Z","data":{"city":"Leeds"}}"#,
    ] {
      _ = try keyfold.captured(line)
      after.append(try keyfold.run("export", "profiles").stdout)
    }
    return (keyfold, after)
  }

  @Test func `lookup and export profiles print what they printed then`() throws {
    let (keyfold, after) = try scene()
    for (index, then) in after.enumerated() {
      let moment = "#\(index + 1)"
      #expect(try keyfold.run("export", "profiles", "--as-of", moment).stdout == then)
      for line in then.split(separator: "\n") {
        let tid = try JSON(parsing: String(line))["tid"].text
        #expect(try keyfold.run("lookup", tid, "--as-of", moment).stdout == line + "\n")
      }
    }
    let first = try keyfold.run("lookup", "crmId=1", "--as-of", "#2")
    #expect(first.lines == after[1].split(separator: "\n").filter { $0.contains("crmId") }.map(String.init))
    #expect(
      try keyfold.run("lookup", "crmId=1", "--as-of", "#99").lines
        == after[2].split(separator: "\n").map(String.init))
  }

  @Test func `what was not known yet is not found`() throws {
    let (keyfold, _) = try scene()
    for (subject, moment) in [
      ("crmId=1", "#0"), ("email=a@b.example", "#1"), (strangerTID, "#3"), ("crmId=2", "#3"),
      // Captures tell of earlier days, but nobody knew of them before today.
      ("crmId=1", "2020-01-01T00:00:00Z"),
    ] {
      let result = try keyfold.run("lookup", subject, "--as-of", moment)
      #expect(result.code == 1, "\(subject) \(moment)")
      #expect(result.stderr.contains("nobody had"))
    }
    #expect(try keyfold.run("export", "profiles", "--as-of", "2020-01-01T00:00:00Z").stdout == "")
    #expect(try keyfold.run("lookup", "crmId=1", "--as-of", time(inSeconds: 60)).code == 0)
  }

  @Test(arguments: ["yesterday", "#x", "#-1", "#+1", "1", ""]) func `anything else is no time`(_ text: String)
    throws
  {
    let (keyfold, _) = try scene()
    #expect(try keyfold.run("lookup", "crmId=1", "--as-of", text).code == 64)
    #expect(try keyfold.run("export", "profiles", "--as-of", text).code == 64)
    #expect(try keyfold.run("export", "keys", "--as-of", "#1").code == 64, "only profiles")
  }

  @Test func `export --since takes a time too`() throws {
    let (keyfold, _) = try scene()
    #expect(try keyfold.run("export", "journal", "--since", "2020-01-01T00:00:00Z").lines.count == 3)
    #expect(try keyfold.run("export", "journal", "--since", time(inSeconds: 60)).lines.isEmpty)
    #expect(try keyfold.run("export", "merges", "--since", time(inSeconds: 60)).lines.count == 1)
    #expect(try keyfold.run("export", "journal", "--since", "soon").code == 64)
    #expect(try keyfold.run("export", "profiles", "--since", "1").code == 64)
  }
}
