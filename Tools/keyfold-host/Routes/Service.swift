import Keyfold
import KeyfoldCore
import Synchronization

/// What the host serves: looks at the head of a request, whose token it bears and where it goes, and says
/// what is to be done.
final class Service: Sendable {
  typealias Work = @Sendable ([UInt8]) async throws(APIError) -> Response

  let resolver: IdentityResolver
  let log: Log
  private let tokens: TokenList
  /// What it serves, as OpenAPI.
  private let description: [UInt8]
  private let stops = Atomic(false)

  init(resolver: IdentityResolver, tokens: TokenList, log: Log) {
    self.resolver = resolver
    self.tokens = tokens
    self.log = log
    description = Array(openAPIText(resolver.space).utf8)
  }

  /// From now on takes no further requests.
  func stopTaking() { stops.store(true, ordering: .releasing) }

  /// Whether it takes no further requests.
  var isStopping: Bool { stops.load(ordering: .acquiring) }

  /// What the head of a request leads to.
  func step(for head: RequestHead) -> Step {
    let id = requestID(head)
    do throws(APIError) {
      let work = try work(for: head)
      return .work { [self] body in
        do throws(APIError) { return answer(try await work(body), id) } catch {
          return answer(error, head, id)
        }
      }
    } catch {
      return .answer(answer(error, head, id))
    }
  }

  /// The answer to a request whose body is larger than may be.
  func tooLarge(_ head: RequestHead) -> Response {
    answer(APIError(413, "tooLong", "the body is larger than this server takes"), head, requestID(head))
  }

  private func answer(_ response: Response, _ id: String) -> Response {
    var response = response
    response.fields.append(("X-Request-Id", id))
    if isStopping { response.fields.append(("Connection", "close")) }
    return response
  }

  private func answer(_ error: APIError, _ head: RequestHead, _ id: String) -> Response {
    if error.status >= 500 {
      log.write("request \(id): \(visible(head.method)) answered \(error.status) \(error.code)")
    }
    return answer(error.response, id)
  }

  /// The client's own id where it is harmless in a log, or a new one.
  private func requestID(_ head: RequestHead) -> String {
    if let id = head.fields["x-request-id"], (1...128).contains(id.utf8.count),
      id.utf8.allSatisfy({ isASCIILetterOrDigit($0) || "-_.".utf8.contains($0) })
    {
      return id
    }
    return hexadecimal(randomBytes(16))
  }

  // MARK: Routes

  private func work(for head: RequestHead) throws(APIError) -> Work {
    let parts = head.path.split(separator: "/", maxSplits: 4, omittingEmptySubsequences: false).dropFirst()
    let route = Array(parts)
    switch (route.first, route.count) {
    case ("healthz", 1): return try open(head, "GET") { _ in .text("ok\n") }
    case ("readyz", 1): return try open(head, "GET") { [self] _ throws(APIError) in try await readiness() }
    case ("openapi.json", 1):
      return try open(head, "GET") { [self] _ in Response(200, "application/json", description) }
    case ("metrics", 1):
      _ = try token(head, "GET", [.metrics])
      return { [self] _ in .text(resolver.metrics.prometheusText, "text/plain; version=0.0.4; charset=utf-8")
      }
    case ("v1", 2...): return try versionOne(head, route)
    default: throw notFound
    }
  }

  private func versionOne(_ head: RequestHead, _ route: [Substring]) throws(APIError) -> Work {
    switch (route[1], route.count) {
    case ("captures", 2): return try captures(head, try token(head, "POST", [.capture, .browser]))
    case ("validate", 2): return try validation(head, try token(head, "POST", [.capture]))
    case ("events", 2):
      _ = try token(head, "GET", [.read])
      return try events(head)
    case ("profiles", 3) where head.method == "DELETE":
      return try erasure(route[2], head, try token(head, "DELETE", [.erase]))
    case ("profiles", 3):
      _ = try token(head, "GET", [.read], allowed: "GET, DELETE")
      return try profile(route[2])
    case ("keys", 4...):
      _ = try token(head, "GET", [.read])
      return try profiles(attribute: route[2], value: route[3...].joined(separator: "/"), head)
    default: throw notFound
    }
  }

  private var notFound: APIError { APIError(404, "notFound", "there is nothing here; see /openapi.json") }

  private func open(_ head: RequestHead, _ method: String, _ work: @escaping Work) throws(APIError) -> Work {
    try check(head, method)
    return work
  }

  private func check(_ head: RequestHead, _ method: String, allowed: String? = nil) throws(APIError) {
    guard head.method != method else { return }
    var error = APIError(405, "methodNotAllowed", "this takes \(allowed ?? method) only")
    error.fields = [("Allow", allowed ?? method)]
    throw error
  }

  /// The token of a request, which must have one of the scopes and may not come too often.
  ///
  /// - Parameter allowed: the methods that are taken there, where it is more than one.
  private func token(
    _ head: RequestHead, _ method: String, _ scopes: Set<Scope>, allowed: String? = nil
  ) throws(APIError) -> Token {
    try check(head, method, allowed: allowed)
    if isStopping { throw .stopping }
    guard let token = tokens.token(in: head.fields["authorization"]) else {
      var error = APIError(401, "unauthorized", "a token is needed: Authorization: Bearer TOKEN")
      error.fields = [("WWW-Authenticate", "Bearer")]
      throw error
    }
    guard !token.scopes.isDisjoint(with: scopes) else {
      throw APIError(403, "forbidden", "this token may not do that")
    }
    if let seconds = token.secondsToWait() {
      var error = APIError(429, "rateLimited", "too many requests with this token")
      error.fields = [("Retry-After", "\(seconds)")]
      throw error
    }
    return token
  }

  private func readiness() async throws(APIError) -> Response {
    if isStopping { throw .stopping }
    do throws(ResolverError) {
      _ = try await resolver.read { view throws(StoreError) in view.sequence }
    } catch {
      throw APIError(error)
    }
    return .text("ready\n")
  }
}

extension Response {
  static func text(_ text: String, _ type: String = "text/plain; charset=utf-8") -> Response {
    Response(200, type, Array(text.utf8))
  }

  static func json(_ write: (inout JSONWriter) -> Void) -> Response {
    var json = JSONWriter(reserving: 1024)
    write(&json)
    return Response(200, "application/json", json.bytes)
  }
}

private func isASCIILetterOrDigit(_ byte: UInt8) -> Bool {
  isASCIIDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
}
