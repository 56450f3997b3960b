import Foundation
import KeyfoldCore
import Testing

@Suite struct TimestampTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.000001Z", 1), ("1969-12-31T23:59:59.999999Z", -1),
    ("2026-11-24T09:30:00.000Z", 1_795_512_600_000_000), ("2026-11-24T10:30:00+01:00", 1_795_512_600_000_000),
    ("2026-11-24t09:30:00z", 1_795_512_600_000_000), ("2024-02-29T00:00:00Z", 1_709_164_800_000_000),
    ("2016-12-31T23:59:60Z", 1_483_228_800_000_000), ("2026-11-24T09:30:00.1234567Z", 1_795_512_600_123_456),
    ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
  ])
  func readsRFC3339(_ text: String, _ microseconds: Int64) {
    #expect(Timestamp(text)?.microseconds == microseconds)
  }

  @Test(arguments: [
    "", "2026-11-24", "2026-11-24T09:30:00", "2026-11-24 09:30:00Z", "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "2026-02-29T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T09:60:00Z",
    "2026-11-24T09:30:61Z", "2026-11-24T09:30:60Z", "2026-11-24T09:30:00.Z", "2026-11-24T09:30:00+1:00",
    "2026-11-24T09:30:00+01:60", "2026-11-24T09:30:00Zx", "26-11-24T09:30:00Z", "٢٠٢٦-11-24T09:30:00Z",
    "0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00",
  ])
  func refusesEverythingElse(_ text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test func writesWhatFoundationReads() throws {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    var random = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      // From 1600 on: before, Foundation counts by the Julian calendar and RFC 3339 does not.
      let milliseconds = Int64.random(in: -11_676_096_000_000...253_402_300_799_999, using: &random)
      let time = Timestamp(microseconds: milliseconds * 1000)
      let date = try style.parse(time.description)
      #expect(Int64((date.timeIntervalSince1970 * 1000).rounded()) == milliseconds, "\(time)")
      #expect(Timestamp(time.description) == time)
    }
  }

  @Test func millisecondsAreWrittenUnlessThereIsMore() {
    #expect(Timestamp(microseconds: 1_795_512_600_000_000).description == "2026-11-24T09:30:00.000Z")
    #expect(Timestamp(microseconds: 1_795_512_600_000_001).description == "2026-11-24T09:30:00.000001Z")
  }
}
