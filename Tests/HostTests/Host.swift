import Glibc
import KeyfoldCore
import KeyfoldHTTP
import ToolHarness

/// A running keyfold-host in a folder of its own, on a port of loopback that was free.
final class Host {
  let keyfold: Keyfold
  let tool: RunningTool
  let port: Int
  private let client = HTTPClient()
  private let caller: CallOut

  /// A token with each scope; the secret is the name.
  static let tokens = """
    {"tokens": [
      {"name": "all", "sha256": "\(digest("all"))", "scopes": ["capture", "read", "metrics", "erase"],
       "touchpoints": ["*"],
       "rate": 100000},
      {"name": "shop", "sha256": "\(digest("shop"))", "scopes": ["capture"], "touchpoints": ["web", "app"]},
      {"name": "page", "sha256": "\(digest("page"))", "scopes": ["browser"], "touchpoints": ["web"]},
      {"name": "back", "sha256": "\(digest("back"))", "scopes": ["read"]},
      {"name": "privacy", "sha256": "\(digest("privacy"))", "scopes": ["erase"]},
      {"name": "watch", "sha256": "\(digest("watch"))", "scopes": ["metrics"]},
      {"name": "slow", "sha256": "\(digest("slow"))", "scopes": ["read"], "rate": 2}]}
    """

  static let space = """
    space: shop
    attributes:
      - { name: crmId, trust: source }
      - { name: email, normalize: [email], trust: source }
      - { name: phone, limit: 5, normalize: [phone], trust: source }

    """

  static func digest(_ secret: String) -> String {
    var hash = SHA256()
    hash.update(Array(secret.utf8))
    return hash.hexDigest()
  }

  /// - Parameters:
  ///   - keyfold: the folder it works in; nil for a new one with the space file.
  ///   - port: where it listens; 0 for anywhere.
  init(
    in keyfold: Keyfold? = nil, space: String = Host.space, port: Int = 0, _ options: String...
  ) throws {
    let folder = try keyfold ?? Keyfold(space: space)
    self.keyfold = folder
    try folder.write(Host.tokens, to: "tokens.json")
    tool = try folder.startHost(["--listen", "127.0.0.1:\(port)"] + options)
    let line = try tool.readLine()
    guard let port = line.split(separator: " ").dropFirst(3).first.flatMap({ Int($0) }) else {
      throw HarnessError("it does not say where it listens: \(line)")
    }
    self.port = port
    var policy = CallPolicy()
    policy.timeout = .seconds(60)
    policy.connectTimeout = .seconds(10)
    policy.retries = 0
    policy.breaker = nil
    policy.maxResponseBytes = 64 << 20
    caller = try CallOut(client: client, policy: policy)
  }

  /// Sends a request and waits for the answer.
  ///
  /// - Parameter token: the secret of one, nil for none.
  func send(
    _ method: String, _ path: String, _ token: String? = "all", body: String? = nil,
    type: String? = "application/json", fields: [String: String] = [:]
  ) async throws -> HTTPResponse {
    var headers = fields.map { HTTPRequest.Header($0.key, Secret($0.value)) }
    if let token { headers.append(.init("Authorization", Secret("Bearer \(token)"))) }
    if body != nil, let type { headers.append(.init("Content-Type", Secret(type))) }
    var request = HTTPRequest(
      method, Secret("http://127.0.0.1:\(port)\(path)"), headers: headers, body: body.map { Secret($0) })
    request.isRepeatable = false
    return try await caller.send(request)
  }

  func get(_ path: String, _ token: String? = "all") async throws -> HTTPResponse {
    try await send("GET", path, token)
  }

  func capture(_ line: String, _ token: String? = "all") async throws -> HTTPResponse {
    try await send("POST", "/v1/captures", token, body: line)
  }

  func captureBatch(_ lines: [String], _ token: String? = "all") async throws -> HTTPResponse {
    try await send(
      "POST", "/v1/captures", token, body: lines.joined(separator: "\n"), type: "application/x-ndjson")
  }

  /// Asks it to end, and waits until it has.
  @discardableResult
  func end(_ signal: Int32 = SIGTERM) throws -> Keyfold.Result {
    tool.signal(signal)
    return try tool.awaitEnd()
  }
}

extension HTTPResponse {
  var text: String { String(decoding: body, as: UTF8.self) }
  func json() throws -> JSON { try JSON(parsing: text) }
  func lines() throws -> [JSON] { try text.split(separator: "\n").map { try JSON(parsing: String($0)) } }
  /// The code of an error answer.
  func errorCode() throws -> String { try json()["error"]["code"].text }
}
