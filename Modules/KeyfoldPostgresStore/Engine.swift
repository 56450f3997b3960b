#if PostgreSQL
import KeyfoldCore
import Synchronization

/// The threads and connections of an open store: one thread writes, a few read, each over a connection of its
/// own.
///
/// One writer is enough: transactions of the whole store take turns anyway, and while one is under way the
/// next group gathers.
final class Engine: Sendable {
  private let location: Location
  private let options: PostgresStore.Options
  private let space: Space
  private let schema: String
  private let writes = WorkQueue<WriteJob>()
  private let reads = WorkQueue<ReadJob>()
  private let shared = Mutex(Shared())

  /// Steps that share one commit at most, so that others get their turn.
  static let groupStepsMax = 1024

  private enum WriteJob: Sendable {
    case steps([TransactionStep], finish: @Sendable (Result<Int, StoreError>) -> Void)
    case erasure(ErasureOrder, Survey?, finish: @Sendable (Result<Erased?, StoreError>) -> Void)

    /// An erasure shares its transaction with nobody.
    var weight: Int { if case .steps(let steps, _) = self { steps.count } else { Engine.groupStepsMax + 1 } }
  }

  /// Runs on the thread the lane belongs to.
  private typealias ReadJob = @Sendable (Lane) -> Void

  private struct Shared {
    var session: Session?
    var threads = 0
    var readers = 0
    /// Whoever waits for the last thread to end.
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  init(_ location: Location, options: PostgresStore.Options, space: Space) {
    self.location = location
    self.options = options
    self.space = space
    schema = options.schema ?? location.schema ?? Location.schema(of: space)
  }

  // MARK: Starting and ending

  /// Opens the store on the writing thread, which goes on with its connection.
  func start(acceptingChange: Bool) async throws(StoreError) -> StoreIdentity {
    let result = await withCheckedContinuation { (opened: CheckedContinuation<Opened, Never>) in
      do throws(StoreError) {
        try start {
          self.write(acceptingChange) { opened.resume(returning: $0) }
        }
      } catch {
        opened.resume(returning: .failure(error))
      }
    }
    let identity = try result.get()
    // One reader there must be; others come when it is busy.
    do throws(StoreError) { try addReader() } catch {
      stop()
      throw error
    }
    return identity
  }

  private typealias Opened = Result<StoreIdentity, StoreError>

  private func start(_ body: @escaping @Sendable () -> Void) throws(StoreError) {
    shared.withLock { $0.threads += 1 }
    do throws(StoreError) {
      try startThread {
        body()
        self.threadEnded()
      }
    } catch {
      threadEnded()
      throw error
    }
  }

  private func threadEnded() {
    let waiters = shared.withLock { shared in
      shared.threads -= 1
      guard shared.threads == 0 else { return [CheckedContinuation<Void, Never>]() }
      defer { shared.waiters = [] }
      return shared.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Takes no more work. Threads end when they have done what is there.
  func stop() {
    writes.close()
    reads.close()
  }

  /// Stops, and waits until all connections are closed.
  func end() async {
    stop()
    await withCheckedContinuation { waiter in
      let isOver = shared.withLock { shared in
        if shared.threads > 0 { shared.waiters.append(waiter) }
        return shared.threads == 0
      }
      if isOver { waiter.resume() }
    }
  }

  // MARK: Writing

  func transact(_ steps: [TransactionStep]) async throws(StoreError) -> Int {
    let result = await withCheckedContinuation {
      (waiter: CheckedContinuation<Result<Int, StoreError>, Never>) in
      let job = WriteJob.steps(steps) { waiter.resume(returning: $0) }
      if writes.push(job) == .closed { waiter.resume(returning: .failure(.notOpen)) }
    }
    return try result.get()
  }

  func erase(_ order: ErasureOrder) async throws(StoreError) -> Erased? {
    // Where the server goes away meanwhile, the transaction has to do without, or to report it.
    let survey = try? await read { view throws(StoreError) in try Survey(order, view) }
    let result = await withCheckedContinuation {
      (waiter: CheckedContinuation<Result<Erased?, StoreError>, Never>) in
      let job = WriteJob.erasure(order, survey) { waiter.resume(returning: $0) }
      if writes.push(job) == .closed { waiter.resume(returning: .failure(.notOpen)) }
    }
    return try result.get()
  }

  /// The writing thread: opens the store, then carries out what has gathered meanwhile, group by group.
  private func write(_ acceptingChange: Bool, _ opened: @Sendable (Opened) -> Void) {
    let lane = Lane(location, schema: schema, for: .writing(turnTimeout: options.turnTimeout))
    let session: Session
    do throws(StoreError) {
      let connection: Connection
      do throws(Failure) { connection = try lane.connected() } catch { throw error.opening(location) }
      let opening = Opening(
        connection: connection, location: location, schema: schema, space: space,
        mayCreate: options.mayCreate, newSecret: options.secret)
      let (made, identity) = try opening.run(acceptingChange: acceptingChange)
      session = made
      shared.withLock { $0.session = made }
      opened(.success(identity))
    } catch {
      opened(.failure(error))
      return
    }
    let writer = Writer(lane: lane, session: session, patience: options.patience)
    while let jobs = writes.take(limit: Engine.groupStepsMax, weight: \.weight) {
      if case .erasure(let order, let survey, let finish) = jobs[0] {
        do throws(StoreError) { finish(.success(try writer.erase(order, survey))) } catch {
          finish(.failure(error))
        }
      } else {
        carryOut(jobs, writer)
      }
    }
  }

  private func carryOut(_ jobs: [WriteJob], _ writer: Writer) {
    var group: [(steps: [TransactionStep], finish: @Sendable (Result<Int, StoreError>) -> Void)] = []
    for case .steps(let steps, let finish) in jobs { group.append((steps, finish)) }
    do throws(StoreError) {
      let counts = try carryOut(group.map(\.steps), writer)
      for (job, count) in zip(group, counts) { job.finish(.success(count)) }
    } catch {
      for job in group { job.finish(.failure(error)) }
    }
  }

  /// A list of steps that is longer than a group is carried out in several commits.
  private func carryOut(_ jobs: [[TransactionStep]], _ writer: Writer) throws(StoreError) -> [Int] {
    guard jobs.count == 1, jobs[0].count > Engine.groupStepsMax else { return try writer.carryOut(jobs) }
    var done = 0
    while done < jobs[0].count {
      let portion = Array(jobs[0][done...].prefix(Engine.groupStepsMax))
      let count = try writer.carryOut([portion])[0]
      done += count
      if count < portion.count { break }
    }
    return [done]
  }

  // MARK: Reading

  func read<Answer: Sendable>(
    _ body: @escaping @Sendable (PostgresView) throws(StoreError) -> Answer
  ) async throws(StoreError) -> Answer {
    typealias Outcome = Result<Answer, StoreError>
    let result = await withCheckedContinuation { (waiter: CheckedContinuation<Outcome, Never>) in
      let job: ReadJob = { lane in
        let outcome: Outcome
        do throws(StoreError) { outcome = .success(try self.lend(lane, body)) } catch {
          outcome = .failure(error)
        }
        waiter.resume(returning: outcome)
      }
      switch reads.push(job) {
      case .closed: waiter.resume(returning: .failure(.notOpen))
      case .taken: break
      case .waits:
        // Where no thread can be added, those that are there take the work later.
        _ = try? addReader()
      }
    }
    return try result.get()
  }

  /// Starts another reading thread, where one more connection is allowed. It connects when it has work.
  private func addReader() throws(StoreError) {
    let isAllowed = shared.withLock { shared in
      guard shared.readers < max(options.connections, 2) - 1 else { return false }
      shared.readers += 1
      return true
    }
    guard isAllowed else { return }
    do throws(StoreError) {
      try start {
        let lane = Lane(self.location, schema: self.schema, for: .reading)
        while let jobs = self.reads.take(limit: 1, weight: { _ in 1 }) {
          for job in jobs { job(lane) }
        }
      }
    } catch {
      shared.withLock { $0.readers -= 1 }
      throw error
    }
  }

  private func lend<Answer>(
    _ lane: Lane, _ body: (PostgresView) throws(StoreError) -> Answer
  ) throws(StoreError) -> Answer {
    guard let session = shared.withLock({ $0.session }) else { throw .notOpen }
    let (connection, head) = try beginReading(lane)
    let answer: Answer
    do throws(StoreError) {
      answer = try body(PostgresView(connection: connection, session: session, head: try Head(head)))
    } catch {
      endReading(lane, connection)
      throw error
    }
    endReading(lane, connection)
    return answer
  }

  /// Begins a read transaction. A server that was there before is waited for.
  private func beginReading(_ lane: Lane) throws(StoreError) -> (Connection, Rows) {
    var patience = Patience(options.patience)
    while true {
      do throws(Failure) {
        let connection = try lane.connected()
        let answers = try connection.run([
          .text("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"), .prepared(.head),
        ])
        return (connection, answers[1])
      } catch {
        lane.disconnect()
        guard error.isPassing, patience.pause() else { throw error.storeError }
      }
    }
  }

  private func endReading(_ lane: Lane, _ connection: Connection) {
    do throws(Failure) { try connection.run([.text("ROLLBACK")]) } catch { lane.disconnect() }
  }
}

extension Failure {
  /// The error for a store that cannot even be asked.
  fileprivate func opening(_ location: Location) -> StoreError {
    let error = storeError
    switch error.code {
    case .unavailable:
      return StoreError(.unavailable, "\(location) cannot be reached", underlying: error.underlying)
    case .missing:
      return StoreError(
        .missing, "\(location) names a database that is not there; create it first ('createdb NAME')",
        underlying: error.underlying)
    default: return error
    }
  }
}
#endif
