import Foundation
import Testing
import ToolHarness

/// What reviews found once and must not come back.
@Suite struct `Found in review` {
  @Test(arguments: ["sqlite:keyfold.db", "file:keyfold.d"])
  func `--tid-seed works on every store, twice`(_ store: String) throws {
    let keyfold = try Keyfold(space: acme, store: store)
    for number in 1...2 {
      let result = try keyfold.run("capture", "--tid-seed", "7", "--key", "crmId=c\(number)")
      #expect(result.code == 0, "\(result.stderr)")
    }
    #expect(try keyfold.stats()["profiles"] == 2)
    #expect(try keyfold.run("capture", "--tid-seed", "soon").code == 64)
  }

  @Test func `an empty file or folder is no store, and does not become one by looking`() throws {
    let keyfold = try Keyfold(space: acme)
    try keyfold.write("", to: "empty.db")
    try FileManager.default.createDirectory(
      atPath: keyfold.path("empty.d"), withIntermediateDirectories: false)
    for store in ["sqlite:empty.db", "file:empty.d"] {
      #expect(try keyfold.run("stats", "--store", store).code == 66, "\(store)")
    }
    #expect(try keyfold.text(of: "empty.db").isEmpty)
    #expect(try keyfold.run("capture", "--store", "sqlite:empty.db").code == 0)
    #expect(try keyfold.run("capture", "--store", "file:empty.d/").code == 0)
  }

  @Test func `looking needs no validators, capturing does`() throws {
    let keyfold = try Keyfold(space: acme)
    #expect(try keyfold.run("capture", "--key", "crmId=1").code == 0)
    try keyfold.write(
      """
      space: other
      attributes:
        - { name: crmId, linksFrom: [desk], validators: [{ use: nobodys }] }
      """, to: "other.yaml")
    let space = ["--space", "other.yaml", "--store", "sqlite:other.db"]
    #expect(try keyfold.run(["capture", "--key", "crmId=1"] + space).code == 78)
    #expect(try keyfold.run(["init"] + space).code == 0)
    #expect(try keyfold.run(["lookup", "crmId=1"] + space).code == 1, "nobody has it, and nobody was asked")
  }

  @Test func `a credential given in the wrong place is not shown`() throws {
    let keyfold = try Keyfold(space: acme)
    for proof in ["eyJhbGciOi.secret", "crmId=eyJhbGciOi.secret"] {
      let result = try keyfold.run("capture", "--proof", proof)
      #expect(result.code == 64 || result.code == 66)
      #expect(!result.stderr.contains("secret"))
      #expect(!result.stdout.contains("secret"))
    }
  }

  @Test func `an attribute without values is part of what a capture says`() throws {
    let keyfold = try Keyfold(space: acme)
    let answers = try keyfold.capture([#"{"id":"1","keys":{"crmId":[]}}"#, #"{"id":"1"}"#])
    #expect(answers.code == 65)
    #expect(try answers.json()[1]["error"]["code"] == "idReused")
  }
}
