import KeyfoldCore

extension StoreConformance {
  static let openingCases: [Case] = [
    Case(1, "A new store holds nothing, and its secret has 16 bytes at least.") { conformance in
      let store = try await conformance.makeStore()
      let identity = try await store.open(for: conformanceSpace, acceptingChange: false)
      try requireEqual(identity.sequence, 0, "sequence")
      try require(identity.secret.count >= 16, "a secret of \(identity.secret.count) bytes")
      let other = try await conformance.makeStore().open(for: conformanceSpace, acceptingChange: false)
      try require(identity.secret != other.secret, "two stores have the same secret")
      let counts = try await store.read { view throws(StoreError) in try view.counts() }
      try requireEqual(counts, StoreCounts(), "counts")
    },
    Case(2, "A store that is opened again has the secret, the journal and the state it had.") { conformance in
      guard let reopen = conformance.reopen else { return }
      let store = try await conformance.makeStore()
      let first = try await store.open(for: conformanceSpace, acceptingChange: false)
      try await store.commit([.born(conformanceTID(1), at: conformanceTime, parent: nil)])
      let digest = try await store.read { view throws(StoreError) in try view.stateDigest() }
      try await store.close()
      let again = try await reopen(store)
      let second = try await again.open(for: conformanceSpace, acceptingChange: false)
      try requireEqual(second.secret, first.secret, "secret")
      try requireEqual(second.sequence, 1, "sequence")
      try requireEqual(
        try await again.read { view throws(StoreError) in try view.stateDigest() }, digest, "state digest")
    },
    Case(3, "A store that was written with other rules refuses to open and names every difference.") {
      conformance in
      guard let reopen = conformance.reopen else { return }
      let store = try await conformance.openStore()
      try await store.commit([.born(conformanceTID(1), at: conformanceTime, parent: nil)])
      try await store.close()
      let again = try await reopen(store)
      do {
        _ = try await again.open(for: changedSpace, acceptingChange: false)
      } catch let error as StoreError {
        try requireEqual(error.code, .spaceChanged, "error")
        for word in ["email.limit", "maxTidsPerProfile"] {
          try require(error.message.contains(word), "'\(word)' is not named in: \(error.message)")
        }
        return
      }
      throw ConformanceFailure(description: "other rules were taken")
    },
    Case(4, "An accepted change of rules is journalled and holds from then on.") { conformance in
      guard let reopen = conformance.reopen else { return }
      let store = try await conformance.openStore()
      try await store.commit([.born(conformanceTID(1), at: conformanceTime, parent: nil)])
      try await store.close()
      let changed = try await reopen(store)
      try requireEqual(
        try await changed.open(for: changedSpace, acceptingChange: true).sequence, 2, "sequence")
      let entry = try await changed.read { view throws(StoreError) in try view.entry(2) }
      guard case .operation(.changeSpace(let differences)) = entry?.event else {
        throw ConformanceFailure(
          description: "the change is not in the journal: \(String(describing: entry))")
      }
      try requireEqual(differences.count, 2, "differences")
      try await changed.close()
      let later = try await reopen(changed)
      try requireEqual(
        try await later.open(for: changedSpace, acceptingChange: false).sequence, 2, "sequence later")
      try await later.close()
      try await requireError(.spaceChanged, "the former rules") {
        _ = try await reopen(later).open(for: conformanceSpace, acceptingChange: false)
      }
    },
    Case(5, "After it was closed, a store refuses every call.") { conformance in
      let store = try await conformance.openStore()
      try await store.close()
      try await requireError(.closed, "reading") { _ = try await store.snapshot() }
      try await requireError(.closed, "writing") {
        try await store.commit([.born(conformanceTID(1), at: conformanceTime, parent: nil)])
      }
    },
  ]
}

private let changedSpace: Space = {
  var email = KeyAttribute.trusted("email")
  email.limit = 3
  var card = KeyAttribute.trusted("card")
  card.limit = nil
  var rules = Space.Rules()
  rules.maxTidsPerProfile = 7
  do {
    return try Space(name: "conformance", attributes: [.trusted("crmId"), email, card], rules: rules)
  } catch {
    preconditionFailure("the changed space of the conformance suite is none: \(error)")
  }
}()
