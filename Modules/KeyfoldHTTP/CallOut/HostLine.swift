/// Who may call a host now: the places of the calls on their way, those who wait for one, and the breaker.
/// Knows no time of its own.
struct HostLine {
  /// What becomes of a call that arrived.
  enum Turn: Sendable, Hashable {
    /// It has a place; whether it is the one call that finds out if the host is back.
    case go(isProbe: Bool)
    /// There is no place for it, and there will not be.
    case refused(CallFailure)
  }

  /// What an arrival gets.
  enum Arrival {
    case now(Turn)
    case later(Pledge<Turn>)
  }

  /// What a call on its way says about the host.
  enum Finding {
    case works
    case fails
    /// Nothing: it never got there.
    case unknown
  }

  private enum Breaker {
    case closed(failures: Int)
    case open(until: ContinuousClock.Instant)
    case probing
  }

  private let inFlightMax: Int
  private let settings: CallPolicy.Breaker?
  private var breaker = Breaker.closed(failures: 0)
  private(set) var inFlight = 0
  private var waiting: [Pledge<Turn>] = []

  /// Calls that wait for a place at one host; more are refused as overloaded.
  static let waitingMax = 1024

  init(inFlightMax: Int, breaker: CallPolicy.Breaker?) {
    self.inFlightMax = inFlightMax
    settings = breaker
  }

  /// Whether nothing would be lost with it.
  var isIdle: Bool {
    if case .closed(failures: 0) = breaker { return inFlight == 0 && waiting.isEmpty }
    return false
  }

  /// - Parameter now: asked where time matters.
  mutating func arrive(at now: () -> ContinuousClock.Instant) -> Arrival {
    switch breaker {
    case .closed:
      if inFlight < inFlightMax {
        inFlight += 1
        return .now(.go(isProbe: false))
      }
      guard waiting.count < HostLine.waitingMax else { return .now(.refused(.overloaded)) }
      let pledge = Pledge<Turn>()
      waiting.append(pledge)
      return .later(pledge)
    case .open(let until) where now() >= until && inFlight < inFlightMax:
      breaker = .probing
      inFlight += 1
      return .now(.go(isProbe: true))
    case .open, .probing:
      return .now(.refused(.breakerOpen))
    }
  }

  /// A call that had a place is over.
  ///
  /// - Parameter now: asked where time matters.
  mutating func leave(_ finding: Finding, isProbe: Bool, at now: () -> ContinuousClock.Instant) {
    inFlight -= 1
    judge(finding, isProbe: isProbe, at: now)
    guard case .closed = breaker else {
      for pledge in waiting { pledge.keep(.refused(.breakerOpen)) }
      waiting = []
      return
    }
    while inFlight < inFlightMax, !waiting.isEmpty {
      // One who does not wait any more takes no place.
      if waiting.removeFirst().keep(.go(isProbe: false)) { inFlight += 1 }
    }
  }

  /// A call does not wait any more.
  mutating func giveUp(_ pledge: Pledge<Turn>) { waiting.removeAll { $0 === pledge } }

  private mutating func judge(_ finding: Finding, isProbe: Bool, at now: () -> ContinuousClock.Instant) {
    guard let settings else { return }
    switch (breaker, finding) {
    case (.closed(let failures), .fails):
      breaker =
        failures + 1 < settings.failures
        ? .closed(failures: failures + 1) : .open(until: now() + settings.open)
    case (.closed, .works): breaker = .closed(failures: 0)
    case (.probing, .works) where isProbe: breaker = .closed(failures: 0)
    case (.probing, .fails) where isProbe: breaker = .open(until: now() + settings.open)
    // The next one finds out.
    case (.probing, .unknown) where isProbe: breaker = .open(until: now())
    // What was on its way when the breaker opened says nothing about now.
    default: break
    }
  }
}

extension HostLine.Finding {
  /// What an attempt says. 429 is an answer of a host that works and wants less of it.
  init(_ outcome: Result<HTTPResponse, CallFailure>) {
    switch outcome {
    case .success(let response): self = response.status >= 500 ? .fails : .works
    case .failure(let failure): self.init(failure)
    }
  }

  /// What a failure says.
  init(_ failure: CallFailure) {
    switch failure {
    case .tooLarge: self = .works
    case .unknownHost, .unreachable, .untrusted, .timedOut, .broken, .unwelcome: self = .fails
    case .refusedRequest, .refusedAddress, .breakerOpen, .noToken, .overloaded, .cancelled: self = .unknown
    }
  }
}
