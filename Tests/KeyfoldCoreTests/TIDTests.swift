import KeyfoldCore
import Testing

@Suite struct TIDTests {
  @Test(arguments: [
    "0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a90", "00000000-0000-7000-8000-000000000000",
    "ffffffff-ffff-7fff-bfff-ffffffffffff",
  ])
  func canonicalTextReadsBack(_ text: String) throws {
    let tid = try #require(TID(text))
    #expect(tid.description == text)
    #expect(TID(bytes: tid.bytes) == tid)
  }

  @Test(arguments: [
    "", "0199B2C4-9f3a-7d21-8c55-0b7f6e1d2a90", "0199b2c49f3a7d218c550b7f6e1d2a90",
    "0199b2c4-9f3a-4d21-8c55-0b7f6e1d2a90", "0199b2c4-9f3a-7d21-cc55-0b7f6e1d2a90",
    "0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a9", "0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a900",
    "0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a9g", " 0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a90",
    "{0199b2c4-9f3a-7d21-8c55-0b7f6e1d2a90}", "0199b2c4_9f3a-7d21-8c55-0b7f6e1d2a90",
  ])
  func everythingElseIsRefused(_ text: String) {
    #expect(TID(text) == nil)
  }

  @Test func orderIsThatOfTheText() {
    let tids = (0..<200).map {
      TID(milliseconds: UInt64($0 * 7919 % 200), counter: UInt64($0), random: UInt64($0) << 40)
    }
    #expect(tids.sorted().map(\.description) == tids.map(\.description).sorted())
  }

  @Test func aFreshTIDSortsAfterTheOneItBelongsTo() {
    let ahead = TID(milliseconds: 2000, counter: 0xFFF, random: .max)
    let fresh = TID(milliseconds: 1000, counter: 0, random: 5)
    #expect(fresh.sorting(after: ahead) > ahead)
    #expect(fresh.sorting(after: ahead).low == fresh.low, "the random bits are its own")
    let later = TID(milliseconds: 3000, counter: 0, random: 5)
    #expect(later.sorting(after: ahead) == later)
  }
}
