import KeyfoldCore
import KeyfoldHTTP
import Synchronization

/// An issuer's keys: fetched when they are needed, by one call at a time for all who wait, and kept as long
/// as the issuer says.
///
/// An issuer may change its keys at any moment, which shows as a token signed with a key nobody has seen.
/// Such a token makes them be fetched anew, but only twice a minute: whoever makes tokens up could otherwise
/// have the issuer called for each. That bounds how late a new key is known, and changes nothing for the
/// known ones.
final class KeySource: Sendable {
  /// Keys as they came.
  struct Fetched: Sendable {
    let keys: KeySet
    /// Which fetch brought them; the first is 1.
    let number: Int
    fileprivate let at: Timestamp
    fileprivate let expires: Timestamp

    /// A clock that was set back must not make keys last longer.
    fileprivate func isFresh(at now: Timestamp) -> Bool {
      now < expires && at.advanced(bySeconds: -KeySource.secondsAtLeast) < now
    }
  }

  private typealias Outcome = Result<Fetched, Refusal>

  private struct State {
    var fetched: Fetched?
    /// What came of the last fetch, if it failed.
    var failure: (refusal: Refusal, at: Timestamp)?
    var begun = 0
    var isFetching = false
    var waiting: [Pledge<Outcome>] = []
    /// When keys were last fetched for a token whose key nobody knew.
    var lastSearch: Timestamp?
  }

  private enum Step {
    case have(Outcome)
    case wait(Pledge<Outcome>, fetchFirst: Bool)
  }

  private let url: Secret
  private let caller: any HTTPCaller
  private let state = Mutex(State())

  /// Seconds that keys are kept at least and at most, and where the issuer says nothing.
  static let secondsAtLeast: Int64 = 60
  static let secondsAtMost: Int64 = 86_400
  static let secondsUsually: Int64 = 600
  /// Seconds between two fetches for unknown keys.
  static let secondsBetweenSearches: Int64 = 30
  /// Seconds for which a fetch that failed is not repeated.
  static let secondsAfterFailure: Int64 = 2

  init(url: Secret, caller: any HTTPCaller) {
    self.url = url
    self.caller = caller
  }

  /// How many fetches have begun: keys with a greater number are newer than this moment.
  var begun: Int { state.withLock { $0.begun } }

  /// The keys, fetched if they are not there or too old.
  func keys(at now: Timestamp) async throws(Refusal) -> Fetched {
    let step = state.withLock { state -> Step in
      if let fetched = state.fetched, fetched.isFresh(at: now) { return .have(.success(fetched)) }
      if let failure = state.failure, now.isWithin(KeySource.secondsAfterFailure, of: failure.at) {
        return .have(.failure(failure.refusal))
      }
      return join(&state)
    }
    return try await outcome(of: step, at: now)
  }

  /// Keys newer than those with a number, or nil where they may not be fetched yet.
  func keys(newerThan number: Int, at now: Timestamp) async throws(Refusal) -> Fetched? {
    let step = state.withLock { state -> Step? in
      if let fetched = state.fetched, fetched.number > number { return .have(.success(fetched)) }
      if !state.isFetching {
        if let last = state.lastSearch, now.isWithin(KeySource.secondsBetweenSearches, of: last) {
          return nil
        }
        state.lastSearch = now
      }
      return join(&state)
    }
    guard let step else { return nil }
    return try await outcome(of: step, at: now)
  }

  private func join(_ state: inout State) -> Step {
    let pledge = Pledge<Outcome>()
    state.waiting.append(pledge)
    defer { state.isFetching = true }
    if !state.isFetching { state.begun += 1 }
    return .wait(pledge, fetchFirst: !state.isFetching)
  }

  private func outcome(of step: Step, at now: Timestamp) async throws(Refusal) -> Fetched {
    switch step {
    case .have(let outcome): return try outcome.get()
    case .wait(let pledge, let fetchFirst):
      // A task of its own: others wait for it too, whatever becomes of this one.
      if fetchFirst { Task { await fetch(at: now) } }
      let outcome = await withTaskCancellationHandler {
        await pledge.value
      } onCancel: {
        pledge.keep(.failure(.unclear(.cancelled)))
      }
      return try outcome.get()
    }
  }

  private func fetch(at now: Timestamp) async {
    let answer: Result<Answer, Refusal>
    do throws(Refusal) { answer = .success(try await ask()) } catch { answer = .failure(error) }
    let (waiting, outcome) = state.withLock { state -> ([Pledge<Outcome>], Outcome) in
      state.isFetching = false
      defer { state.waiting = [] }
      switch answer {
      case .success(let answer):
        let fetched = Fetched(
          keys: answer.keys, number: state.begun, at: now, expires: now.advanced(bySeconds: answer.seconds))
        state.fetched = fetched
        state.failure = nil
        return (state.waiting, .success(fetched))
      case .failure(let refusal):
        state.failure = (refusal, now)
        return (state.waiting, .failure(refusal))
      }
    }
    for pledge in waiting { pledge.keep(outcome) }
  }

  private typealias Answer = (keys: KeySet, seconds: Int64)

  private func ask() async throws(Refusal) -> Answer {
    let accept = HTTPRequest.Header("Accept", Secret("application/jwk-set+json, application/json"))
    let response: HTTPResponse
    do throws(CallFailure) {
      response = try await caller.send(HTTPRequest("GET", url, headers: [accept]))
    } catch {
      throw .unclear(error)
    }
    guard response.status == 200 else { throw .unclear(.unexpectedStatus, status: response.status) }
    guard let keys = KeySet(response.body) else { throw .unclear(.unreadableKeys, status: 200) }
    let seconds = response.freshSeconds ?? KeySource.secondsUsually
    return (keys, min(max(seconds, KeySource.secondsAtLeast), KeySource.secondsAtMost))
  }
}

extension Timestamp {
  /// Whether the instants are less than so many seconds apart, in whatever order: captures do not ask in
  /// order.
  fileprivate func isWithin(_ seconds: Int64, of other: Timestamp) -> Bool {
    other.advanced(bySeconds: -seconds) < self && self < other.advanced(bySeconds: seconds)
  }
}
