import KeyfoldCore

extension StoreConformance {
  static let transactionCases: [Case] = [
    Case(6, "A snapshot answers everything its footprint names; absence is an answer.") { conformance in
      let store = try await conformance.openStore()
      let (one, two) = (conformanceTID(1), conformanceTID(2))
      let email = conformanceKey("email", "a@x.test")
      let nothing = try await store.snapshot([one, two], [email])
      try requireEqual(nothing.tids, [.unknown, .unknown], "TIDs of an empty store")
      try requireEqual(nothing.owners, [nil], "owners in an empty store")
      try await store.commit([
        .born(one, at: conformanceTime, parent: nil),
        .claimed(email, origin: one, verified: true, at: conformanceTime, ordinal: 0),
      ])
      let known = try await store.snapshot([two, one], [conformanceKey("email", "b@x.test"), email])
      try requireEqual(known.tids, [.unknown, .live(0)], "TIDs")
      try requireEqual(known.owners, [nil, 0], "owners")
      try requireEqual(known.profiles.count, 1, "profiles: each stands once")
      try requireEqual(known.profiles[0].claims.map(\.key), [email], "claims")
    },
    Case(7, "Sequences begin with 1, are those the snapshots announced, and have no gaps.") { conformance in
      let store = try await conformance.openStore()
      for number in 1...5 as ClosedRange<UInt64> {
        let snapshot = try await store.commit([
          .born(conformanceTID(number), at: conformanceTime, parent: nil)
        ])
        try requireEqual(snapshot.sequence, Int64(number), "announced sequence")
      }
      try requireEqual(try await store.sequences(), [1, 2, 3, 4, 5], "sequences in the journal")
    },
    Case(8, "A step sees what the steps before it in the same transaction committed.") { conformance in
      let store = try await conformance.openStore()
      let seen = Seen()
      var footprint = Footprint()
      footprint.tids = [conformanceTID(1)]
      let second = TransactionStep(footprint: footprint) { snapshot in
        seen.set(snapshot)
        return .nothing
      }
      try requireEqual(try await store.transact([birth(1), second]), 2, "steps carried out")
      try requireEqual(seen.value?.tids, [.live(0)], "what the second step sees")
      try requireEqual(seen.value?.sequence, 2, "the second step's sequence")
    },
    Case(9, "A step that stops is not carried out, nor are those after it; those before it are.") {
      conformance in
      let store = try await conformance.openStore()
      let stop = TransactionStep(footprint: Footprint()) { _ in .stop }
      try requireEqual(try await store.transact([birth(1), stop, birth(2)]), 1, "steps carried out")
      try requireEqual(
        try await store.snapshot([conformanceTID(1), conformanceTID(2)]).tids, [.live(0), .unknown], "TIDs")
    },
    Case(10, "A step with nothing to commit leaves no trace, and the next one goes on.") { conformance in
      let store = try await conformance.openStore()
      let nothing = TransactionStep(footprint: Footprint()) { _ in .nothing }
      try requireEqual(try await store.transact([nothing, birth(1), nothing]), 3, "steps carried out")
      try requireEqual(try await store.sequences(), [1], "sequences in the journal")
    },
    Case(11, "A view is of one instant: it does not see what is committed while it is lent.") { conformance in
      let store = try await conformance.openStore()
      try await store.commit([.born(conformanceTID(1), at: conformanceTime, parent: nil)])
      let (before, after) = try await withThrowingTaskGroup(of: Void.self) { group in
        let gate = Gate()
        group.addTask {
          await gate.waitUntilOpen()
          try await store.commit([.born(conformanceTID(2), at: conformanceTime, parent: nil)])
          gate.finish()
        }
        let counts = try await store.read { view throws(StoreError) in
          let before = try view.counts().tids
          gate.open()
          gate.waitUntilFinished()
          return (before, try view.counts().tids)
        }
        try await group.waitForAll()
        return counts
      }
      try requireEqual([before, after], [1, 1], "TIDs seen by the view before and after the commit")
    },
    Case(12, "Transactions that come at the same time take effect one after the other.") { conformance in
      let store = try await conformance.openStore()
      let email = conformanceKey("email", "a@x.test")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 1...200 as ClosedRange<UInt64> {
          group.addTask {
            var footprint = Footprint()
            footprint.keys = [email]
            _ = try await store.transact([claimIfFree(footprint, conformanceTID(number), email)])
          }
        }
        try await group.waitForAll()
      }
      let claims = try await store.read { view throws(StoreError) in try view.claims(on: email) }
      try requireEqual(claims.count, 1, "claims on a key that 200 tasks wanted")
      try requireEqual(try await store.sequences(), Array(1...200), "sequences in the journal")
    },
    Case(13, "A fresh TID that exists, a capture id and a spent handoff are reported.") { conformance in
      let store = try await conformance.openStore()
      let identity = CaptureIdentity(id: Digest(high: 1, low: 2), content: Digest(high: 3, low: 4))
      let handoff = Digest(high: 5, low: 6)
      try await store.commitCapture(
        identity: identity,
        effects: [
          .born(conformanceTID(1), at: conformanceTime, parent: nil),
          .handoffSpent(handoff, expires: conformanceTime.advanced(bySeconds: 60)),
        ])
      var footprint = Footprint()
      footprint.fresh = conformanceTID(1)
      footprint.captureID = identity.id
      footprint.handoff = handoff
      let known = try await store.read { [footprint] view throws(StoreError) in try view.snapshot(footprint) }
      try requireEqual(known.freshExists, true, "whether the fresh TID exists")
      try requireEqual(
        known.memory, .captured(content: identity.content, sequence: 1), "what is remembered of the id")
      try requireEqual(known.handoffSpent, true, "whether the handoff is spent")
      footprint.fresh = conformanceTID(2)
      footprint.captureID = Digest(high: 2, low: 1)
      footprint.handoff = Digest(high: 6, low: 5)
      let unknown = try await store.read { [footprint] view throws(StoreError) in try view.snapshot(footprint)
      }
      try requireEqual(unknown.freshExists, false, "whether another fresh TID exists")
      try requireEqual(unknown.memory, .new, "what is remembered of another id")
      try requireEqual(unknown.handoffSpent, false, "whether another handoff is spent")
    },
  ]
}

private func birth(_ number: UInt64) -> TransactionStep {
  TransactionStep(footprint: Footprint()) { snapshot in
    .commit(
      JournalEntry(
        sequence: snapshot.sequence, at: conformanceTime,
        event: .operation(.revoke(conformanceTID(0), reason: "conformance")),
        effects: [.born(conformanceTID(number), at: conformanceTime, parent: nil)]))
  }
}

/// Makes a TID, and gives it the key if nobody owns it.
private func claimIfFree(_ footprint: Footprint, _ tid: TID, _ key: Key) -> TransactionStep {
  TransactionStep(footprint: footprint) { snapshot in
    var effects: [Effect] = [.born(tid, at: conformanceTime, parent: nil)]
    if snapshot.owners[0] == nil {
      effects.append(.claimed(key, origin: tid, verified: true, at: conformanceTime, ordinal: 0))
    }
    return .commit(
      JournalEntry(
        sequence: snapshot.sequence, at: conformanceTime,
        event: .operation(.revoke(conformanceTID(0), reason: "conformance")), effects: effects))
  }
}

extension IdentityStore {
  /// Sequence numbers of all journal entries.
  func sequences() async throws -> [Int64] {
    try await read { view throws(StoreError) in
      var sequences: [Int64] = []
      try view.forEachEntry(after: 0) { entry throws(StoreError) in
        sequences.append(entry.sequence)
        return true
      }
      return sequences
    }
  }

  /// Commits effects as a capture with an id.
  func commitCapture(identity: CaptureIdentity, effects: [Effect]) async throws {
    let tid = conformanceTID(1)
    let outcome = Outcome(
      id: "id", sequence: 1, tid: tid, touchpointTid: tid, decision: .created, created: true, merged: [],
      switchedFrom: nil, unknownTid: false, handoff: nil, replayed: false, keys: [])
    let record = CaptureRecord(
      identity: identity, touchpoint: "web", tid: nil, handoffTid: nil, keys: [:], at: conformanceTime,
      outcome: outcome, obstacles: [])
    let step = TransactionStep(footprint: Footprint()) { snapshot in
      .commit(
        JournalEntry(
          sequence: snapshot.sequence, at: conformanceTime, event: .capture(record), effects: effects))
    }
    _ = try await transact([step])
  }
}
