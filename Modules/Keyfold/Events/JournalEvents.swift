public import KeyfoldCore

/// What is committed to a store's journal, from a place in its history on and then as it happens:
/// `for try await entry in resolver.events(after: last) { … }`.
///
/// Each entry comes at least once, in order of sequence. Whoever keeps the sequence of the last entry that was
/// dealt with goes on after it, tomorrow or in another process. Entries are read from the store a portion at a
/// time when they are asked for, so that it holds up no capture if they are dealt with slowly. What other
/// processes commit comes too, `Options.eventInterval` later at most.
///
/// Ends when the resolver is closed or the task is cancelled. Every iteration begins anew.
public struct JournalEvents: AsyncSequence, Sendable {
  /// What was committed.
  public typealias Element = JournalEntry
  /// The store could not be read; go on after the last entry that came.
  public typealias Failure = ResolverError

  let resolver: IdentityResolver
  let sequence: Int64

  /// Begins after the sequence the events were asked for.
  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(resolver: resolver, listener: resolver.bell.listener(), last: sequence)
  }

  /// Reads the journal as it grows. For one task.
  public struct AsyncIterator: AsyncIteratorProtocol {
    /// What was committed.
    public typealias Element = JournalEntry
    /// The store could not be read; go on after the last entry that came.
    public typealias Failure = ResolverError

    private let resolver: IdentityResolver
    private let listener: CommitBell.Listener
    /// Sequence of the last entry that was given out.
    private var last: Int64
    private var portion: ArraySlice<JournalEntry> = []

    fileprivate init(resolver: IdentityResolver, listener: CommitBell.Listener, last: Int64) {
      self.resolver = resolver
      self.listener = listener
      self.last = last
    }

    /// The next entry, waited for; nil when the resolver was closed or the task is cancelled.
    public mutating func next() async throws(ResolverError) -> JournalEntry? {
      try await next(isolation: nil)
    }

    /// The next entry, waited for; nil when the resolver was closed or the task is cancelled.
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(ResolverError) -> JournalEntry? {
      while true {
        if Task.isCancelled { return nil }
        if let entry = portion.popFirst() {
          last = entry.sequence
          return entry
        }
        if try await !fill(isolation: actor) { return nil }
      }
    }

    /// Reads the next portion, or waits until there may be one.
    ///
    /// - Returns: Whether it goes on.
    private mutating func fill(isolation actor: isolated (any Actor)?) async throws(ResolverError) -> Bool {
      do throws(ResolverError) {
        portion = try await resolver.entries(after: last)[...]
      } catch {
        if case .store(let cause) = error, cause.code == .closed { return false }
        throw error
      }
      if !portion.isEmpty { return true }
      return await listener.wait { [resolver] in await resolver.waitForEvents() }
    }
  }
}

extension IdentityResolver {
  /// Everything that is committed to the journal after a sequence: what is there already, then what comes.
  ///
  /// - Parameter sequence: of the last entry that was dealt with; 0 for all of them.
  public func events(after sequence: Int64 = 0) -> JournalEvents {
    JournalEvents(resolver: self, sequence: sequence)
  }
}
