import KeyfoldCore
import Testing

/// Points of the journal as an operator writes them.
@Suite struct JournalPointTests {
  @Test func aTimeOrANumberIsRead() {
    #expect(JournalPoint("#0") == .sequence(0))
    #expect(JournalPoint("#42") == .sequence(42))
    #expect(
      JournalPoint("2026-11-24T09:30:00Z") == .time(Timestamp(microseconds: 1_795_512_600_000_000)))
  }

  @Test(arguments: [
    "", "#", "42", "#-1", "#+1", "# 1", "#1.5", "#99999999999999999999", "yesterday", "2026-11-24",
  ]) func nothingElseIs(_ text: String) {
    #expect(JournalPoint(text) == nil)
  }

  @Test func aSpanHasItsEndsAndNotTheEntryItComesAfter() {
    func entry(_ sequence: Int64, _ seconds: Int64) -> JournalEntry {
      JournalEntry(
        sequence: sequence, at: Timestamp(microseconds: seconds * 1_000_000), event: .operation(.lost),
        effects: [])
    }
    let numbers = JournalSpan(since: .sequence(2), until: .sequence(4))
    #expect((1...5).filter { numbers.contains(entry($0, 0)) } == [3, 4])
    #expect(!numbers.isOver(at: entry(4, 0)) && numbers.isOver(at: entry(5, 0)))
    let times = JournalSpan(
      since: .time(Timestamp(microseconds: 2_000_000)), until: .time(Timestamp(microseconds: 4_000_000)))
    #expect((1...5).filter { times.contains(entry($0, $0)) } == [2, 3, 4])
    #expect(!times.isOver(at: entry(9, 9)), "clocks may go back: what comes later may belong to it")
    #expect((1...3).allSatisfy { JournalSpan().contains(entry($0, $0)) })
  }
}
