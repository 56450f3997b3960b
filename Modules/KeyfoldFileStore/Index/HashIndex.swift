/// Finds the number of a record by the hash of its key: open addressing, eight bytes a slot.
///
/// A slot holds 32 bits of the hash and the number, so that growing needs no look at the records. The index
/// is cut into shards by other bits of the hash, and one shard grows, or is copied for a view, at a time:
/// with 4096 of them that is some ten microseconds at 10 million records. Equal hashes are told apart by the
/// caller, who compares the keys themselves. Hashes come from Swift's `Hasher`, which is keyed anew in each
/// process: nobody outside can make them collide.
struct HashIndex: Sendable {
  private struct Shard {
    var slots: ContiguousArray<UInt64> = []
    var count = 0

    mutating func place(_ slot: UInt64) {
      let mask = slots.count - 1
      var place = Int(slot >> 32) & mask
      while slots[place] != 0 { place = (place + 1) & mask }
      slots[place] = slot
    }

    mutating func grow() {
      let old = slots
      slots = ContiguousArray(repeating: 0, count: max(16, old.count * 2))
      for slot in old where slot != 0 { place(slot) }
    }
  }

  private var shards = ContiguousArray(repeating: Shard(), count: HashIndex.shardCount)

  private static let shardBits = 12
  private static let shardCount = 1 << shardBits

  /// The first record of that hash for which the closure holds.
  func find(_ hash: UInt64, where matches: (UInt32) -> Bool) -> UInt32? {
    let tag = hash & 0xFFFF_FFFF
    return shards[HashIndex.shard(hash)].slots.withUnsafeBufferPointer { slots in
      guard !slots.isEmpty else { return nil }
      let mask = slots.count - 1
      var place = Int(tag) & mask
      while slots[place] != 0 {
        let slot = slots[place]
        if slot >> 32 == tag, matches(UInt32(truncatingIfNeeded: slot) - 1) {
          return UInt32(truncatingIfNeeded: slot) - 1
        }
        place = (place + 1) & mask
      }
      return nil
    }
  }

  /// Adds a record that is not there yet.
  mutating func insert(_ hash: UInt64, _ number: UInt32) {
    let index = HashIndex.shard(hash)
    // Three quarters full at most.
    if shards[index].count * 4 >= shards[index].slots.count * 3 { shards[index].grow() }
    shards[index].place(hash << 32 | UInt64(number) + 1)
    shards[index].count += 1
  }

  private static func shard(_ hash: UInt64) -> Int { Int(hash >> UInt64(64 - shardBits)) }
}
