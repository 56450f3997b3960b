import Keyfold
import KeyfoldCore

extension StoreConformance {
  static let erasureCases: [Case] = [
    Case(23, "What is erased goes from state and journal, and what is captured later comes to the same.") {
      conformance in
      for seed in 31...60 as ClosedRange<UInt64> {
        let reference = try await GeneratedHistory(seed: seed, in: MemoryStore(), erasing: true)
        let store = try await GeneratedHistory(
          seed: seed, in: try await conformance.makeStore(), erasing: true)
        try requireEqual(
          store.erasures.map(\.erased), reference.erasures.map(\.erased), "erasures of seed \(seed)")
        try requireEqual(store.outcomes.count, reference.outcomes.count, "number of outcomes")
        for (number, (expected, actual)) in zip(reference.outcomes, store.outcomes).enumerated() {
          try requireEqual(actual, expected, "outcome \(number + 1) of seed \(seed)")
        }
        for (number, (expected, actual)) in zip(reference.changes, store.changes).enumerated() {
          try requireEqual(actual, expected, "operation \(number + 1) of seed \(seed)")
        }
        try requireEqual(store.digest, reference.digest, "state digest of seed \(seed)")
        try requireEqual(store.counts, reference.counts, "counts of seed \(seed)")
        try requireEqual(
          store.entries.map(withoutDigests), reference.entries.map(withoutDigests), "journal of seed \(seed)")
      }
    },
    Case(24, "After erasures the journal alone still gives the state, without what was erased.") {
      conformance in
      for seed in 61...90 as ClosedRange<UInt64> {
        let store = try await GeneratedHistory(
          seed: seed, in: try await conformance.makeStore(), erasing: true)
        try requireEqual(store.rebuilt, store.digest, "digest of the rebuilt state of seed \(seed)")
        try requireEqual(store.problems, [], "problems of seed \(seed)")
        try requireEqual(
          store.entries.map(\.sequence), Array(1...Int64(store.entries.count)), "sequences of seed \(seed)")
        let text = store.entries.map { String(decoding: $0.encoded, as: UTF8.self) }.joined()
        for tid in store.erasures.flatMap(\.erased.tids) {
          try require(!text.contains(tid.description), "the journal of seed \(seed) names \(tid)")
        }
      }
    },
    Case(25, "An erased TID is told from one that never was, and so is the id of a capture of it.") {
      conformance in
      let store = try await conformance.openStore()
      let (one, two) = (conformanceTID(1), conformanceTID(2))
      var reader = store
      try await captureForErasing(one, in: store)
      let order = ErasureOrder(.tid(one), reason: "conformance", at: conformanceTime)
      try requireEqual(try await store.erase(order)?.tids, [one], "erased TIDs")
      try requireEqual(try await store.erase(order), nil, "a second erasure")
      if let reopen = conformance.reopen {
        try await store.close()
        reader = try await reopen(store)
        _ = try await reader.open(for: conformanceSpace, acceptingChange: false)
      }
      let found = try await reader.read { view throws(StoreError) in
        var footprint = Footprint()
        footprint.tids = [one, two]
        footprint.captureID = erasedCapture.id
        footprint.fresh = one
        return (try view.snapshot(footprint), try view.profile(of: one), view.sequence)
      }
      try requireEqual(found.0.tids, [.erased, .unknown], "presence of an erased and of an unknown TID")
      try requireEqual(found.0.memory, .erased, "memory of an erased capture")
      try requireEqual(found.0.freshExists, true, "whether an erased TID exists for one that is drawn")
      try requireEqual(found.1, nil, "the erased profile")
      try requireEqual(found.2, 2, "the last sequence")
    },
    Case(26, "A key the profile owned goes wherever it stands; one it merely claimed stays with others.") {
      conformance in
      let store = try await conformance.openStore()
      let (one, two) = (conformanceTID(1), conformanceTID(2))
      let (own, others) = (conformanceKey("crmId", "own"), conformanceKey("crmId", "others"))
      try await store.commit([.born(one, at: conformanceTime, parent: nil)])
      try await store.commit([.born(two, at: conformanceTime, parent: nil)])
      for (place, (owner, other)) in [(one, two), (two, one)].enumerated() {
        let key = place == 0 ? own : others
        try await store.commit(
          [
            .claimed(key, origin: owner, verified: true, at: conformanceTime, ordinal: 0),
            .claimed(key, origin: other, verified: false, at: conformanceTime, ordinal: 0),
          ], seeing: [one, two])
      }
      let order = ErasureOrder(.key(own), reason: "own and others", at: conformanceTime)
      try requireEqual(try await store.erase(order)?.tids, [one], "erased TIDs")
      let found = try await store.read { view throws(StoreError) in
        (try view.claims(on: own), try view.claims(on: others).map(\.origin), try view.counts())
      }
      try requireEqual(found.0, [], "claims on the key that was owned")
      try requireEqual(found.1, [two], "origins of the key that was merely claimed")
      try requireEqual(found.2.keys + found.2.unverified, 1, "number of claims")
      try requireEqual(
        try await store.erase(ErasureOrder(.key(own), reason: "again", at: conformanceTime)), nil,
        "an erasure of a key nobody owns")
    },
  ]
}

private let erasedCapture = CaptureIdentity(
  id: Digest(high: 1, low: 2), content: Digest(high: 3, low: 4))

private func captureForErasing(_ tid: TID, in store: any IdentityStore) async throws {
  let outcome = Outcome(
    id: "1", sequence: 1, tid: tid, touchpointTid: tid, decision: .created, created: true, merged: [],
    switchedFrom: nil, unknownTid: false, handoff: nil, replayed: false, keys: [])
  let record = CaptureRecord(
    identity: erasedCapture, touchpoint: "web", tid: nil, handoffTid: nil, keys: [:], at: conformanceTime,
    outcome: outcome, obstacles: [])
  let step = TransactionStep(footprint: Footprint()) { snapshot in
    .commit(
      JournalEntry(
        sequence: snapshot.sequence, at: conformanceTime, event: .capture(record),
        effects: [.born(tid, at: conformanceTime, parent: nil)]))
  }
  try requireEqual(try await store.transact([step]), 1, "steps carried out")
}

/// An entry without what is made with a store's secret.
private func withoutDigests(_ entry: JournalEntry) -> JournalEntry {
  var event = entry.event
  if case .capture(var record) = event {
    record.identity = nil
    event = .capture(record)
  }
  if case .operation(.erased) = event { event = .operation(.erased(capture: nil)) }
  let effects = entry.effects.filter { if case .erased = $0 { false } else { true } }
  return JournalEntry(sequence: entry.sequence, at: entry.at, event: event, effects: effects)
}
