import Testing
import ToolHarness

@Suite struct `Erasing a customer` {
  static let stores = ["sqlite:keyfold.db", "file:keyfold.d"]

  @Test(arguments: stores)
  func `leaves none of their values and TIDs in any file of the store`(_ store: String) throws {
    let world = try PlantedWorld(store: store)
    let planted = try world.remains()
    #expect((PlantedWorld.values + world.tids).allSatisfy(planted.contains), "what was planted is not there")
    let erased = try world.erase()
    #expect(erased.code == 0, "\(erased.stderr)")
    let line = try erased.object()
    #expect(line["tids"].elements.map(\.text) == world.tids)
    #expect(line["keys"] == .number(3))
    try expectErased(world)
    try expectNobodyComesBack(world)
  }

  @Test func `waits for whoever still reads old pages of a database`() throws {
    let world = try PlantedWorld(store: "sqlite:keyfold.db")
    // A reader that has begun and does not end.
    var reader: SQLiteFile? = try SQLiteFile(world.keyfold.path("keyfold.db"))
    try reader?.execute("BEGIN; SELECT count(*) FROM journal")
    let erased = try world.erase()
    #expect(erased.code == 75, "\(erased.stderr)")
    #expect(erased.stderr.contains("erase --finish"))
    #expect(
      try erased.object()["tids"].elements.map(\.text) == world.tids, "the customer is gone all the same")
    #expect(try world.keyfold.run("lookup", world.tids[0]).code == 1)
    #expect(try world.keyfold.run("stats").object()["erasePending"] == .bool(true))
    #expect(try world.keyfold.run("erase", "--finish").code == 75)
    #expect(try world.keyfold.run("compact").code == 75)
    try reader?.execute("COMMIT")
    reader = nil
    #expect(try world.keyfold.run("erase", "--finish").code == 0)
    #expect(try world.keyfold.run("stats").object()["erasePending"] == .bool(false))
    try expectErased(world)
  }

  @Test func `asks first, and refuses to go on where nobody can answer`() throws {
    let world = try PlantedWorld(store: "sqlite:keyfold.db")
    let unasked = try world.keyfold.run("erase", world.tids[0], "--reason", "x")
    #expect(unasked.code == 64 && unasked.stderr.contains("--yes"))
    #expect(try world.keyfold.run("erase", world.tids[0], "--yes").code == 64, "without a reason")
    #expect(try world.keyfold.run("erase", "--reason", "x", "--yes").code == 64, "without a customer")
    #expect(try world.keyfold.run("erase", world.tids[0], "--finish").code == 64)
    #expect(try world.keyfold.run("lookup", world.tids[0]).code == 0)
  }

  @Test func `erases several in one go, or none where one is not there`() throws {
    let world = try PlantedWorld(store: "sqlite:keyfold.db")
    let some = ["erase", "crmId=C2", "crmId=C3", "crmId=C4", "--reason", "x", "--yes"]
    let refused = try world.keyfold.run(some)
    #expect(refused.code == 1 && refused.stderr.contains("crmId=C4"))
    #expect(try world.keyfold.run("lookup", "crmId=C2").code == 0)
    let erased = try world.keyfold.run(some.filter { $0 != "crmId=C4" })
    #expect(erased.code == 0 && erased.lines.count == 2, "\(erased.stderr)")
    #expect(try world.keyfold.run("stats").object()["erasePending"] == .bool(false))
    let again = try world.keyfold.run("erase", world.other, "--reason", "x", "--yes")
    #expect(again.code == 1 && again.stderr.contains("was erased"))
  }

  private func expectErased(_ world: PlantedWorld) throws {
    let keyfold = world.keyfold
    #expect(try world.remains() == [])
    #expect(try keyfold.run("check", "--rebuild").code == 0)
    #expect(try keyfold.run("lookup", world.tids[0]).code == 1)
    #expect(try keyfold.run("lookup", "crmId=C2").code == 0)
    let journal = try keyfold.run("export", "journal").stdout
    #expect(journal.contains(#""type":"erase""#) && journal.contains("(erased) asked"))
  }

  /// Captures with what was erased bring nobody back.
  private func expectNobodyComesBack(_ world: PlantedWorld) throws {
    let again = try world.keyfold.capture([
      #"{"id":"planted-capture-1","touchpoint":"web","keys":{"email":"x@y.test"}}"#,
      #"{"touchpoint":"web","tid":"\#(world.tids[0])"}"#,
      #"{"id":"other-1","touchpoint":"web","tid":"\#(world.other)","keys":{"email":"Planted.Mail@SEVEN.test","phone":"34"}}"#,
    ])
    let lines = try again.json()
    #expect(lines[0]["error"]["code"] == .string("erased"))
    #expect(lines[1]["unknownTid"] == .bool(true) && lines[1]["created"] == .bool(true))
    #expect(try world.keyfold.run("lookup", world.tids[0]).stderr.contains("was erased"))
    #expect(try world.keyfold.run("explain", world.tids[0]).stderr.contains("was erased"))
    #expect(try world.keyfold.run("report", "capture:planted-capture-1").code != 0)
    #expect(try world.keyfold.run("explain", "capture:planted-capture-1").stderr.contains("was erased"))
    #expect(lines[2]["replayed"] == .bool(true) && lines[2]["tid"].text == world.other)
    #expect(try world.remains() == [])
  }
}
