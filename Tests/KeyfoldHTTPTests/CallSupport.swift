import KeyfoldCore
import KeyfoldHTTP
import Synchronization
import Testing

/// A policy that never runs out of time before the test does, without retries and breaker.
func patientPolicy(_ change: (inout CallPolicy) -> Void = { _ in }) -> CallPolicy {
  var policy = CallPolicy()
  policy.timeout = .seconds(3600)
  policy.connectTimeout = .seconds(3600)
  policy.retries = 0
  policy.breaker = nil
  change(&policy)
  return policy
}

extension CallOut {
  /// A patient one with a client of its own.
  convenience init(
    pace: Pace = .system, client: HTTPClient = HTTPClient(), _ change: (inout CallPolicy) -> Void = { _ in }
  ) throws {
    try self.init(client: client, policy: patientPolicy(change), pace: pace)
  }

  func get(_ url: String) async throws(CallFailure) -> HTTPResponse {
    try await send(HTTPRequest("GET", Secret(url)))
  }

  /// What comes of a GET.
  func outcome(_ url: String) async -> Result<HTTPResponse, CallFailure> {
    do throws(CallFailure) { return .success(try await get(url)) } catch { return .failure(error) }
  }
}

extension Result where Success == HTTPResponse, Failure == CallFailure {
  /// The status, or the failure's code.
  var word: String {
    switch self {
    case .success(let response): String(response.status)
    case .failure(let failure): failure.rawValue
    }
  }
}

func text(_ secret: Secret?) -> String? {
  secret?.withExposedBytes { String(decoding: $0, as: UTF8.self) }
}

/// Waits until something is so; the run's own time limit is the only one.
func eventually(_ isSo: () -> Bool) async throws {
  while !isSo() { try await Task.sleep(for: .milliseconds(1)) }
}

/// What comes of a call with a short time limit once there is a connection in time, which on a busy machine
/// there may not be.
func whenConnected(_ attempt: () async throws -> String) async rethrows -> String {
  var word: String
  repeat { word = try await attempt() } while word == "unreachable"
  return word
}

/// A value that a test and the threads of its server share.
final class Shared<Value: Sendable>: Sendable {
  private let stored: Mutex<Value>

  init(_ value: Value) { stored = Mutex(value) }

  var value: Value {
    get { stored.withLock { $0 } }
    set { stored.withLock { $0 = newValue } }
  }

  func change(_ body: (inout Value) -> Void) { stored.withLock { body(&$0) } }
}
