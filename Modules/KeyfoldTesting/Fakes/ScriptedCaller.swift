public import KeyfoldHTTP
import Synchronization

/// Answers requests as a test says, and remembers them.
public final class ScriptedCaller: HTTPCaller {
  /// What it answers to a request.
  public typealias Script = @Sendable (HTTPRequest) async throws(CallFailure) -> HTTPResponse

  private let script: Script
  private let seen = Mutex<[HTTPRequest]>([])

  /// - Parameter script: the answer to a request.
  public init(_ script: @escaping Script) { self.script = script }

  /// The requests that came, in order.
  public var requests: [HTTPRequest] { seen.withLock { $0 } }

  /// Answers by the script.
  public func send(_ request: HTTPRequest) async throws(CallFailure) -> HTTPResponse {
    seen.withLock { $0.append(request) }
    return try await script(request)
  }
}
