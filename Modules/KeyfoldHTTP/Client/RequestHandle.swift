import KeyfoldCore

/// What a request goes by: keeps what it was set for, so that little is to be set for the next one.
final class RequestHandle {
  let easy: CurlEasy
  private let poller: Poller
  private var rules: CallRules?
  /// The fields of the policy, for requests that have none of their own, and those of a request that has.
  private var commonLines: CurlList?
  private var ownLines: CurlList?
  /// Whether it is set for plain http.
  private var isPlain = false
  /// Whether it is set for anything but a GET over any connection.
  private var isUnusual = false

  /// Seconds for which a connection is kept that nothing goes over.
  private static let idleSecondsMax = 3600

  /// - Parameter poller: waits for the connections.
  /// - Returns: Nil where there is no memory.
  init?(poller: Poller) {
    guard let easy = CurlEasy() else { return nil }
    self.easy = easy
    self.poller = poller
  }

  /// Sets what is the same for all requests under the rules.
  private func set(_ rules: CallRules) {
    easy.reset(to: "http,https", under: rules)
    self.rules = rules
    isPlain = false
    isUnusual = false
    easy.watchSockets(poller)
    easy.set(.userAgent, Secret("keyfold/\(keyfoldVersion)"))
    easy.set(.httpVersion, CurlEasy.http2OverTLS)
    // To a server that speaks HTTP/2 one connection is enough: nobody opens another while the first is
    // opened.
    easy.set(.waitsForSharedConnection, true)
    // As long as the server keeps it: whether it does is found out before a connection is used again.
    easy.set(.idleSecondsMax, RequestHandle.idleSecondsMax)
    commonLines = CurlList(rules.headerLines)
    easy.set(headerLines: commonLines)
  }

  /// Gets ready for a transfer, whose request has been checked.
  ///
  /// - Returns: Whether it is; if not, there is no memory.
  func take(_ transfer: Transfer) -> Bool {
    if rules !== transfer.rules || !easy.isSound { set(transfer.rules) }
    guard commonLines != nil else { return false }
    easy.listener = transfer
    let request = transfer.request
    easy.set(.url, request.url)
    if transfer.isPlain != isPlain {
      isPlain = transfer.isPlain
      easy.set(.httpVersion, isPlain ? CurlEasy.http1 : CurlEasy.http2OverTLS)
    }
    let body = request.sentBody
    if request.method != "GET" || body != nil || transfer.needsFreshConnection {
      isUnusual = true
      easy.set(.needsFreshConnection, transfer.needsFreshConnection)
      if let body { easy.set(body: body) }
      if request.method == "HEAD" {
        easy.set(.hasNoBody, true)
      } else {
        easy.set(.command, Secret(request.method))
      }
    }
    if !request.headers.isEmpty || body != nil {
      ownLines = CurlList(headerLines(request, beside: transfer.rules.headers))
      guard ownLines != nil else { return false }
      easy.set(headerLines: ownLines)
    }
    return easy.isSound
  }

  /// Lets go of the transfer, which is not on its way any more.
  func release(_ transfer: Transfer) {
    easy.listener = nil
    // libcurl counts how often it tried another connection, over all transfers of a handle, and fails at the
    // sixth time; only a reset makes it begin anew.
    if transfer.connections > 1 || transfer.failure != nil { rules = nil }
    if ownLines != nil {
      easy.set(headerLines: commonLines)
      ownLines = nil
    }
    guard isUnusual else { return }
    isUnusual = false
    easy.set(.command, nil)
    easy.set(body: nil)
    easy.set(.needsFreshConnection, false)
  }
}
