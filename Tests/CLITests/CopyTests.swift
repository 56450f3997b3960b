import Testing
import ToolHarness

@Suite struct `copy, backup and compact` {
  private func keyfold(captures count: Int) throws -> Keyfold {
    let keyfold = try Keyfold(space: acme)
    let lines = (1...count).map { number in
      "{\"id\":\"\(number)\",\"touchpoint\":\"web\",\"keys\":{\"crmId\":\"c\(number % 40)\",\"email\":\"e\(number % 60)\"}}"
    }
    #expect(try keyfold.capture(lines).code == 0)
    return keyfold
  }

  private func digest(_ keyfold: Keyfold, _ store: String) throws -> String? {
    let check = try keyfold.run("check", "--rebuild", "--store", store)
    #expect(check.code == 0, "\(store): \(check.stdout)\(check.stderr)")
    return try check.object()["digest"].text
  }

  @Test func `a store moves between kinds with its history, its ids and the same digest`() throws {
    let keyfold = try keyfold(captures: 300)
    let original = try digest(keyfold, "sqlite:keyfold.db")
    for (from, to) in [
      ("sqlite:keyfold.db", "file:a.d"), ("file:a.d", "sqlite:b.db"), ("sqlite:b.db", "sqlite:c.db"),
    ] {
      let copy = try keyfold.run("copy", "--from", from, "--to", to)
      #expect(copy.code == 0, "\(copy.stderr)")
      #expect(try copy.object()["digest"].text == original)
      #expect(try digest(keyfold, to) == original)
    }
    let journals = try ["sqlite:keyfold.db", "file:a.d", "sqlite:c.db"].map { store in
      try keyfold.run("export", "journal", "--store", store).stdout
    }
    #expect(Set(journals).count == 1, "the journals are the same to the byte")
    let again = try keyfold.captured(
      #"{"id":"7","touchpoint":"web","keys":{"crmId":"c7","email":"e7"}}"#, "--store", "file:a.d")
    #expect(again["replayed"] == true, "the copy knows the ids of the original")
  }

  @Test func `an interrupted copy leaves the source alone and can be repeated`() throws {
    let keyfold = try keyfold(captures: 5000)
    let before = try digest(keyfold, "sqlite:keyfold.db")
    let copying = try keyfold.start(["copy", "--from", "sqlite:keyfold.db", "--to", "file:a.d"])
    while (try? keyfold.files().contains("a.d")) != true {}
    copying.signal(9)
    _ = try copying.awaitEnd()
    #expect(try digest(keyfold, "sqlite:keyfold.db") == before)
    let copy = try keyfold.run("copy", "--from", "sqlite:keyfold.db", "--to", "file:a.d")
    #expect(copy.code == 0, "\(copy.stderr)")
    #expect(try digest(keyfold, "file:a.d") == before)
    let once = try keyfold.run("copy", "--from", "sqlite:keyfold.db", "--to", "file:a.d")
    #expect(try once.object()["digest"].text == before, "and once more changes nothing")
  }

  @Test func `a target with another history is refused`() throws {
    let keyfold = try keyfold(captures: 10)
    #expect(try keyfold.run("capture", "--store", "file:a.d", "--key", "crmId=other").code == 0)
    let copy = try keyfold.run("copy", "--from", "sqlite:keyfold.db", "--to", "file:a.d")
    #expect(copy.code == 78)
    #expect(copy.stderr.contains("another history"))
    #expect(try keyfold.run("copy", "--from", "sqlite:none.db", "--to", "file:b.d").code == 66)
    #expect(try keyfold.run("copy", "--from", "sqlite:keyfold.db").code == 64)
  }

  @Test(arguments: ["sqlite:keyfold.db", "file:a.d"])
  func `a backup is a store of its own and overwrites nothing`(_ store: String) throws {
    let keyfold = try keyfold(captures: 50)
    #expect(try keyfold.run("copy", "--from", "sqlite:keyfold.db", "--to", "file:a.d").code == 0)
    #expect(try keyfold.run("backup", "saved", "--store", store).code == 0)
    let kind = store.prefix { $0 != ":" }
    #expect(try digest(keyfold, "\(kind):saved") == digest(keyfold, store))
    #expect(try keyfold.run("backup", "saved", "--store", store).code == 73)
    #expect(try keyfold.run("compact", "--store", store).code == 0)
    #expect(try digest(keyfold, "\(kind):saved") == digest(keyfold, store))
  }

  @Test func `a file store in use is busy and names its owner`() throws {
    let keyfold = try keyfold(captures: 1)
    let owner = try keyfold.start(["capture", "--input", "-", "--store", "file:a.d"])
    try owner.send("{}\n")
    _ = try owner.readLine()
    let second = try keyfold.run("stats", "--store", "file:a.d")
    #expect(second.code == 75)
    #expect(second.stderr.contains("process id"))
    #expect(try owner.finish().code == 0)
    #expect(try keyfold.run("stats", "--store", "file:a.d").code == 0)
  }
}
