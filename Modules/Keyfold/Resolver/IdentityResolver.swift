public import KeyfoldCore
public import KeyfoldValidation

/// Decides, for every identifier captured at a touchpoint, which customer it belongs to.
///
/// Safe to use from any task. Several resolvers may live in one process; nothing is global. A cancelled
/// capture is either wholly stored or not at all.
public final class IdentityResolver: Sendable {
  /// The space it works in.
  public let space: Space

  let store: any IdentityStore
  let verification: Verification
  let traits: [ValidatorTraits?]
  let clock: any WallClock
  let tids: any TIDSource
  /// Keyed by the store's secret.
  let digests: KeyedDigests
  let handoffs: HandoffKeys
  let admission: Admission
  let meter: Meter
  let trace: (any ResolverTrace)?
  let log: (any ResolverLog)?
  /// Rings when something was committed.
  let bell = CommitBell()
  /// Returns when somebody else may have committed something.
  let waitForEvents: @Sendable () async -> Void
  /// Nil where no key can wait, or somebody else sees to it.
  let retries: PendingRetries?

  /// How often a decision is repeated because fresh state asks for verdicts that were not asked for
  /// (semantics, section 9).
  static let roundsMax = 3
  /// How often another TID is drawn for one capture. A source that knows nothing of what a store holds may hit
  /// one by chance; one that repeats itself must not keep a capture for ever.
  static let redrawsMax = 1000
  /// Captures whose verdicts are asked for at the same time.
  static let verificationsMax = 64

  /// What may be set beside space, store and validators.
  public struct Options: Sendable {
    /// The clock.
    public var clock: any WallClock = SystemClock()
    /// Where new TIDs come from.
    public var tids: any TIDSource = RandomTIDs()
    /// How long the verdicts of one capture may take, 3 seconds at most.
    public var verificationDeadline = Duration.seconds(3)
    /// Captures that are on their way at a time, 1 at least; further ones wait their turn. A list of captures
    /// counts as so many as it holds, but as 64 at most, because that many of it are worked on at a time.
    public var capturesInFlightMax = 1024
    /// Whether no validator will be asked: then those that a space names need not be there.
    package var onlyReads = false
    /// Makes the source of TIDs from what is known of the store, in place of `tids`.
    package var tidsForStore: (@Sendable (StoreIdentity) -> any TIDSource)?
    /// Returns when the deadline is over, or its task is cancelled; tests have one of their own.
    package var waitForDeadline: @Sendable (Duration) async -> Void = sleep
    /// Whether keys that wait for a verdict are asked about again while the resolver runs.
    public var retriesPendingKeys = true
    /// Returns when it is time to ask again, or its task is cancelled; tests have one of their own.
    package var waitForRetry: @Sendable (Duration) async -> Void = sleep
    /// How long `events(after:)` may overlook what other processes commit to the same store.
    public var eventInterval = Duration.seconds(1)
    /// Returns when it is time to look, or its task is cancelled; tests have one of their own.
    package var waitForEvents: @Sendable (Duration) async -> Void = sleep
    /// Whether a store that was written with other rules may go on with these.
    public var acceptsSpaceChange = false
    /// Hears what an operator may want to know.
    public var log: (any ResolverLog)?
    /// Hears what the resolver is at.
    public var trace: (any ResolverTrace)?
    /// What `${NAME}` in a space file stands for.
    public var environment: @Sendable (String) -> String? = { processEnvironment($0) }

    /// The defaults.
    public init() {}

    private static let sleep: @Sendable (Duration) async -> Void = { duration in
      do { try await Task.sleep(for: duration) } catch { return }  // Nobody waits any more.
    }
  }

  /// Opens the store for the space.
  ///
  /// - Throws: `ResolverError.configuration` for validators that do not fit the space, `.store` where it
  ///   cannot be opened.
  public init(
    space: Space, store: some IdentityStore, validators: ValidatorRegistry = ValidatorRegistry(),
    options: Options = Options()
  ) async throws(ResolverError) {
    self.space = space
    self.store = store
    clock = options.clock
    meter = Meter(space: space.name)
    (log, trace) = (options.log, options.trace)
    do throws(ValidatorError) {
      verification = Verification(
        validators: options.onlyReads
          ? space.attributes.map { $0.validators.isEmpty ? nil : [] }
          : try validators.validators(for: space, environment: options.environment),
        deadline: min(options.verificationDeadline, Verification.deadlineMax), wait: options.waitForDeadline)
    } catch {
      throw .configuration(error.message)
    }
    traits = verification.traits
    handoffs = HandoffKeys(space: space, environment: options.environment)
    admission = Admission(placesMax: options.capturesInFlightMax)
    waitForEvents = { [interval = options.eventInterval, wait = options.waitForEvents] in await wait(interval)
    }
    do throws(StoreError) {
      let identity = try await store.open(for: space, acceptingChange: options.acceptsSpaceChange)
      digests = KeyedDigests(key: identity.secret)
      tids = options.tidsForStore?(identity) ?? options.tids
      log?.record(.opened(space.name, sequence: identity.sequence))
    } catch {
      throw .store(error)
    }
    let validates = !options.onlyReads && traits.contains { $0 != nil }
    retries = validates && options.retriesPendingKeys ? PendingRetries() : nil
    retries?.start(for: self, wait: options.waitForRetry)
  }

  /// Lets go of the store when everything accepted is done: captures that are on their way or wait their turn
  /// are, further ones fail with `StoreError.closed`.
  public func close() async throws(ResolverError) {
    await admission.close()
    await retries?.stop()
    bell.close()
    do throws(StoreError) { try await store.close() } catch { throw .store(error) }
    log?.record(.closed)
  }

  /// Decides one capture and stores it; the outcome is durable when it is returned.
  ///
  /// Waits its turn where `Options.capturesInFlightMax` captures are on their way already.
  ///
  /// - Throws: `ResolverError.refused` for a capture that is not stored whatever the store holds, `.cancelled`
  ///   where the task was cancelled before it was decided, `.store` and `.configuration` where something
  ///   broke.
  public func capture(_ capture: Capture) async throws(ResolverError) -> Outcome {
    try await self.capture(capture, onCheck: nil)
  }

  /// The same, and tells of every check of a validator as it ends.
  package func capture(_ capture: Capture, onCheck: CheckListener?) async throws(ResolverError) -> Outcome {
    try await CaptureJourney(resolver: self, captures: [capture], onCheck: onCheck).outcomes()[0].get()
  }

  /// Decides captures in order, as few commits as possible for all of them.
  ///
  /// - Returns: One result for each. Once the store or the configuration failed, all that follow fail alike.
  public func captures(_ captures: [Capture]) async -> [Result<Outcome, ResolverError>] {
    await prepare(captures).outcomes()
  }

  /// Does what needs no store. For a stream, which prepares a batch while the one before is committed.
  ///
  /// - Parameter adoptingTids: whether TIDs the store does not know are taken up as they are, in place of
  ///   being ignored: for the migration of ids that another system issued.
  package func prepare(_ captures: [Capture], adoptingTids: Bool = false) -> CaptureJourney {
    CaptureJourney(resolver: self, captures: captures, adoptingTids: adoptingTids)
  }

  /// Decides a capture on what is stored now, and stores nothing. The outcome has no sequence.
  public func decision(on capture: Capture) async throws(ResolverError) -> Outcome {
    try await decision(on: capture, onCheck: nil)
  }

  /// The same, and tells of every check of a validator as it ends.
  package func decision(on capture: Capture, onCheck: CheckListener?) async throws(ResolverError) -> Outcome {
    try await CaptureJourney(resolver: self, captures: [capture], onCheck: onCheck).rehearsal().get()
  }

  /// Lets the store decide and commit the steps.
  ///
  /// - Returns: How many were carried out.
  func transact(_ steps: [TransactionStep]) async throws(ResolverError) -> Int {
    let begun = ContinuousClock.now
    do throws(StoreError) {
      let done = try await traced(.commit(steps.count)) { () async throws(StoreError) in
        try await store.transact(steps)
      }
      if done > 0 { meter.countCommit(since: begun) }
      bell.ring()
      return done
    } catch {
      throw .store(error)
    }
  }

  /// What was counted since the resolver was made.
  public var metrics: ResolverMetrics {
    var metrics = meter.metrics
    (metrics.capturesInFlight, metrics.capturesWaiting) = admission.counts
    return metrics
  }

  /// Lends a consistent view of the store.
  public func read<Answer: Sendable>(
    _ body: @escaping @Sendable (any StoreView) throws(StoreError) -> Answer
  ) async throws(ResolverError) -> Answer {
    do throws(StoreError) { return try await store.read(body) } catch { throw .store(error) }
  }
}
