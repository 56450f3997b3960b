#if PostgreSQL
import KeyfoldCore

/// Carries out groups of transactions over one connection, as often as it takes. Belongs to one thread.
struct Writer {
  let lane: Lane
  let session: Session
  let patience: Duration

  /// Attempts at one transaction that others may undo.
  private static let attemptsMax = 16
  /// The longest pause between two of them.
  private static let pauseMsMax: UInt32 = 200

  /// - Returns: The number of steps carried out of each list; all of them are durable.
  /// - Throws: `StoreError`; then nothing is stored, except where it says that this is unknown.
  func carryOut(_ jobs: [[TransactionStep]]) throws(StoreError) -> [Int] {
    try persist { transaction throws(Transaction.Setback) in try transaction.carryOut(jobs) }
  }

  /// - Returns: What was erased, for good; nil where nobody is named so.
  /// - Throws: as `carryOut`.
  func erase(_ order: ErasureOrder, _ survey: Survey?) throws(StoreError) -> Erased? {
    try persist { transaction throws(Transaction.Setback) in
      try Eraser(transaction: transaction, order: order, survey: survey).erase()
    }
  }

  private typealias Attempting<Answer> =
    (Transaction) throws(Transaction.Setback) -> Transaction.Attempt<Answer>

  private func persist<Answer>(_ body: Attempting<Answer>) throws(StoreError) -> Answer {
    var patience = Patience(self.patience)
    var conflicts = 0
    var pauseMs: UInt32 = 2
    while true {
      let setback: Failure
      do throws(Transaction.Setback) {
        switch try attempt(body) {
        case .done(let answer): return answer
        case .unsettled(let answer, let commit, let failure):
          do throws(StoreError) { if try settle(commit, failure, &patience) { return answer } } catch {
            throw Transaction.Setback.failed(error)
          }
          setback = failure
        }
      } catch {
        switch error {
        case .failed(let error): throw error
        case .notStored(let failure): setback = failure
        }
      }
      if setback.isPassing {
        lane.disconnect()
        guard patience.pause() else { throw setback.storeError }
      } else {
        conflicts += 1
        guard conflicts < Writer.attemptsMax else { throw setback.storeError }
        pauseMs = Jitter.pause(pauseMs, max: Writer.pauseMsMax)
      }
    }
  }

  private func attempt<Answer>(
    _ body: Attempting<Answer>
  ) throws(Transaction.Setback) -> Transaction.Attempt<Answer> {
    let connection: Connection
    do throws(Failure) { connection = try lane.connected() } catch {
      throw error.isPassing ? .notStored(error) : .failed(error.storeError)
    }
    return try body(Transaction(connection: connection, session: session))
  }

  /// Finds out whether a commit whose answer was lost took place.
  ///
  /// The lost transaction holds its turn until it has ended either way: whoever gets the next turn sees all
  /// there will ever be of it. Its last entry bears its token, or it is not stored. The look-up writes too:
  /// where commits wait for a standby, its own waits for everything before it, so what it found is as safe
  /// as what it reports. Where there are no turns, writing the head row does for both: only one of two that
  /// write it at the same time can go on, and the lost transaction writes it too.
  ///
  /// - Returns: Whether it is stored.
  /// - Throws: `.unavailable` where nobody can be asked in time.
  private func settle(
    _ commit: Transaction.Commit, _ lost: Failure, _ patience: inout Patience
  ) throws(StoreError) -> Bool {
    while true {
      lane.disconnect()
      do throws(Failure) {
        let answers = try lane.connected().begin([
          .prepared(.ownEntry, [.int(commit.sequence), .uuid(commit.token)]),
          .text("UPDATE head SET sequence = sequence WHERE one = 1"), .text("COMMIT"),
        ])
        return answers[0].count > 0
      } catch {
        guard patience.pause() else {
          throw StoreError(
            .unavailable,
            """
            the connection was lost during a commit, and the server could not be asked since: whether this \
            is stored is unknown; repeat captures that have an id
            """,
            underlying: lost.storeError.underlying)
        }
      }
    }
  }
}
#endif
