import Foundation
import Testing
import ToolHarness

@Suite struct `Import: packed files and refused lines` {
  // MARK: gzip

  private func gzip(_ keyfold: Keyfold, _ script: String) throws {
    let result = try keyfold.run(program: "/bin/sh", ["-c", script])
    try #require(result.code == 0, "\(result.stderr)")
  }

  private static let many = (1...20_000).map { #"{"keys":{"crmId":"\#($0 % 5000)"}}"# + "\n" }.joined()

  @Test(arguments: [
    "gzip -c in >in.gz", "(head -n 3 in | gzip -c; tail -n +4 in | gzip -9c) >in.gz",
    "(gzip -c in; head -c 1000 /dev/zero) >in.gz", "(printf '' | gzip -c; gzip -1c in) >in.gz",
  ]) func `gzip data is known by its first bytes, in one member or several`(_ script: String) throws {
    let keyfold = try Keyfold(space: acme)
    try keyfold.write(Self.many, to: "in")
    try gzip(keyfold, script)
    let result = try keyfold.run("import", "--input", "in.gz")
    #expect(result.code == 0, "\(result)")
    #expect(try result.object()["captured"] == 20_000)
    #expect(
      try keyfold.run("import", "--input", "in", "--resume").object()["captured"] == 0, "it is the same")
  }

  @Test func `packed data comes through a pipe too, a byte at a time`() throws {
    let keyfold = try Keyfold(space: acme)
    try keyfold.write("{\"keys\":{\"crmId\":\"7\"}}\n", to: "in")
    try gzip(keyfold, "gzip -c in >in.gz")
    let tool = try keyfold.start(["import", "--input", "-"])
    for byte in try Data(contentsOf: URL(fileURLWithPath: keyfold.path("in.gz"))) {
      try tool.send([byte])
      usleep(500)
    }
    #expect(try tool.finish().code == 0)
    #expect(try keyfold.run("lookup", "crmId=7").code == 0)
  }

  @Test(arguments: [
    ("gzip -c in | head -c -9 >in.gz", "cut short"),
    (
      "gzip -c in >in.gz; printf 'xxxxxxxx' | dd of=in.gz bs=1 seek=30000 conv=notrunc 2>/dev/null", "damaged"
    ),
    ("(gzip -c in; echo more) >in.gz", "damaged"),
  ]) func `damaged data ends the import; what came before it is there`(_ script: String, _ says: String)
    throws
  {
    let keyfold = try Keyfold(space: acme)
    try keyfold.write(Self.many, to: "in")
    try gzip(keyfold, script)
    let result = try keyfold.run("import", "--input", "in.gz")
    #expect(result.code == 65, "\(result)")
    #expect(result.stderr.contains(says), "\(result.stderr)")
    #expect(try keyfold.run("check", "--rebuild").code == 0)
  }

  // MARK: Refused lines

  @Test func `refused lines can be mended and imported, and hold no proof`() throws {
    let keyfold = try Keyfold(space: acme)
    try keyfold.write(
      """
      {"keys":{"crmId":"1"}}
      {"id":"two","keys":{"crmID":"2"},"proofs":{"crmId":"SECRET"},"data":{"n":"é"},"at":"2024-01-01T00:00:00Z"}
      {"prooof":"SECRET","keys":{"crmId":"3"}}
      {"keys":{"crmId":"4"},"proofs":{"crmId":"SECRET"}

      """, to: "in.ndjson")
    let result = try keyfold.run("import", "--input", "in.ndjson", "--errors", "refused.ndjson")
    #expect(result.code == 65)
    #expect(try keyfold.mode(of: "refused.ndjson") == 0o600)
    #expect(!result.stdout.contains("SECRET") && !result.stderr.contains("SECRET"))
    let text = try keyfold.text(of: "refused.ndjson")
    #expect(!text.contains("SECRET"))
    let lines = try text.split(separator: "\n").map { try JSON(parsing: String($0)) }
    #expect(lines.map { $0["line"] } == [2, 3, 4])
    #expect(lines.map { $0["error"]["code"] } == ["unknownAttribute", "malformedField", "malformedJson"])
    #expect(lines[0]["error"]["field"] == "keys.crmID")
    #expect(lines[0]["data"] == ["n": "é"])

    // As it is, all of it is refused again.
    let again = try keyfold.run("import", "--input", "refused.ndjson")
    #expect(try again.object()["refused"] == 3)
    #expect(try keyfold.stats()["sequence"] == 1)
    try keyfold.write(
      text.replacing("crmID", with: "crmId").replacing(#","prooof":null"#, with: ""), to: "mended")
    let mended = try keyfold.run("import", "--input", "mended", "--errors", "rest.ndjson")
    #expect(try mended.object()["captured"] == 2)
    #expect(try keyfold.run("lookup", "crmId=2").object()["data"] == ["n": "é"])
    #expect(try keyfold.text(of: "rest.ndjson").split(separator: "\n").count == 1)
  }

  @Test func `refused records of CSV keep their columns`() throws {
    let keyfold = try Keyfold(space: acme)
    try keyfold.write(
      "crmId,at,data.n\r\n1,yesterday,\"a \"\"b\"\",\r\nc\"\r\n2,2024-01-01T00:00:00Z,ok\r\n\"x\"y,,\r\n",
      to: "in.csv")
    #expect(try keyfold.run("import", "--input", "in.csv", "--errors", "refused.csv").code == 65)
    #expect(try keyfold.mode(of: "refused.csv") == 0o600)
    let text = try keyfold.text(of: "refused.csv")
    #expect(text.hasPrefix("import_line,import_error,crmId,at,data.n\n2,"), "\(text)")
    let again = try keyfold.run("import", "--input", "refused.csv", "--errors", "again.csv")
    #expect(try again.object()["refused"] == 2)
    #expect(try keyfold.text(of: "again.csv").hasPrefix("import_line,import_error,crmId,at,data.n\n2,"))
    try keyfold.write(text.replacing("yesterday", with: "2024-01-01T00:00:00Z"), to: "mended.csv")
    #expect(try keyfold.run("import", "--input", "mended.csv").object()["captured"] == 1)
    #expect(try keyfold.run("lookup", "crmId=1").object()["data"]["n"] == "a \"b\",\r\nc")
  }

  @Test func `--errors overwrites nothing, unless an import goes on`() throws {
    let keyfold = try Keyfold(space: acme)
    try keyfold.write("{\"keys\":{\"crmId\":\"1\"}}\nnot json\n", to: "in.ndjson")
    try keyfold.write("mine\n", to: "refused.ndjson")
    let result = try keyfold.run("import", "--input", "in.ndjson", "--errors", "refused.ndjson")
    #expect(result.code == 73)
    #expect(result.stderr.contains("--resume"))
    #expect(try keyfold.text(of: "refused.ndjson") == "mine\n")
    #expect(
      try keyfold.run("import", "--input", "in.ndjson", "--errors", "refused.ndjson", "--resume").code == 65)
    #expect(try keyfold.text(of: "refused.ndjson").hasPrefix("{\"line\":2,"))
    #expect(try keyfold.mode(of: "refused.ndjson") == 0o600)
  }

  @Test func `no file of refused lines is left where none was refused`() throws {
    let keyfold = try Keyfold(space: acme)
    try keyfold.write("{}\n", to: "in.ndjson")
    #expect(try keyfold.run("import", "--input", "in.ndjson", "--errors", "refused").code == 0)
    #expect(try keyfold.files().contains("refused") == false)
  }
}
