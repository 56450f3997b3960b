import Testing
import ToolHarness

@Suite struct `Access reports` {
  private func scene() throws -> (keyfold: Keyfold, tid: String, other: String) {
    let keyfold = try Keyfold(space: acme)
    let lines = try keyfold.capture([
      #"{"id":"c1","touchpoint":"call-centre","keys":{"crmId":"7"},"data":{"city":"York"},"at":"2024-01-01T00:00:00Z"}"#,
      #"{"touchpoint":"web","keys":{"crmId":"8","email":"bob@b.example"},"at":"2024-02-01T00:00:00Z"}"#,
      #"{"touchpoint":"shop","keys":{"crmId":"7","email":"bob@b.example","phone":"+4412345"},"at":"2024-03-01T00:00:00Z"}"#,
    ]).json()
    return (keyfold, lines[0]["tid"].text, lines[1]["tid"].text)
  }

  @Test func `JSON holds the customer's own, and nothing of the other one`() throws {
    let (keyfold, tid, other) = try scene()
    for subject in [tid, "crmId=7"] {
      let result = try keyfold.run("report", subject)
      let report = try result.object()
      #expect(result.code == 0 && report["tid"].text == tid)
      #expect(report["tids"].elements.map { $0["tid"].text } == [tid])
      let keys = report["keys"].elements.map { [$0["attribute"].text, $0["value"].text, $0["shown"].text] }
      #expect(keys == [["crmId", "7", "own"], ["phone", "+…5", "masked"]])
      #expect(report["entries"].elements.map { $0["sequence"] } == [1, 3])
      #expect(report["entries"][0]["id"] == "c1" && report["entries"][0]["data"][0]["value"] == "York")
      #expect(report["entries"][1]["keys"][1]["shown"] == "leftOut")
      #expect(!result.stdout.contains(other) && !result.stdout.contains("bob@"))
      #expect(result.stderr.contains("masked one value that nobody vouched for"))
    }
    let whole = try keyfold.run("report", tid, "--include-unverified", "--json")
    #expect(whole.stdout.contains("+4412345") && !whole.stdout.contains("bob@") && whole.stderr == "")
  }

  @Test func `the page is for its owner alone, and shortens TIDs`() throws {
    let (keyfold, tid, other) = try scene()
    #expect(try keyfold.run("report", tid, "--output", "data.html").code == 0)
    #expect(try keyfold.mode(of: "data.html") == 0o600)
    let page = try keyfold.text(of: "data.html")
    for part in [
      "<h1>Your data at acme</h1>", "York", "+…5 (masked)", "\(tid.prefix(13))…",
      "not shown: it is not yours",
    ] {
      #expect(page.replacing("</bdi>", with: "").contains(part), "\(part)")
    }
    for part in [tid, other, "bob@", "+4412345", "<script"] { #expect(!page.contains(part), "\(part)") }
    let printed = try keyfold.run("report", tid, "--format", "html").stdout
    #expect(printed.hasPrefix("<!DOCTYPE html>"))
  }

  @Test func `a key nobody owns, and what nobody knows: exit code 1`() throws {
    let (keyfold, _, _) = try scene()
    for subject in ["crmId=404", strangerTID, "phone=+4412345"] {
      let result = try keyfold.run("report", subject)
      #expect(result.code == 1 && result.stdout == "")
    }
    #expect(try keyfold.run("report", "phone=+4412345").stderr.contains("one customer claims phone=+4412345"))
    for arguments in [
      [], ["nonsense"], ["capture:c1"], ["crmId=7", "--text"], ["crmId=7", "--format", "pdf"],
    ] {
      #expect(try keyfold.run(["report"] + arguments).code == 64, "\(arguments)")
    }
  }
}
