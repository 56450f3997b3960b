import Keyfold
import KeyfoldCore

extension StoreConformance {
  static let stateCases: [Case] = [
    Case(18, "Every effect changes the state as the reference does.") { conformance in
      let store = try await conformance.openStore()
      var reference = IdentityState(space: conformanceSpace)
      for (effects, tids) in lifeOfEffects {
        try await store.commit(effects, seeing: tids)
        reference.apply(conformanceEntry(reference.sequence + 1, effects))
        let (digest, pending, counts) = try await store.read { view throws(StoreError) in
          (try view.stateDigest(), try view.pendingKeys(), try view.counts())
        }
        try requireEqual(digest, reference.digest(), "state digest after \(effects)")
        try requireEqual(
          pending, reference.pending.values.sorted { $0.id < $1.id }, "waiting keys after \(effects)")
        try requireEqual(counts, reference.counts(), "counts after \(effects)")
      }
    },
    Case(19, "The same captures and operations come to the same, in state digest too, as in the reference.") {
      conformance in
      for seed in 1...20 as ClosedRange<UInt64> {
        let reference = try await GeneratedHistory(seed: seed, in: MemoryStore())
        let store = try await GeneratedHistory(seed: seed, in: try await conformance.makeStore())
        for (number, (expected, actual)) in zip(reference.outcomes, store.outcomes).enumerated() {
          try requireEqual(actual, expected, "outcome \(number + 1) of seed \(seed)")
        }
        for (number, (expected, actual)) in zip(reference.changes, store.changes).enumerated() {
          try requireEqual(actual, expected, "operation \(number + 1) of seed \(seed)")
        }
        try requireEqual(store.pasts, reference.pasts, "pasts of seed \(seed)")
        try requireEqual(store.digest, reference.digest, "state digest of seed \(seed)")
      }
    },
    Case(20, "The journal alone gives the state again, and the store finds no problem with itself.") {
      conformance in
      for seed in 21...30 as ClosedRange<UInt64> {
        let store = try await GeneratedHistory(seed: seed, in: try await conformance.makeStore())
        try requireEqual(store.rebuilt, store.digest, "digest of the rebuilt state of seed \(seed)")
        try requireEqual(store.problems, [], "problems of seed \(seed)")
      }
    },
    Case(21, "Profiles come in order of their primary TIDs, entries in order, and both end when told to.") {
      conformance in
      let store = try await conformance.openStore()
      for number in [3, 1, 2] as [UInt64] {
        try await store.commit([.born(conformanceTID(number), at: conformanceTime, parent: nil)])
      }
      let (all, some, entries) = try await store.read { view throws(StoreError) in
        var all: [TID] = []
        try view.forEachProfile(after: nil) { profile throws(StoreError) in
          all.append(profile.primary.tid)
          return true
        }
        var some: [TID] = []
        try view.forEachProfile(after: conformanceTID(1)) { profile throws(StoreError) in
          some.append(profile.primary.tid)
          return false
        }
        var entries: [Int64] = []
        try view.forEachEntry(after: 1) { entry throws(StoreError) in
          entries.append(entry.sequence)
          return false
        }
        return (all, some, entries)
      }
      try requireEqual(all, [1, 2, 3].map(conformanceTID), "profiles")
      try requireEqual(some, [conformanceTID(2)], "profiles after the first until told to end")
      try requireEqual(entries, [2], "entries after 1 until told to end")
    },
    Case(
      22,
      "The past of a TID is the merge that made it secondary, and what its profile lost and did not get back."
    ) { conformance in
      let store = try await conformance.openStore()
      var reference = IdentityState(space: conformanceSpace)
      for (effects, tids) in lifeOfEffects {
        try await store.commit(effects, seeing: tids)
        reference.apply(conformanceEntry(reference.sequence + 1, effects))
        try await requireSamePasts(store, reference, "after \(effects)")
      }
      guard let reopen = conformance.reopen else { return }
      try await store.close()
      let again = try await reopen(store)
      _ = try await again.open(for: conformanceSpace, acceptingChange: false)
      try await requireSamePasts(again, reference, "after it was opened again")
    },
  ]
}

/// Compares what two stores know of the past of every TID of `lifeOfEffects`, and of one that is in neither.
private func requireSamePasts(
  _ store: any IdentityStore, _ reference: IdentityState, _ when: String
) async throws {
  for number in 1...4 as ClosedRange<UInt64> {
    var footprint = Footprint()
    footprint.tids = [conformanceTID(number)]
    let unasked = try await store.read { [footprint] view throws(StoreError) in try view.snapshot(footprint) }
    try requireEqual(unasked.past, nil, "past of TID \(number) that nobody asked for \(when)")
    footprint.wantsPast = true
    let asked = try await store.read { [footprint] view throws(StoreError) in try view.snapshot(footprint) }
    try requireEqual(
      asked.past?.inOrder, reference.snapshot(footprint).past?.inOrder, "past of TID \(number) \(when)")
  }
}

/// A life in which every effect happens, and the TIDs each commit must see.
private let lifeOfEffects: [([Effect], [TID])] = {
  let (one, two, three) = (conformanceTID(1), conformanceTID(2), conformanceTID(3))
  let later = conformanceTime.advanced(bySeconds: 60)
  let (crm, email, card) = (
    conformanceKey("crmId", "C1"), conformanceKey("email", "a@x.test"), conformanceKey("card", "7")
  )
  let waiting = PendingKey(
    id: PendingKey.ID(commit: 1, ordinal: 2), tid: one, key: card, touchpoint: "web", at: conformanceTime,
    queuedAt: later)
  return [
    (
      [
        .born(one, at: conformanceTime, parent: nil),
        .claimed(crm, origin: one, verified: true, at: conformanceTime, ordinal: 0),
        .claimed(email, origin: one, verified: false, at: conformanceTime, ordinal: 1),
        .active(one, touchpoint: "web", at: later), .datum(one, name: "city", value: "Leeds", at: later),
        .pendingQueued(waiting),
      ], []
    ),
    (
      [.active(one, touchpoint: "web", at: conformanceTime), .active(one, touchpoint: "app", at: later)],
      [one]
    ),
    ([.datum(one, name: "city", value: "York", at: conformanceTime)], [one]),
    ([.datum(one, name: "city", value: "Hull", at: later)], [one]),
    ([.verified(email, origin: one, at: later, ordinal: 0)], [one]),
    (
      [
        .born(two, at: later, parent: nil),
        .claimed(card, origin: two, verified: false, at: later, ordinal: 0),
      ], [one]
    ),
    ([.claimed(card, origin: one, verified: false, at: later, ordinal: 0)], [one]),
    ([.separated(one, two)], [one, two]),
    ([.separationRemoved(two, one)], [one, two]),
    (
      [.merged(two, into: one, by: .key(attribute: "card")), .born(three, at: later, parent: two)],
      [one, two]
    ),
    ([.released(card, origin: two, verified: false, why: .redundant)], [one]),
    ([.released(crm, origin: one, verified: true, why: .superseded)], [one]),
    ([.pendingSettled(waiting.id, end: .applied)], [one]),
    ([.revoked(two), .revoked(three)], [one]),
  ] + lifeAfterAMerge
}()

/// Goes on with claims that are lost and come back, merges that are undone, and what grows meanwhile.
private let lifeAfterAMerge: [([Effect], [TID])] = {
  let (one, two, three) = (conformanceTID(1), conformanceTID(2), conformanceTID(3))
  let later = conformanceTime.advanced(bySeconds: 120)
  let (crm, email, card) = (
    conformanceKey("crmId", "C1"), conformanceKey("email", "a@x.test"), conformanceKey("card", "8")
  )
  func claimed(_ key: Key, _ origin: TID, verified: Bool, _ ordinal: Int) -> Effect {
    .claimed(key, origin: origin, verified: verified, at: later, ordinal: ordinal)
  }
  return [
    // Somebody else owns what was lost; and the same key is lost once more, by another TID.
    ([claimed(crm, three, verified: true, 0), claimed(card, three, verified: false, 1)], [one]),
    ([.released(card, origin: three, verified: false, why: .crowdedOut)], [one]),
    ([claimed(card, three, verified: true, 0)], [one]),
    ([.released(card, origin: three, verified: true, why: .transferred)], [one]),
    // The last release counts, unless a validator called the key wrong.
    ([claimed(card, three, verified: false, 4)], [one]),
    ([.released(card, origin: three, verified: false, why: .superseded)], [one]),
    ([claimed(card, two, verified: false, 0)], [one]),
    ([.released(card, origin: two, verified: false, why: .crowdedOut)], [one]),
    ([claimed(card, two, verified: false, 2)], [one]),
    ([.released(card, origin: two, verified: false, why: .invalid)], [one]),
    // The subtree of two goes, with three, and gets a claim back as it was.
    ([.unmerged(two, from: one)], [one, two]),
    (
      [
        .restored(
          Claim(key: card, origin: three, verified: true, capturedAt: later, commit: 17, ordinal: 0)),
        .separated(one, two),
      ], [one, two, three]
    ),
    ([.released(email, origin: one, verified: true, why: .superseded)], [one]),
    ([.released(card, origin: three, verified: true, why: .superseded)], [three]),
    ([.separationRemoved(one, two)], [one, two]),
    // They are merged the other way round than before, and three is cut off alone.
    ([.merged(one, into: two, by: .operator)], [one, two]),
    ([.unmerged(three, from: two), .active(three, touchpoint: "app", at: later)], [two, three]),
    ([.merged(three, into: two, by: .handoff)], [two, three]),
    ([.unmerged(one, from: two)], [one, two]),
  ]
}()
