import Testing
import ToolHarness

@Suite struct `Explanations` {
  /// A customer of two TIDs, and another who stayed apart.
  private struct Scene {
    let keyfold: Keyfold
    let first: JSON
    let second: JSON
    let other: JSON

    init() throws {
      keyfold = try Keyfold(space: acme)
      let lines = try keyfold.capture([
        #"{"id":"a=1","touchpoint":"call-centre","keys":{"crmId":"7"},"at":"2024-01-01T00:00:00Z"}"#,
        #"{"touchpoint":"web","keys":{"email":"a@b.example"},"at":"2024-02-01T00:00:00Z"}"#,
        #"{"touchpoint":"shop","keys":{"crmId":"7","email":"a@b.example"},"at":"2024-03-01T00:00:00Z"}"#,
        #"{"touchpoint":"web","keys":{"crmId":"8"},"at":"2024-04-01T00:00:00Z"}"#,
        #"{"touchpoint":"shop","keys":{"crmId":"8","email":"a@b.example"},"at":"2024-05-01T00:00:00Z"}"#,
      ]).json()
      (first, second, other) = (lines[0]["tid"], lines[1]["tid"], lines[3]["tid"])
    }
  }

  @Test func `one TID, key or capture leads to the story of its customer`() throws {
    let scene = try Scene()
    for subject in [scene.second.text, "email=A@B.example", "capture:a=1", "crmId=7"] {
      let line = try scene.keyfold.run("explain", subject).object()
      #expect(line["answer"] == "story")
      #expect(line["customers"].elements.map { $0["tid"] } == [scene.first])
      #expect(line["timeline"].elements.map { $0["sequence"] } == [1, 2, 3, 5])
      #expect(line["sequence"] == 5)
      let link = line["customers"][0]["tids"][1]["link"]
      #expect(link["cause"] == "key" && link["attribute"] == "email" && link["sequence"] == 3)
      #expect(
        link["lead"] == [
          "by": "key", "key": ["attribute": "email", "value": "a@b.example"], "tid": scene.second, "since": 2,
        ])
    }
  }

  @Test func `two that are one: the chain`() throws {
    let scene = try Scene()
    let line = try scene.keyfold.run("explain", scene.second.text, "capture:a=1").object()
    #expect(line["answer"] == "connected")
    let chain = line["chain"].elements
    #expect(chain.count == 1)
    #expect(chain.first?["from"] == scene.second && chain.first?["to"] == scene.first)
    #expect(chain.first?["sequence"] == 3 && chain.first?["touchpoint"] == "shop")
    let text = try scene.keyfold.run("explain", "crmId=7", "email=a@b.example", "--text").stdout
    for part in [
      "one customer, by 3 steps", "#3", "T2 became part of T1", "T1  \(scene.first.text)", "✓ crmId=7",
    ] {
      #expect(text.replacing("so ", with: "").contains(part), "\(part): \(text)")
    }
  }

  @Test func `two that are two: the reason and what would have to happen`() throws {
    let scene = try Scene()
    let line = try scene.keyfold.run("explain", "crmId=8", scene.second.text).object()
    #expect(line["answer"] == "apart")
    let reason = line["reasons"][0]
    #expect(reason["code"] == "conflict" && reason["attribute"] == "crmId" && reason["sequence"] == 5)
    #expect(reason["key"] == ["attribute": "email", "value": "a@b.example"])
    #expect(line["differences"][0]["code"] == "conflict")
    #expect(line["prospect"]["sentence"] == "no capture of the keys they have can make them one")
    let text = try scene.keyfold.run("explain", "crmId=8", "crmId=7", "--text").stdout
    for part in ["two customers", "they differ in crmId (crmId=8 and crmId=7)", "no capture of the keys"] {
      #expect(text.contains(part), "\(part)")
    }
  }

  @Test func `what nobody knows: exit code 1, and nothing on standard output`() throws {
    let scene = try Scene()
    for subjects in [["crmId=404"], [strangerTID], ["capture:404"], ["crmId=7", strangerTID]] {
      let result = try scene.keyfold.run(["explain"] + subjects)
      #expect(result.code == 1 && result.stdout == "", "\(subjects)")
      #expect(result.stderr.contains("404") || result.stderr.contains(strangerTID))
    }
  }

  @Test func `what cannot be asked is a usage error`() throws {
    let scene = try Scene()
    let bad = [
      [], ["nonsense"], ["crmid=7"], ["crmId="], ["crmId=7", "crmId=8", "crmId=9"],
      ["crmId=7", "--format", "png"],
      ["crmId=7", "--format", "svg", "--json"],
    ]
    for arguments in bad {
      let result = try scene.keyfold.run(["explain"] + arguments)
      #expect(result.code == 64 && result.stdout == "", "\(arguments): \(result.stderr)")
    }
    #expect(try scene.keyfold.run("explain", "crmid=7").stderr.contains("did you mean 'crmId'?"))
  }

  @Test func `a file is written whole, for its owner alone`() throws {
    let scene = try Scene()
    try scene.keyfold.write("old", to: "why.html")
    let beginnings = [
      "why.html": "<!DOCTYPE html>", "why.svg": "<svg ", "why.dot": "digraph ", "why.json": "{\"seq",
    ]
    for (name, beginning) in beginnings {
      let result = try scene.keyfold.run("explain", "crmId=7", "--output", name)
      #expect(result.code == 0 && result.stdout == "")
      #expect(try scene.keyfold.text(of: name).hasPrefix(beginning))
      #expect(try scene.keyfold.mode(of: name) == 0o600)
    }
    #expect(try scene.keyfold.files().allSatisfy { !$0.contains("partial") })
    let forms = try scene.keyfold.run("explain", "crmId=7", "--format", "svg", "--output", "-")
    #expect(forms.stdout == (try scene.keyfold.text(of: "why.svg")))
    #expect(try scene.keyfold.run("explain", "crmId=7", "--output", "nowhere/why.svg").code == 73)
  }

  /// Nothing observable may depend on the order of hash tables, which is another one in each process.
  @Test func `the same question gets the same answer, byte for byte`() throws {
    let scene = try Scene()
    for format in [["--json"], ["--text"], ["--format", "svg"], ["--format", "html"], ["--format", "dot"]] {
      let answers = try (1...3).map { _ in
        try scene.keyfold.run(["explain", "crmId=8", "email=a@b.example"] + format).stdout
      }
      #expect(Set(answers).count == 1 && answers[0] != "", "\(format)")
    }
  }

  @Test func `text from outside is shown to a terminal, not sent`() throws {
    let keyfold = try Keyfold(space: acme)
    let value = "x\u{1B}[31m\u{202E}y"
    let line = #"{"id":"\u001b[2J","touchpoint":"w\u001b[1m","keys":{"crmId":"x\u001b[31m\u202ey"}}"#
    _ = try keyfold.captured(line)
    for subject in ["crmId=\(value)", "capture:\u{1B}[2J"] {
      let text = try keyfold.run("explain", subject, "--text", "--color", "never").stdout
      #expect(!text.contains("\u{1B}") && !text.contains("\u{202E}"))
      #expect(text.contains(#"\u{1b}[31m\u{202e}y"#))
    }
  }
}
