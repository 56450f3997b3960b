public import KeyfoldCore
import Synchronization

/// Calls to servers under a policy: in time, in number, only where they may go, and not to a host that is
/// down.
///
/// Whether an attempt may be made is decided for each host by itself: at most `maxInFlight` at a time, others
/// wait within the time limit; none while the breaker is open. It opens after failures in a row (no
/// connection, no whole answer in time, a status of 500 and above; not 429, which only a host that works can
/// say) and lets one call through when its time is over, which decides. A call that is cancelled says nothing
/// about the host.
public final class CallOut: HTTPCaller {
  private let client: HTTPClient
  private let policy: CallPolicy
  private let rules: CallRules
  private let pace: Pace
  private let hosts = Mutex<[Host]>([])

  /// Hosts that are known at the same time; policies are made for one or two.
  private static let hostsMax = 64

  /// - Throws: `SettingError` where the policy names networks, files, headers or a proxy that are none.
  public convenience init(client: HTTPClient, policy: CallPolicy) throws(SettingError) {
    try self.init(client: client, policy: policy, pace: .system)
  }

  package init(client: HTTPClient, policy: CallPolicy, pace: Pace) throws(SettingError) {
    self.client = client
    self.policy = policy
    self.pace = pace
    rules = try CallRules(policy)
  }

  /// Sends a request, and again where the policy says so.
  ///
  /// - Throws: `CallFailure`: that of the last attempt, or why there was none.
  public func send(_ request: HTTPRequest) async throws(CallFailure) -> HTTPResponse {
    try await send(request, until: pace.now() + policy.timeout)
  }

  func send(
    _ request: HTTPRequest, until deadline: ContinuousClock.Instant
  ) async throws(CallFailure) -> HTTPResponse {
    guard request.hasSendableHead, let host = host(of: request) else { throw .refusedRequest }
    let first = await attempt(request, at: host, until: deadline)
    // Most of the time that is all.
    if case .success(let response) = first, response.status < 400 { return response }
    let outcome = await Retry.outcome(
      after: first, retries: request.isRepeatable ? policy.retries : 0, until: deadline, pace: pace,
      pause: { Retry.pause(after: $0, attempt: $1, pace: pace) },
      of: { await attempt(request, at: host, until: deadline) })
    return try outcome.get()
  }

  private func attempt(
    _ request: HTTPRequest, at host: Host, until deadline: ContinuousClock.Instant
  ) async -> Result<HTTPResponse, CallFailure> {
    await host.call(until: deadline, finding: HostLine.Finding.init) { () throws(CallFailure) in
      let left = deadline - pace.now()
      guard left > .zero else { throw .timedOut }
      return try await client.send(request, under: rules, isPlain: host.isPlain, within: left)
    }
  }

  /// The host an address leads to; nil for what is no address, may not be called, or is one too many.
  private func host(of request: HTTPRequest) -> Host? {
    request.url.withExposedBytes { url in
      guard let end = endOfOrigin(url) else { return nil }
      let origin = UnsafeRawBufferPointer(rebasing: url[..<end])
      return hosts.withLock { hosts in
        if let known = hosts.first(where: { $0.isOrigin(origin) }) { return known }
        if hosts.count >= CallOut.hostsMax { hosts.removeAll(where: \.isIdle) }
        guard hosts.count < CallOut.hostsMax, let isPlain = isPlain(origin) else { return nil }
        let host = Host(Array(origin), isPlain: isPlain, policy: policy, pace: pace)
        hosts.append(host)
        return host
      }
    }
  }

  /// Whether what is sent there goes unencrypted; nil where nothing may be sent.
  private func isPlain(_ origin: UnsafeRawBufferPointer) -> Bool? {
    guard let parts = URLParts(String(decoding: origin, as: UTF8.self)), !parts.namesUser else { return nil }
    switch parts.scheme {
    case "https": return false
    // Whether the host is this one is seen when it is connected to, unless that is left to a proxy.
    case "http": return rules.proxy == nil || rules.allowsHTTP ? true : nil
    default: return nil
    }
  }
}

/// Where scheme, host and port end in an address: before the path. Nil where a character stands that none may
/// have.
private func endOfOrigin(_ url: UnsafeRawBufferPointer) -> Int? {
  var end: Int?
  var slashes = 0
  for (index, byte) in url.enumerated() {
    guard isURLCharacter(byte) else { return nil }
    guard end == nil else { continue }
    if byte == UInt8(ascii: "/") { slashes += 1 }
    if slashes == 3 || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") { end = index }
  }
  return end ?? url.count
}
