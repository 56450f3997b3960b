import KeyfoldCore

extension StoreConformance {
  static let textCases: [Case] = [
    Case(14, "Keys are compared by the bytes of their values: case, accents, spaces and zeros count.") {
      conformance in
      let store = try await conformance.openStore()
      var effects: [Effect] = [.born(conformanceTID(1), at: conformanceTime, parent: nil)]
      for (ordinal, value) in distinctTexts.enumerated() {
        let key = conformanceKey("card", value)
        effects.append(
          .claimed(key, origin: conformanceTID(1), verified: true, at: conformanceTime, ordinal: ordinal))
      }
      try await store.commit(effects)
      for (ordinal, value) in distinctTexts.enumerated() {
        let claims = try await store.read { view throws(StoreError) in
          try view.claims(on: conformanceKey("card", value))
        }
        try requireEqual(claims.map(\.ordinal), [ordinal], "claims on the value \(Array(value.utf8))")
      }
    },
    Case(15, "Touchpoints and names of data are compared by their bytes too.") { conformance in
      let store = try await conformance.openStore()
      var effects: [Effect] = [.born(conformanceTID(1), at: conformanceTime, parent: nil)]
      for text in distinctTexts {
        effects.append(.active(conformanceTID(1), touchpoint: text, at: conformanceTime))
        effects.append(.datum(conformanceTID(1), name: text, value: text, at: conformanceTime))
      }
      try await store.commit(effects)
      let profile = try await store.read { view throws(StoreError) in try view.profile(of: conformanceTID(1))
      }
      let expected = distinctTexts.map { ExactText($0) }.sorted()
      try requireEqual(profile?.activity.map { ExactText($0.touchpoint) } ?? [], expected, "touchpoints")
      try requireEqual(profile?.data.map { ExactText($0.name) } ?? [], expected, "names of data")
      try requireEqual(profile?.data.map { ExactText($0.value) } ?? [], expected, "values of data")
    },
    Case(16, "Times keep their microseconds, before 1970 and far from now.") { conformance in
      let store = try await conformance.openStore()
      let times = [-62_135_596_800_000_000, -1, 0, 1, 1_767_225_600_123_456, 253_402_300_799_999_999]
        .map { Timestamp(microseconds: $0) }
      for (number, time) in times.enumerated() {
        try await store.commit([.born(conformanceTID(UInt64(number) + 1), at: time, parent: nil)])
      }
      for (number, time) in times.enumerated() {
        let profile = try await store.read { view throws(StoreError) in
          try view.profile(of: conformanceTID(UInt64(number) + 1))
        }
        try requireEqual(profile?.primary.bornAt, time, "birth")
      }
    },
    Case(17, "A journal entry comes back as it was committed.") { conformance in
      let store = try await conformance.openStore()
      let key = conformanceKey("card", distinctTexts.joined(separator: "\n"))
      let effects: [Effect] = [
        .born(conformanceTID(1), at: conformanceTime, parent: nil),
        .claimed(key, origin: conformanceTID(1), verified: true, at: conformanceTime, ordinal: 3),
      ]
      try await store.commit(effects)
      let entry = try await store.read { view throws(StoreError) in try view.entry(1) }
      try requireEqual(entry?.effects ?? [], effects, "effects")
      try requireEqual(entry?.at, conformanceTime, "time")
      try requireEqual(
        entry?.event, .operation(.revoke(conformanceTID(0), reason: "conformance")), "event")
      let none = try await store.read { view throws(StoreError) in try view.entry(2) }
      try requireEqual(none, nil, "an entry that does not exist")
    },
  ]
}

/// Texts that some databases, and Swift's own `==`, hold for equal or cannot keep.
private let distinctTexts = [
  "a", "A", "á", "a\u{301}", "ａ", " a", "a ", "a  ", "0", "00", "1", "1.0", "1e0", "ß", "ss", "SS", "ı", "i",
  "I", "İ",
  "\u{1F600}", "\u{10FFFF}", "\u{FFFD}", "'", "\"", "\\", "%", "_", "NULL", "\t", "\r\n", "\u{1}",
  "a\u{200B}",
  String(repeating: "x", count: 1000), String(repeating: "x", count: 1001),
]
