#if PostgreSQL
import Keyfold
import KeyfoldCore
import KeyfoldPostgresStore
import Testing

extension PostgresTests {
  /// Which entries the server finds for an erasure.
  @Suite struct ErasedJournal {
    /// Values are looked for on the server in the form they have in entries: as JSON, and not as patterns.
    @Test(arguments: [
      "100%", "a_b", #"back\slash"#, #"quo"te"#, "line\nbreak\ttab", "Zoë 𝕏 👩‍👩‍👧",
      "\u{1}\u{7F}", "'; --", "x",
    ])
    func valuesOfEveryKindAreFound(_ text: String) async throws {
      try await TestServer.withSchema { schema in
        var email = KeyAttribute.trusted("email")
        email.normalize = []
        email.linksFrom = ["desk"]
        let space = try Space(name: "values", attributes: [email])
        let resolver = try await IdentityResolver(space: space, store: TestServer.store(schema))
        let owner = try await resolver.capture(Capture(touchpoint: "desk", keys: ["email": .init(text)]))
        // Somebody else who types it has an unverified claim on it.
        let other = try await resolver.capture(Capture(touchpoint: "web", keys: ["email": .init(text)]))
        #expect(other.tid != owner.tid)
        _ = try await resolver.erase(owner.tid, reason: "asked to")
        var json = JSONWriter()
        json.string(text)
        let quoted = String(decoding: json.bytes, as: UTF8.self)
        let entries = try await resolver.entries()
        #expect(entries.count == 3)
        #expect(!entries.contains { String(decoding: $0.encoded, as: UTF8.self).contains(quoted) })
        #expect(try await resolver.lookup(other.tid)?.claims == [])
        try await expectSound(resolver, space)
        try await resolver.close()
      }
    }

    /// What comes between the look through the journal and the erasure's turn.
    enum Growth: CaseIterable {
      case nothing, ofOthers, keyAndDatum, merge
    }

    /// An operator's reason quotes what the profile has only since.
    @Test(arguments: Growth.allCases)
    func whatCameSinceTheLookThroughTheJournalGoesToo(_ growth: Growth) async throws {
      try await TestServer.withSchema { schema in
        var card = KeyAttribute.trusted("card")
        card.limit = nil
        let space = try Space(name: "grows", attributes: [card])
        let proxy = try Proxy()
        defer { proxy.end() }
        let resolver = try await IdentityResolver(space: space, store: TestServer.store(schema))
        proxy.misspell("LOCK TABLE", as: "LOCK TABEL")
        let unqueued = try await IdentityResolver(
          space: space, store: TestServer.store(schema, over: proxy.url))
        let customer = try await resolver.capture(Capture(keys: ["card": "first"]))
        let second = try await resolver.capture(Capture(keys: ["card": "second"]))
        let other = try await resolver.capture(Capture(keys: ["card": "other"]))
        _ = try await resolver.revoke(other.tid, reason: "third, in Leeds")
        let administrator = try Administrator()
        try administrator.run("BEGIN; LOCK TABLE \(schema).turn IN EXCLUSIVE MODE")
        async let erasure = resolver.erase(customer.tid, reason: "asked to")
        while try administrator.run(waiting(in: schema)) == ["0"] { await Task.yield() }
        switch growth {
        case .nothing: break
        case .ofOthers: _ = try await unqueued.capture(Capture(keys: ["card": "another"]))
        case .keyAndDatum:
          _ = try await unqueued.capture(
            Capture(tid: customer.tid, keys: ["card": "third"], data: ["city": "Leeds"]))
        case .merge: _ = try await unqueued.capture(Capture(keys: ["card": ["first", "second"]]))
        }
        try administrator.run("COMMIT")
        let erased = try await erasure
        #expect(erased.tids == [customer.tid] + (growth == .merge ? [second.tid] : []))
        try expectGone(["first"] + erased.tids.map(\.description), from: schema)
        if growth == .keyAndDatum { try expectGone(["third", "Leeds"], from: schema) }
        if growth == .merge { try expectGone(["second"], from: schema) }
        try await expectSound(resolver, space)
        for resolver in [resolver, unqueued] { try await resolver.close() }
      }
    }

    private func waiting(in schema: String) -> String {
      """
      SELECT count(*) FROM pg_locks WHERE relation = '\(schema).turn'::regclass AND NOT granted
      """
    }

    /// The end of a wait names no key: it is found from where the wait began.
    @Test func waitsThatEndedGoToo() async throws {
      try await TestServer.withSchema { schema in
        let (stored, reference) = (try TestServer.store(schema), MemoryStore())
        let stores: [any IdentityStore] = [stored, reference]
        var journals: [[[UInt8]]] = []
        for store in stores {
          _ = try await store.open(for: .builtIn, acceptingChange: false)
          for effects in waits { try await commit(effects, in: store) }
          _ = try await store.erase(ErasureOrder(.tid(tid(1)), reason: "asked to", at: now))
          journals.append(
            try await store.read { view throws(StoreError) in
              var entries: [[UInt8]] = []
              try view.forEachEntry(after: 0) { entry throws(StoreError) in
                entries.append(entry.sequence > waits.count ? [] : entry.encoded)
                return true
              }
              return entries
            })
        }
        #expect(journals[0] == journals[1])
        let settled = journals[0].filter { String(decoding: $0, as: UTF8.self).contains("pendingSettled") }
        #expect(settled.count == 1, "the one of another profile")
        try await stored.close()
      }
    }
  }

  private static let now = Timestamp(microseconds: 1_767_225_600_000_000)

  private static func tid(_ number: UInt64) -> TID {
    TID(milliseconds: 1_767_225_600_000 + number, counter: 0, random: number)
  }

  /// Two TIDs with keys that wait, and the ends of their waits, one of them in an entry of its own.
  private static let waits: [[Effect]] = {
    let key = Space.builtIn.storedKey(attribute: "customerKey", value: "waits")
    func wait(_ commit: Int64, _ number: UInt64) -> PendingKey {
      PendingKey(
        id: PendingKey.ID(commit: commit, ordinal: 0), tid: tid(number), key: key, touchpoint: "web", at: now,
        queuedAt: now)
    }
    func end(_ commit: Int64) -> Effect {
      .pendingSettled(PendingKey.ID(commit: commit, ordinal: 0), end: .stale)
    }
    return [
      [.born(tid(1), at: now, parent: nil), .pendingQueued(wait(1, 1))],
      [.born(tid(2), at: now, parent: nil), .pendingQueued(wait(2, 2))],
      [end(1)], [end(2)], [.pendingQueued(wait(5, 1))], [end(5)],
    ]
  }()

  /// Commits effects as the end of a wait.
  private static func commit(_ effects: [Effect], in store: any IdentityStore) async throws {
    var footprint = Footprint()
    footprint.tids = [tid(1), tid(2)]
    let step = TransactionStep(footprint: footprint) { snapshot in
      .commit(
        JournalEntry(
          sequence: snapshot.sequence, at: now, event: .pending(.init(commit: 99, ordinal: 0), nil),
          effects: effects))
    }
    #expect(try await store.transact([step]) == 1)
  }
}
#endif
