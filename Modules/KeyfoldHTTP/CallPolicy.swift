public import KeyfoldCore

/// How calls to a server are made: times, limits, and what is allowed. The settings that every validator
/// takes which calls out.
public struct CallPolicy: Sendable, Hashable {
  /// From the beginning of a call to its last byte, retries included.
  public var timeout = Duration.milliseconds(1000)
  /// Until a connection stands, TLS included.
  public var connectTimeout = Duration.milliseconds(500)
  /// How often a call is repeated after a transport error, 429, 502, 503 or 504.
  public var retries = 1
  /// Calls on their way to one host at the same time; more wait.
  public var maxInFlight = 64
  /// When calls to a host that fails stop for a while; nil for never.
  public var breaker: Breaker? = Breaker()
  /// Longest body of an answer, in bytes. Nothing is decompressed, so none is asked for.
  public var maxResponseBytes = 64 << 10
  /// Whether plain http is allowed to other hosts than this one.
  public var allowsHTTP = false
  /// Networks that may be connected to, as `10.0.0.0/8` or `fd00::/8`; nil for all but link-local and
  /// metadata addresses.
  public var allowedNetworks: [String]?
  /// File of the certificates that are trusted, in place of the system's.
  public var certificateAuthorities: String?
  /// File of the certificate shown to the server.
  public var clientCertificate: String?
  /// File of its key.
  public var clientKey: String?
  /// Proxy; nil for none, whatever the environment says.
  public var proxy: Secret?
  /// Header fields of every request.
  public var headers: [HTTPRequest.Header] = []

  /// When calls to a host stop for a while.
  public struct Breaker: Sendable, Hashable {
    /// Failures in a row that open it.
    public var failures = 5
    /// How long it stays open before one call is tried.
    public var open = Duration.milliseconds(10_000)

    /// The defaults.
    public init() {}
  }

  /// The defaults.
  public init() {}

  /// Reads the settings of a space file.
  ///
  /// - Throws: `SettingError` naming the setting that cannot be used.
  public init(_ settings: SettingReader) throws(SettingError) {
    let most = 3_600_000
    func replace<Value>(_ value: inout Value, by setting: Value?) { if let setting { value = setting } }
    replace(&timeout, by: try settings.integer("timeoutMs", in: 1...most).map { .milliseconds($0) })
    replace(
      &connectTimeout, by: try settings.integer("connectTimeoutMs", in: 1...most).map { .milliseconds($0) })
    replace(&retries, by: try settings.integer("retries", in: 0...10))
    replace(&maxInFlight, by: try settings.integer("maxInFlight", in: 1...4096))
    replace(&maxResponseBytes, by: try settings.integer("maxResponseBytes", in: 1...(16 << 20)))
    replace(&allowsHTTP, by: try settings.bool("allowHttp"))
    breaker = try Breaker(settings)
    allowedNetworks = try settings.texts("allowedNetworks")
    certificateAuthorities = try settings.text("ca")
    clientCertificate = try settings.text("clientCert")
    clientKey = try settings.text("clientKey")
    proxy = try settings.secret("proxy")
    headers = try settings.pairs("headers").map { HTTPRequest.Header($0.name, Secret($0.value)) }
  }
}

extension CallPolicy.Breaker {
  /// `breaker: false`, or a map.
  fileprivate init?(_ settings: SettingReader) throws(SettingError) {
    if settings.settings["breaker"]?.text == "false" { return nil }
    guard let map = try settings.map("breaker", known: ["failures", "openMs"]) else { return }
    if let failures = try map.integer("failures", in: 1...1_000_000) { self.failures = failures }
    if let milliseconds = try map.integer("openMs", in: 1...86_400_000) { open = .milliseconds(milliseconds) }
  }
}
