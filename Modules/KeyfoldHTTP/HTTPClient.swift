/// The connections of a process to servers: one thread on which libcurl works, started by the first call.
///
/// One client serves any number of `CallOut`s. When it is closed or nobody holds it any more, its thread ends
/// and its connections are closed. It changes nothing of the host's: no signal handler, no environment, no
/// file.
public final class HTTPClient: Sendable {
  let loop: TransferLoop

  /// - Parameter callsMax: calls that may be on their way at the same time; further ones fail as overloaded.
  public init(callsMax: Int = 4096) { loop = TransferLoop(callsMax: callsMax) }

  deinit { loop.close() }

  /// Ends all calls as cancelled, and waits until the thread has ended. Calls that come later are cancelled
  /// too.
  public func close() async {
    loop.close()
    await loop.waitForEnd()
  }

  /// Sends a request that has been checked.
  ///
  /// - Parameters:
  ///   - isPlain: whether its address begins with `http:`.
  func send(
    _ request: HTTPRequest, under rules: CallRules, isPlain: Bool, within limit: Duration
  ) async throws(CallFailure) -> HTTPResponse {
    let transfer = Transfer(
      request, rules: rules, isPlain: isPlain, now: monotonicNanoseconds(), limit: limit.wholeNanoseconds)
    await withTaskCancellationHandler {
      // Unchecked for speed: a transfer that is submitted is over exactly once.
      await withUnsafeContinuation { continuation in
        transfer.continuation = continuation
        loop.submit(transfer)
      }
    } onCancel: {
      loop.cancel(transfer)
    }
    return try transfer.response()
  }
}
