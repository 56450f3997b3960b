import KeyfoldCore
import Synchronization

/// Calls with a token for our own credentials, which is kept until shortly before it ends and fetched once
/// for all who need it.
final class AuthorizedCaller: HTTPCaller {
  private struct State {
    var token: Secret?
    var end = ContinuousClock.now
    /// Those who wait for the token that is being fetched; nil while none is.
    var waiting: [Pledge<Result<Secret, CallFailure>>]?
  }

  private let callOut: CallOut
  private let tokenCallOut: CallOut
  private let credentials: ClientCredentials
  private let pace: Pace
  private let timeout: Duration
  private let state = Mutex(State())

  /// - Parameters:
  ///   - policy: its header fields go to the service, not to the server that gives out tokens.
  init(
    _ credentials: ClientCredentials, client: HTTPClient, policy: CallPolicy, pace: Pace
  ) throws(SettingError) {
    if policy.headers.contains(where: { $0.isNamed("authorization") }) {
      throw SettingError(setting: "headers", message: "has an Authorization, which 'oauth2' sets")
    }
    self.credentials = credentials
    self.pace = pace
    timeout = policy.timeout
    callOut = try CallOut(client: client, policy: policy, pace: pace)
    var policy = policy
    policy.headers = []
    tokenCallOut = try CallOut(client: client, policy: policy, pace: pace)
  }

  func send(_ request: HTTPRequest) async throws(CallFailure) -> HTTPResponse {
    let deadline = pace.now() + timeout
    let (token, isFresh) = try await token(until: deadline)
    let response = try await callOut.send(request.authorized(by: token), until: deadline)
    guard response.status == 401, !isFresh else { return response }
    // It may have been revoked before its end.
    drop(token)
    let fresh = try await self.token(until: deadline).value
    return try await callOut.send(request.authorized(by: fresh), until: deadline)
  }

  /// The token, kept or fetched for this call.
  private func token(
    until deadline: ContinuousClock.Instant
  ) async throws(CallFailure) -> (value: Secret, isFresh: Bool) {
    let now = pace.now()
    let pledge = Pledge<Result<Secret, CallFailure>>()
    let kept = state.withLock { state -> Secret? in
      if let token = state.token, now < state.end { return token }
      if state.waiting == nil {
        state.waiting = []
        // Not a part of the call that begins it: others need it when that one is cancelled.
        Task { await fetch() }
      }
      state.waiting?.append(pledge)
      return nil
    }
    if let kept { return (kept, false) }
    let outcome = await pledge.value(
      before: deadline, pace: pace, late: .failure(.noToken), cancelled: .failure(.cancelled))
    if case .failure = outcome { state.withLock { $0.waiting?.removeAll { $0 === pledge } } }
    return (try outcome.get(), true)
  }

  private func fetch() async {
    var token: (value: Secret, lifetime: Duration)?
    do throws(CallFailure) {
      token = credentials.token(in: try await tokenCallOut.send(credentials.request))
    } catch {
      // Whatever it was: there is no token.
      token = nil
    }
    let now = pace.now()
    let waiting = state.withLock { state in
      state.token = token?.value
      state.end = now + (token?.lifetime ?? .zero)
      defer { state.waiting = nil }
      return state.waiting ?? []
    }
    for pledge in waiting { pledge.keep(token.map { .success($0.value) } ?? .failure(.noToken)) }
  }

  /// Forgets a token, unless another has taken its place already.
  private func drop(_ token: Secret) {
    state.withLock { if $0.token == token { $0.token = nil } }
  }
}

extension HTTPRequest {
  fileprivate func authorized(by token: Secret) -> HTTPRequest {
    var request = self
    request.headers.removeAll { $0.isNamed("authorization") }
    request.headers.append(.bearer(token))
    return request
  }
}
