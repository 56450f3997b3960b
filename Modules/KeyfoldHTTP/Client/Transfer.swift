import Synchronization

/// One request on its way through libcurl.
///
/// `@unchecked Sendable`: its task alone touches it until it is submitted, the loop's thread alone until the
/// continuation is resumed, and then its task again; what is touched otherwise is atomic.
final class Transfer: CurlListener, @unchecked Sendable {
  let request: HTTPRequest
  let rules: CallRules
  /// Whether it goes over the wire unencrypted.
  let isPlain: Bool
  /// When it must be over, in `monotonicNanoseconds`.
  private let deadline: UInt64
  /// When a connection must stand.
  private let connectDeadline: UInt64
  let isCancelled = Atomic(false)
  /// Resumed when it is over.
  var continuation: UnsafeContinuation<Void, Never>?

  /// The handle it goes by, while it does; its tag is the transfer's place among those on their way.
  var handle: RequestHandle?
  /// Whether no connection may be used that stood before.
  var needsFreshConnection: Bool
  /// Connections that the request was to go over: more than one where libcurl tried another.
  private(set) var connections = 0
  /// Whether a connection stands that the request may go over.
  private var isConnected = false

  private var wasRefusedConnection = false

  private(set) var head: [UInt8] = []
  private(set) var body: [UInt8] = []
  private var headBytes = 0
  private var status = 0
  /// Why there is no answer, as soon as that is known.
  var failure: CallFailure?

  /// Longest head of an answer, with those of the provisional answers before it and the trailers.
  static let headBytesMax = 64 << 10
  /// Room that an ordinary answer needs; small enough for what allocators keep at hand.
  private static let usualHeadBytes = 512
  private static let usualBodyBytes = 960

  /// - Parameters:
  ///   - now: in `monotonicNanoseconds`.
  ///   - limit: nanoseconds it may take.
  init(_ request: HTTPRequest, rules: CallRules, isPlain: Bool, now: UInt64, limit: UInt64) {
    self.request = request
    self.rules = rules
    self.isPlain = isPlain
    deadline = now + limit
    connectDeadline = now + min(limit, rules.connectTimeout)
    needsFreshConnection = !request.isRepeatable
    // Here rather than on the loop's thread, which has enough to do.
    head.reserveCapacity(Transfer.usualHeadBytes)
    body.reserveCapacity(min(rules.maxResponseBytes, Transfer.usualBodyBytes))
  }

  /// When it is over if nothing happens until then.
  var due: UInt64 { isConnected ? deadline : connectDeadline }

  /// What it is then.
  var lateness: CallFailure { isConnected ? .timedOut : .unreachable }

  func takeHead(_ line: UnsafeRawBufferPointer) -> Bool {
    headBytes += line.count
    guard headBytes <= Transfer.headBytesMax else {
      failure = .tooLarge
      return false
    }
    // A status line begins the head that counts; what comes after a body is none of it.
    if line.count >= 5, line[0] == UInt8(ascii: "H"), line[4] == UInt8(ascii: "/") {
      head.removeAll(keepingCapacity: true)
    }
    if body.isEmpty { head.append(contentsOf: line) }
    return true
  }

  func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard body.count + bytes.count <= rules.maxResponseBytes else {
      failure = .tooLarge
      return false
    }
    body.append(contentsOf: bytes)
    return true
  }

  /// Whether it failed for a connection that was opened under other rules; a connection of its own may go to
  /// another address.
  var mayTryFreshConnection: Bool { wasRefusedConnection && !needsFreshConnection }

  /// Takes everything back but the request.
  func forgetAnswer() {
    head = []
    body = []
    headBytes = 0
    status = 0
    failure = nil
    wasRefusedConnection = false
  }

  func permitsConnection(to address: IPAddress?) -> Bool {
    connections += 1
    isConnected = permits(address)
    wasRefusedConnection = !isConnected
    return isConnected
  }

  func permits(_ address: IPAddress?) -> Bool {
    failure = rules.objection(to: address, isPlain: isPlain)
    return failure == nil
  }

  func hasOpened(_ socket: Int32) {}

  /// What libcurl says in the end, where there is no failure yet that says more.
  func ended(_ ending: CurlEnding, status: Int) {
    self.status = status
    if failure == nil { failure = ending.failure(late: lateness) }
  }

  /// The answer, when the transfer is over.
  func response() throws(CallFailure) -> HTTPResponse {
    if let failure { throw failure }
    guard (200...599).contains(status) else { throw .broken }
    return HTTPResponse(status: status, head: .lines(head), body: body)
  }
}

extension CurlEnding {
  /// What it means for an HTTP request; nil for an answer.
  func failure(late: CallFailure) -> CallFailure? {
    switch self {
    case .well: nil
    case .refused: .broken
    case .late: late
    case .failed(let failure): failure
    }
  }
}
