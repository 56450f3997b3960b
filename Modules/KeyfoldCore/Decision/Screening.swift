/// A key that passed screening.
package struct ScreenedKey: Sendable, Hashable {
  package let key: Key
  /// Place in the request: stronger attribute first, within one as its values were sent.
  package let ordinal: Int

  package init(key: Key, ordinal: Int) {
    self.key = key
    self.ordinal = ordinal
  }
}

/// A value that is no key.
package struct RejectedKey: Sendable, Hashable {
  package let attribute: String
  /// Normalised, or as sent where it is malformed.
  package let value: String
  package let reason: Outcome.Reason
  /// The key a blocked value would be; nil where it is malformed.
  package let key: Key?
  package let ordinal: Int
}

/// The keys of a capture after normalising and screening (semantics, section 3).
package struct ScreenedKeys: Sendable, Hashable {
  package var accepted: [ScreenedKey] = []
  package var rejected: [RejectedKey] = []

  package init(accepted: [ScreenedKey] = []) { self.accepted = accepted }
}

extension Space {
  /// Normalises and screens the keys of a capture.
  ///
  /// - Throws: `unknownAttribute`, or `ambiguousKeys` where more distinct values pass than a profile may
  ///   hold.
  package func screen(_ keys: CapturedKeys) throws(CaptureError) -> ScreenedKeys {
    var ordered: [(strength: Int, entry: CapturedKeys.Entry)] = []
    ordered.reserveCapacity(keys.entries.count)
    for entry in keys.entries {
      guard let strength = strength(of: entry.attribute) else {
        throw unknownAttribute(entry.attribute, in: "keys")
      }
      // Few keys, mostly in order already: insertion keeps values of one attribute as they were sent.
      var place = ordered.endIndex
      while place > 0, ordered[place - 1].strength > strength { place -= 1 }
      ordered.insert((strength, entry), at: place)
    }
    try requireAttributes(keys.empty, in: "keys")
    var screened = ScreenedKeys()
    screened.accepted.reserveCapacity(ordered.count)
    for (ordinal, item) in ordered.enumerated() {
      screened.add(
        item.entry, attribute: attributes[item.strength], strength: item.strength, ordinal, blockLists)
    }
    try refuseTooMany(screened.accepted)
    return screened
  }

  /// Refuses names that are no attribute of the space.
  ///
  /// - Parameter field: where they stand in the capture.
  package func requireAttributes(_ names: some Sequence<String>, in field: String) throws(CaptureError) {
    for name in names where strength(of: name) == nil { throw unknownAttribute(name, in: field) }
  }

  private func refuseTooMany(_ keys: [ScreenedKey]) throws(CaptureError) {
    var start = keys.startIndex
    while start < keys.endIndex {
      let strength = keys[start].key.strength
      let end = keys[start...].firstIndex { $0.key.strength != strength } ?? keys.endIndex
      if let limit = attributes[strength].limit, end - start > limit {
        let name = attributes[strength].name
        throw CaptureError(
          .ambiguousKeys, field: "keys.\(name)",
          "\(end - start) different values, but a profile holds at most \(limit); send the customer's own only"
        )
      }
      start = end
    }
  }

  private func unknownAttribute(_ name: String, in field: String) -> CaptureError {
    let names = attributes.map(\.name)
    let hint = nearest(to: name, among: names).map { "; did you mean '\($0)'?" } ?? ""
    return CaptureError(
      .unknownAttribute, field: "\(field).\(name)",
      "the space '\(self.name)' has no such key attribute\(hint.isEmpty ? "; it has \(names.joined(separator: ", "))" : hint)"
    )
  }
}

extension ScreenedKeys {
  fileprivate mutating func add(
    _ entry: CapturedKeys.Entry, attribute: KeyAttribute, strength: Int, _ ordinal: Int,
    _ blockLists: [BlockList]
  ) {
    guard let value = attribute.normalized(entry.value) else {
      let known = rejected.contains {
        $0.key == nil && sameBytes($0.value, entry.value) && sameBytes($0.attribute, attribute.name)
      }
      if !known { reject(attribute.name, entry.value, .malformed, key: nil, ordinal) }
      return
    }
    let key = Key(attribute: attribute.name, value: value, strength: strength)
    if blockLists[strength].contains(value) {
      if !rejected.contains(where: { $0.key == key }) {
        reject(attribute.name, value, .blocked, key: key, ordinal)
      }
    } else if !accepted.contains(where: { $0.key.strength == strength && $0.key == key }) {
      accepted.append(ScreenedKey(key: key, ordinal: ordinal))
    }
  }

  private mutating func reject(
    _ attribute: String, _ value: String, _ reason: Outcome.Reason, key: Key?, _ ordinal: Int
  ) {
    rejected.append(
      RejectedKey(attribute: attribute, value: value, reason: reason, key: key, ordinal: ordinal))
  }
}
