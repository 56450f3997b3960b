public import KeyfoldCore

/// Whoever sends a request and brings the answer: `CallOut` in earnest, a script in tests.
public protocol HTTPCaller: Sendable {
  /// Sends a request. Returns soon after its task is cancelled.
  ///
  /// - Throws: `CallFailure` where there is no answer, or none that may be looked at. Every status is an
  ///   answer.
  func send(_ request: HTTPRequest) async throws(CallFailure) -> HTTPResponse
}

/// One request. Address, headers and body may hold secrets and keys, so none of them can be printed.
public struct HTTPRequest: Sendable, Hashable {
  /// A header field: its name, and a value of one line.
  public struct Header: Sendable, Hashable {
    /// Name.
    public let name: String
    /// Value.
    public let value: Secret

    /// Makes a field.
    public init(_ name: String, _ value: Secret) {
      self.name = name
      self.value = value
    }
  }

  /// `GET`, `POST`…
  public var method: String
  /// Address, encoded as it goes onto the wire.
  public var url: Secret
  /// Header fields.
  public var headers: [Header]
  /// Body, if there is one.
  public var body: Secret?
  /// Whether it may reach the server twice. One that uses something up must not: it is neither retried nor
  /// sent over a connection that the server may have closed meanwhile.
  public var isRepeatable = true

  /// Makes a request.
  public init(_ method: String, _ url: Secret, headers: [Header] = [], body: Secret? = nil) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }
}

/// An answer.
public struct HTTPResponse: Sendable {
  /// Status, 100 to 599.
  public let status: Int
  /// Body, not longer than the policy allows.
  public let body: [UInt8]
  private let head: ResponseHead

  /// Makes an answer.
  public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.init(status: status, head: .fields(headers), body: body)
  }

  init(status: Int, head: ResponseHead, body: [UInt8]) {
    self.status = status
    self.head = head
    self.body = body
  }

  /// Header fields of the answer, names in lower case, in order.
  public var headers: [(name: String, value: String)] { head.fields }

  /// The first header field of that name, which is given in lower case.
  public func header(_ name: String) -> String? { head.first(name) }
}

/// Why there is no answer. Never holds a server's text, an address or a secret; the raw value is the code
/// that stands in evidence.
public enum CallFailure: String, Error, Sendable, Hashable, CaseIterable {
  /// The request may not be sent as it is: a scheme that is not allowed, a header of two lines.
  case refusedRequest
  /// The address the name leads to is not in `allowedNetworks`.
  case refusedAddress
  /// The name leads nowhere.
  case unknownHost
  /// Nobody answers there, or not in time.
  case unreachable
  /// The certificate, or what TLS is spoken, is not as it must be.
  case untrusted
  /// No whole answer in time.
  case timedOut
  /// The connection broke, or what came is not HTTP.
  case broken
  /// The answer is longer than allowed.
  case tooLarge
  /// A mail server refused its greeting, our name or the sender, before it was asked anything.
  case unwelcome
  /// So many calls failed that none is made for a while.
  case breakerOpen
  /// No token for our own credentials.
  case noToken
  /// So many calls wait already that this one is not taken.
  case overloaded
  /// Nobody waits for the answer any more.
  case cancelled
}
