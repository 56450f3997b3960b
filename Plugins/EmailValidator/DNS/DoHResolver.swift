import KeyfoldCore
import KeyfoldHTTP

/// Asks a DNS server over HTTPS (RFC 8484).
struct DoHResolver: Sendable {
  private let caller: any HTTPCaller
  private let url: String
  private let usesGet: Bool

  private static let type = "application/dns-message"
  /// The end of a URI template as RFC 8484 writes them.
  private static let variable = "{?dns}"

  /// - Parameter server: the server's URL. One that ends in `{?dns}` is asked by GET, so that caches between can
  ///   answer; any other by POST, so that no log of URLs shows who asked for what.
  init(server: String, caller: any HTTPCaller) {
    self.caller = caller
    usesGet = server.hasSuffix(DoHResolver.variable)
    url = DoHResolver.url(of: server)
  }

  /// The URL without the template's variable.
  static func url(of server: String) -> String {
    server.hasSuffix(variable) ? String(server.dropLast(variable.count)) : server
  }

  /// Asks one question. An answer that is one came with status 200.
  func look(up question: DNSQuestion) async -> Result<DNSFinding, NoAnswer> {
    do throws(CallFailure) {
      return finding(in: try await caller.send(request(for: question)), for: question)
    } catch {
      return .failure(NoAnswer(CheckAnswer(error)))
    }
  }

  private func request(for question: DNSQuestion) -> HTTPRequest {
    let query = packedQuery(question)
    let accept = HTTPRequest.Header("Accept", Secret(DoHResolver.type))
    guard !usesGet else {
      let mark = url.contains("?") ? "&" : "?"
      return HTTPRequest("GET", Secret("\(url)\(mark)dns=\(base64URL(query))"), headers: [accept])
    }
    return HTTPRequest(
      "POST", Secret(url), headers: [accept, .init("Content-Type", Secret(DoHResolver.type))],
      body: Secret(bytes: query))
  }

  private func finding(
    in response: HTTPResponse, for question: DNSQuestion
  ) -> Result<DNSFinding, NoAnswer> {
    func unclear(_ code: EmailCode) -> Result<DNSFinding, NoAnswer> {
      .failure(NoAnswer(CheckAnswer(.indeterminate, code, status: response.status)))
    }
    guard response.status == 200 else { return unclear(.unexpectedStatus) }
    guard isDNSMessage(response.header("content-type")) else { return unclear(.unexpectedType) }
    do throws(DNSFault) {
      return .success(try DNSAnswer(unpacking: response.body, to: question).finding(for: question))
    } catch {
      return unclear(error.code)
    }
  }

  /// The media type, whatever its parameters and its case.
  private func isDNSMessage(_ contentType: String?) -> Bool {
    contentType?.lowercased().prefix { $0 != ";" && $0 != " " } == DoHResolver.type[...]
  }
}

/// Why nothing came of a question: what the check that asked it finds.
struct NoAnswer: Error, Hashable {
  let answer: CheckAnswer
  init(_ answer: CheckAnswer) { self.answer = answer }
}
