import Testing
import ToolHarness

@Suite struct `Look-ups and revocations` {
  /// A store with one customer known by two TIDs, and an unverified claim of another on the first one's phone.
  private struct Scene {
    let keyfold: Keyfold
    let primary: JSON
    let secondary: JSON
    let claimant: JSON

    init() throws {
      keyfold = try Keyfold(space: acme)
      let lines = try keyfold.capture([
        #"{"touchpoint":"call-centre","keys":{"crmId":"7","phone":"+1"},"at":"2024-01-01T00:00:00Z"}"#,
        #"{"touchpoint":"web","keys":{"email":"A@B.example"},"data":{"city":"York"},"at":"2024-02-01T00:00:00Z"}"#,
        #"{"touchpoint":"web","keys":{"crmId":"7","email":"A@b.example"},"at":"2024-03-01T00:00:00Z"}"#,
        #"{"touchpoint":"web","keys":{"crmId":"8","phone":"+1"},"at":"2024-04-01T00:00:00Z"}"#,
      ]).json()
      (primary, secondary, claimant) = (lines[0]["tid"], lines[1]["tid"], lines[3]["tid"])
    }
  }

  @Test func `the line has these fields in this order`() throws {
    let scene = try Scene()
    let line = try scene.keyfold.run("lookup", "crmId=7", "--json")
    #expect(line.code == 0)
    func named(_ text: String) -> String {
      text.replacing(scene.primary.text, with: "P").replacing(scene.secondary.text, with: "S")
        .replacing("-01T00:00:00.000Z", with: "")
    }
    #expect(
      named(line.stdout) == """
        {"tid":"P","tids":["P","S"],"keys":[\
        {"attribute":"crmId","value":"7","verified":true,"origin":"P","capturedAt":"2024-01"},\
        {"attribute":"email","value":"a@b.example","verified":true,"origin":"S","capturedAt":"2024-02"},\
        {"attribute":"phone","value":"+1","verified":true,"origin":"P","capturedAt":"2024-01"}],\
        "data":{"city":"York"},"activity":[\
        {"tid":"P","touchpoint":"call-centre","count":1,"first":"2024-01","last":"2024-01"},\
        {"tid":"P","touchpoint":"web","count":1,"first":"2024-03","last":"2024-03"},\
        {"tid":"S","touchpoint":"web","count":1,"first":"2024-02","last":"2024-02"}],\
        "bornAt":"2024-01"}

        """)
  }

  @Test func `a key, the primary TID and a secondary TID find the same profile`() throws {
    let scene = try Scene()
    let subjects = ["crmId=7", "email= A@B.EXAMPLE ", scene.primary.text, scene.secondary.text]
    for subject in subjects {
      #expect(try scene.keyfold.run("lookup", subject).object()["tid"] == scene.primary, "\(subject)")
    }
  }

  @Test func `unverified claims do not resolve unless asked for`() throws {
    let scene = try Scene()
    #expect(try scene.keyfold.run("lookup", "phone=+1").json().map { $0["tid"] } == [scene.primary])
    let all = try scene.keyfold.run("lookup", "phone=+1", "--include-unverified").json()
    #expect(Set(all.map { $0["tid"] }) == [scene.primary, scene.claimant])
    let claim = all.first { $0["tid"] == scene.claimant }?["keys"][1]
    #expect(claim?["value"] == "+1" && claim?["verified"] == false)

    _ = try scene.keyfold.captured(#"{"keys":{"crmId":"9","phone":"+2"}}"#)
    #expect(try scene.keyfold.run("lookup", "phone=+2").code == 1)
    #expect(try scene.keyfold.run("lookup", "phone=+2", "--include-unverified").code == 0)
  }

  @Test func `not found: exit code 1, and nothing on standard output`() throws {
    let scene = try Scene()
    for (subject, words) in [
      ("crmId=404", "nobody has crmId=404"), (strangerTID, "no TID \(strangerTID) is known"),
      ("email=x@b.example", "nobody has email=x@b.example"),
    ] {
      let result = try scene.keyfold.run("lookup", subject)
      #expect(result.code == 1)
      #expect(result.stdout == "")
      #expect(result.stderr.contains(words))
    }
  }

  @Test func `--text is for people`() throws {
    let scene = try Scene()
    let text = try scene.keyfold.run("lookup", "crmId=7", "--text").stdout
    for part in ["customer \(scene.primary.text)", "email=a@b.example", "secondary", "city: York"] {
      #expect(text.contains(part))
    }
  }

  @Test func `a revoked TID identifies nobody any more, but is still found`() throws {
    let scene = try Scene()
    let revoked = try scene.keyfold.run("revoke", scene.secondary.text, "--reason", "phone lost")
    #expect(revoked.code == 0)
    #expect(try revoked.object() == ["tid": scene.secondary, "revoked": true, "sequence": 5])
    let outcome = try scene.keyfold.captured(#"{"tid":"\#(scene.secondary.text)"}"#)
    #expect(outcome["unknownTid"] == true)
    #expect(outcome["decision"] == "created")
    #expect(outcome["tid"] != scene.primary)
    #expect(try scene.keyfold.run("lookup", scene.secondary.text).object()["tid"] == scene.primary)
    #expect(try scene.keyfold.run("export", "journal").stdout.contains("phone lost"))
    _ = try scene.keyfold.digest()
  }

  @Test func `revoking twice does nothing the second time`() throws {
    let scene = try Scene()
    let command = ["revoke", scene.secondary.text, "--reason", "x"]
    #expect(try scene.keyfold.run(command).code == 0)
    let again = try scene.keyfold.run(command)
    #expect(again.code == 0)
    #expect(try again.object()["sequence"] == nil)
    #expect(try scene.keyfold.stats()["sequence"] == 5)
  }

  @Test func `revoke --dry-run does nothing`() throws {
    let scene = try Scene()
    let result = try scene.keyfold.run("revoke", scene.secondary.text, "--reason", "x", "--dry-run")
    #expect(result.code == 0)
    #expect(try result.object()["revoked"] == false)
    #expect(try scene.keyfold.stats()["sequence"] == 4)
    #expect(try scene.keyfold.captured(#"{"tid":"\#(scene.secondary.text)"}"#)["unknownTid"] == false)
    #expect(try scene.keyfold.run("revoke", strangerTID, "--reason", "x", "--dry-run").code == 1)
  }

  @Test func `--reason is required and not empty`() throws {
    let scene = try Scene()
    for options in [[], ["--reason="]] {
      let result = try scene.keyfold.run(["revoke", scene.secondary.text] + options)
      #expect(result.code == 64)
      #expect(result.stderr.contains("--reason"))
    }
  }
}
