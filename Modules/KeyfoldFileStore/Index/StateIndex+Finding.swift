import KeyfoldCore

extension StateIndex {
  func number(of tid: TID) -> UInt32? {
    tidIndex.find(hash(tid)) { tids[$0].tid == tid }
  }

  func number(of key: Key) -> UInt32? {
    guard let attribute = attributes.known(key.attribute) else { return nil }
    return keyIndex.find(hash(key.value, attribute)) { number in
      keys[number].attribute == attribute && texts.holds(key.value, at: keys[number].value)
    }
  }

  func capture(_ id: Digest) -> CaptureEntry? {
    captureIndex.find(hash(id)) { captures[$0].id == id }.map { captures[$0] }
  }

  func key(_ number: UInt32) -> Key {
    space.storedKey(attribute: attributes[keys[number].attribute], value: texts.string(keys[number].value))
  }

  /// The primary TID of the profile a TID is in.
  func root(of number: UInt32) -> UInt32 {
    var number = number
    while tids[number].parent != none { number = tids[number].shortcut }
    return number
  }

  /// Records of a list that begins at a number.
  func list<Entry>(
    _ first: UInt32, in entries: borrowing ChunkedArray<Entry>, next: (Entry) -> UInt32
  ) -> [Entry] {
    var list: [Entry] = []
    var number = first
    while number != none {
      let entry = entries[number]
      list.append(entry)
      number = next(entry)
    }
    return list
  }

  /// The TIDs of a profile, its root first.
  func members(of root: UInt32) -> [UInt32] {
    var members = [root]
    var place = 0
    while place < members.count {
      var child = tids[members[place]].firstChild
      while child != none {
        members.append(child)
        child = tids[child].nextSibling
      }
      place += 1
    }
    return members
  }

  // MARK: Hashing

  func hash(_ value: some Hashable) -> UInt64 {
    var hasher = Hasher()
    hasher.combine(value)
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }

  func hash(_ value: String, _ attribute: UInt32) -> UInt64 {
    var hasher = Hasher()
    hasher.combine(attribute)
    hashBytes(value, into: &hasher)
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }
}
