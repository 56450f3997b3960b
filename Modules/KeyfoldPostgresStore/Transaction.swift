#if PostgreSQL
import KeyfoldCore

/// One attempt to carry out several tasks' steps, or an erasure, in one transaction of the database.
///
/// **Order.** Every transaction reads the head row, takes the number after it for its entry, and writes the
/// head row back, last of all. Two that overlap would both write it, which `SERIALIZABLE` allows one of
/// them: so a number is given out once, and whoever can see an entry sees all with smaller numbers. Nothing
/// is committed late behind a reader that follows the journal, and there are no gaps.
///
/// **Turns.** So that those who would fail wait instead, each locks the empty table `turn` first. `LOCK
/// TABLE` takes no snapshot: the transaction sees what the one before it committed, and conflicts are the
/// exception. It is held for two round trips and one flush to disk, which a whole group of captures shares.
/// Because it is always the first lock, and rows are written in one order, there are no deadlocks. A server
/// that has no `LOCK TABLE` is written to without turns: those who fail try again.
///
/// **Lost answers.** Where the connection breaks during the commit, the journal knows: see `Writer.settle`.
struct Transaction {
  let connection: Connection
  let session: Session

  /// Why an attempt came to nothing.
  enum Setback: Error {
    /// It cannot be carried out.
    case failed(StoreError)
    /// Nothing of it is stored; it may be begun anew.
    case notStored(Failure)

    /// What it means to those who do not begin anew.
    var storeError: StoreError {
      switch self {
      case .failed(let error): error
      case .notStored(let failure): failure.storeError
      }
    }
  }

  /// What came of an attempt.
  enum Attempt<Answer> {
    case done(Answer)
    /// Done if it is stored: whoever can read the journal finds its last entry with this token, or does not.
    case unsettled(Answer, Commit, Failure)
  }

  /// Names a commit in the journal.
  struct Commit {
    let sequence: Int64
    /// Drawn at random for this attempt.
    let token: Digest
  }

  /// - Returns: The number of steps carried out of each list.
  func carryOut(_ jobs: [[TransactionStep]]) throws(Setback) -> Attempt<[Int]> {
    let gathering = Gathering(jobs.joined().map(\.footprint))
    let (head, answers) = try begin(gathering.commands(session))
    let (set, counts) = try understanding { () throws(StoreError) in
      var set = try gathering.workingSet(answers, head: head, session: session)
      var counts: [Int] = []
      for steps in jobs {
        var done = 0
        while done < steps.count, try set.carryOut(steps[done]) { done += 1 }
        counts.append(done)
      }
      return (set, counts)
    }
    guard set.changes.isEmpty else { return try commit(set, counts) }
    rollBack()
    return .done(counts)
  }

  /// Begins it, and runs what is to be read first.
  ///
  /// - Returns: The answers, in the places of the commands.
  func begin(_ commands: [Connection.Command]) throws(Setback) -> (Head, [Rows]) {
    let answers: [Rows]
    do throws(Failure) { answers = try connection.begin([.prepared(.head)] + commands) } catch {
      throw setback(error)
    }
    let head = try understanding { () throws(StoreError) in
      let head = try Head(answers[0])
      guard head.revision == session.revision else { throw .rulesChanged }
      return head
    }
    return (head, Array(answers[1...]))
  }

  @discardableResult
  func run(_ commands: [Connection.Command]) throws(Setback) -> [Rows] {
    do throws(Failure) { return try connection.run(commands) } catch { throw setback(error) }
  }

  /// Makes something of what was read. Where that fails, so does the transaction.
  func understanding<Answer>(_ body: () throws(StoreError) -> Answer) throws(Setback) -> Answer {
    do throws(StoreError) { return try body() } catch {
      rollBack()
      throw .failed(error)
    }
  }

  /// Writes what was decided, and ends the transaction.
  func commit<Answer>(_ set: WorkingSet, _ answer: Answer) throws(Setback) -> Attempt<Answer> {
    let commit = Commit(sequence: set.head.sequence, token: .random())
    do throws(Failure) {
      let answers = try connection.run(set.commands(token: commit.token) + [.text("COMMIT")])
      guard answers.last?.command == "COMMIT" else {
        throw Failure(state: "40000", words: "the transaction was rolled back", isLost: false)
      }
    } catch {
      if error.isLost { return .unsettled(answer, commit, error) }
      throw setback(error)
    }
    return .done(answer)
  }

  private func setback(_ failure: Failure) -> Setback {
    rollBack()
    return failure.isConflict || failure.isPassing ? .notStored(failure) : .failed(failure.storeError)
  }

  /// Ends a transaction of which nothing is to stay. A connection on which that fails is not used again.
  func rollBack() {
    guard !connection.isLost else { return }
    _ = try? connection.run([.text("ROLLBACK")])
  }
}

extension Connection {
  /// Begins a transaction, takes a turn, and runs commands in it, all in one round trip.
  ///
  /// - Returns: The answers, in the places of the commands.
  func begin(_ commands: [Command]) throws(Failure) -> [Rows] {
    var opening: [Command] = [.text("BEGIN ISOLATION LEVEL SERIALIZABLE")]
    if takesTurns { opening.append(.text("LOCK TABLE turn IN EXCLUSIVE MODE")) }
    do throws(Failure) {
      return Array(try run(opening + commands)[opening.count...])
    } catch {
      guard takesTurns, error.isUnsupported else { throw error }
      takesTurns = false
      try run([.text("ROLLBACK")])
      return try begin(commands)
    }
  }
}

extension Digest {
  /// Drawn at random.
  static func random() -> Digest {
    let bytes = randomBytes(16)
    func half(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    return Digest(high: half(bytes[..<8]), low: half(bytes[8...]))
  }
}
#endif
