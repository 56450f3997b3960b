import CCurl
import Glibc
import KeyfoldCore

/// The one place of this module that calls libcurl.

private let isCurlReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

/// What a request goes by. For one thread; used for one request after the other.
final class EasyHandle {
  fileprivate let curl: UnsafeMutableRawPointer
  private var rules: CallRules?
  /// The fields of the policy, which go with requests that have none of their own.
  private var commonFields: UnsafeMutablePointer<curl_slist>?
  private var ownFields: UnsafeMutablePointer<curl_slist>?
  /// Whether it is set for plain http.
  private var isPlain = false
  /// Whether it is set for anything but a GET over any connection.
  private var isUnusual = false
  /// Whether libcurl took everything it was told.
  private var isSound = true
  /// What goes by it now.
  private(set) var transfer: Transfer?

  /// Nil where there is no memory.
  init?() {
    guard isCurlReady, let curl = curl_easy_init() else { return nil }
    self.curl = curl
  }

  deinit {
    curl_easy_cleanup(curl)
    curl_slist_free_all(commonFields)
    curl_slist_free_all(ownFields)
  }

  /// Sets what is the same for all requests under the rules.
  private func set(_ rules: CallRules) {
    curl_easy_reset(curl)
    self.rules = rules
    isPlain = false
    isUnusual = false
    isSound = restrict(curl, to: "http,https", under: rules)
    set(CURLOPT_USERAGENT, "keyfold/\(keyfoldVersion)")
    set(CURLOPT_CONNECTTIMEOUT_MS, rules.connectTimeoutMs)
    // To a server that speaks HTTP/2 one connection is enough: nobody opens another while the first is
    // opened.
    set(CURLOPT_PIPEWAIT, 1)
    set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
    setCallbacks()
    curl_slist_free_all(commonFields)
    commonFields = nil
    for line in rules.headerLines { append(line, to: &commonFields) }
    setFields(commonFields)
  }

  private func setCallbacks() {
    let context = Unmanaged.passUnretained(self).toOpaque()
    for option in [
      CURLOPT_PRIVATE, CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_OPENSOCKETDATA, CURLOPT_PREREQDATA,
    ] {
      note(keyfold_set_pointer(curl, option, context))
    }
    note(
      keyfold_set_writer(curl, CURLOPT_WRITEFUNCTION) { bytes, _, count, context in
        let part = UnsafeRawBufferPointer(start: bytes, count: count)
        return EasyHandle.transfer(context)?.takeBody(part) == true ? count : 0
      })
    note(
      keyfold_set_writer(curl, CURLOPT_HEADERFUNCTION) { bytes, _, count, context in
        let line = UnsafeRawBufferPointer(start: bytes, count: count)
        return EasyHandle.transfer(context)?.takeHead(line) == true ? count : 0
      })
    note(
      keyfold_set_opener(curl) { context, _, target in
        openSocket(target) { EasyHandle.transfer(context)?.permits($0) ?? false }
      })
    // A connection that stands already may have been opened under other rules.
    note(
      keyfold_set_prerequest(curl) { context, address, _, _, _ in
        let permitted = EasyHandle.transfer(context)?.permitsConnection(to: address.flatMap { IPAddress($0) })
        return permitted == true ? Int32(CURL_PREREQFUNC_OK) : Int32(CURL_PREREQFUNC_ABORT)
      })
  }

  private static func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    context.flatMap { Unmanaged<EasyHandle>.fromOpaque($0).takeUnretainedValue().transfer }
  }

  /// Gets ready for a transfer, whose request has been checked.
  ///
  /// - Returns: Whether it is; if not, there is no memory.
  func take(_ transfer: Transfer) -> Bool {
    if rules !== transfer.rules || !isSound { set(transfer.rules) }
    self.transfer = transfer
    let request = transfer.request
    set(CURLOPT_URL, request.url)
    if transfer.isPlain != isPlain {
      isPlain = transfer.isPlain
      set(CURLOPT_HTTP_VERSION, isPlain ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS)
    }
    if request.method != "GET" || request.sentBody != nil || transfer.needsFreshConnection {
      isUnusual = true
      set(CURLOPT_FRESH_CONNECT, transfer.needsFreshConnection ? 1 : 0)
      setMethod(request)
    }
    if !request.headers.isEmpty || request.sentBody != nil {
      for line in headerLines(request, beside: transfer.rules.headers) { append(line, to: &ownFields) }
      setFields(ownFields)
    }
    return isSound
  }

  private func setMethod(_ request: HTTPRequest) {
    if let body = request.sentBody {
      set(CURLOPT_POSTFIELDSIZE, body.count)
      set(CURLOPT_COPYPOSTFIELDS, body)
    }
    if request.method == "HEAD" {
      set(CURLOPT_NOBODY, 1)
    } else {
      set(CURLOPT_CUSTOMREQUEST, request.method)
    }
  }

  /// Lets go of the transfer, which has been removed from the multi handle.
  func release() {
    transfer = nil
    if ownFields != nil {
      setFields(commonFields)
      curl_slist_free_all(ownFields)
      ownFields = nil
    }
    guard isUnusual else { return }
    isUnusual = false
    note(keyfold_set_text(curl, CURLOPT_CUSTOMREQUEST, nil))
    note(keyfold_set_pointer(curl, CURLOPT_POSTFIELDS, nil))
    set(CURLOPT_HTTPGET, 1)
    set(CURLOPT_FRESH_CONNECT, 0)
  }

  private func append(_ line: Secret, to list: inout UnsafeMutablePointer<curl_slist>?) {
    line.withCString { line in
      if let longer = curl_slist_append(list, line) { list = longer } else { isSound = false }
    }
  }

  private func setFields(_ list: UnsafeMutablePointer<curl_slist>?) {
    note(keyfold_set_list(curl, CURLOPT_HTTPHEADER, list))
  }

  private func note(_ code: CURLcode) { if code != CURLE_OK { isSound = false } }
  private func set(_ option: CURLoption, _ value: Int) { note(keyfold_set_long(curl, option, value)) }
  private func set(_ option: CURLoption, _ value: String) { note(keyfold_set_text(curl, option, value)) }
  private func set(_ option: CURLoption, _ value: Secret) {
    value.withCString { note(keyfold_set_text(curl, option, $0)) }
  }
}

/// All the transfers of a thread and the connections they leave open. For one thread.
final class MultiHandle {
  private let multi: UnsafeMutableRawPointer
  private let poller: Poller
  /// When libcurl wants to be called though nothing happened, in `monotonicNanoseconds`; nil for never.
  private(set) var due: UInt64?

  /// Connections kept open for what may come.
  private static let idleConnectionsMax = 256

  /// Nil where there is no memory.
  init?(poller: Poller) {
    guard isCurlReady, let multi = curl_multi_init() else { return nil }
    self.multi = multi
    self.poller = poller
    let context = Unmanaged.passUnretained(self).toOpaque()
    let code = keyfold_multi_watch(
      multi,
      { _, socket, what, context, _ in
        let poller = Unmanaged<MultiHandle>.fromOpaque(context!).takeUnretainedValue().poller
        if what == CURL_POLL_REMOVE {
          poller.unwatch(socket)
        } else {
          poller.watch(socket, reading: what & CURL_POLL_IN != 0, writing: what & CURL_POLL_OUT != 0)
        }
        return 0
      },
      { _, milliseconds, context in
        let handle = Unmanaged<MultiHandle>.fromOpaque(context!).takeUnretainedValue()
        handle.due = milliseconds < 0 ? nil : monotonicNanoseconds() + UInt64(milliseconds) * 1_000_000
        return 0
      }, context)
    let kept = keyfold_multi_set_long(multi, CURLMOPT_MAXCONNECTS, MultiHandle.idleConnectionsMax)
    guard code == CURLM_OK, kept == CURLM_OK
    else {
      curl_multi_cleanup(multi)
      return nil
    }
  }

  deinit { curl_multi_cleanup(multi) }

  /// - Returns: Whether the transfer is on its way.
  func add(_ handle: EasyHandle) -> Bool { curl_multi_add_handle(multi, handle.curl) == CURLM_OK }

  /// Takes a transfer out, finished or not; unfinished, its connection or stream is closed.
  func remove(_ handle: EasyHandle) { curl_multi_remove_handle(multi, handle.curl) }

  /// Something happened on a socket.
  func act(_ socket: Int32, reading: Bool, writing: Bool, broken: Bool) {
    let what =
      (reading ? CURL_CSELECT_IN : 0) | (writing ? CURL_CSELECT_OUT : 0) | (broken ? CURL_CSELECT_ERR : 0)
    var running: Int32 = 0
    curl_multi_socket_action(multi, socket, what, &running)
  }

  /// What was due is due now.
  func actOnTime() {
    due = nil
    var running: Int32 = 0
    curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
  }

  /// A transfer that is over, with its status, or its failure.
  func nextFinished() -> Transfer? {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      var context: UnsafeMutableRawPointer?
      guard message.pointee.msg == CURLMSG_DONE,
        keyfold_get_pointer(message.pointee.easy_handle, CURLINFO_PRIVATE, &context) == CURLE_OK, let context
      else { continue }
      let handle = Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
      guard let transfer = handle.transfer else { continue }
      keyfold_get_long(handle.curl, CURLINFO_RESPONSE_CODE, &transfer.status)
      if transfer.failure == nil {
        transfer.failure = failure(keyfold_result(message), isConnected: transfer.isConnected)
      }
      return transfer
    }
    return nil
  }
}

private func restrict(
  _ curl: UnsafeMutableRawPointer, to protocols: String, under rules: CallRules
) -> Bool {
  let proxy = rules.proxy ?? Secret("")
  var codes = [proxy.withCString { keyfold_restrict(curl, protocols, $0) }]
  for (option, path) in [
    (CURLOPT_CAINFO, rules.certificateAuthorities), (CURLOPT_PROXY_CAINFO, rules.certificateAuthorities),
    (CURLOPT_SSLCERT, rules.clientCertificate), (CURLOPT_SSLKEY, rules.clientKey),
  ] {
    if let path { codes.append(keyfold_set_text(curl, option, path)) }
  }
  return codes.allSatisfy { $0 == CURLE_OK }
}

private func openSocket(
  _ target: UnsafeMutablePointer<curl_sockaddr>?, permits: (IPAddress?) -> Bool
) -> curl_socket_t {
  guard let target else { return CURL_SOCKET_BAD }
  let address = UnsafeRawPointer(target) + MemoryLayout<curl_sockaddr>.offset(of: \.addr)!
  guard permits(IPAddress(family: target.pointee.family, socketAddress: address)) else {
    return CURL_SOCKET_BAD
  }
  let kind = target.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
  return socket(target.pointee.family, kind, target.pointee.protocol)
}

/// What libcurl's code means to us; nil for none.
private func failure(_ code: CURLcode, isConnected: Bool) -> CallFailure? {
  switch code {
  case CURLE_OK: nil
  case CURLE_URL_MALFORMAT: .refusedRequest
  case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .unknownHost
  case CURLE_COULDNT_CONNECT, CURLE_PROXY: .unreachable
  case CURLE_OPERATION_TIMEDOUT: isConnected ? .timedOut : .unreachable
  case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
    CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
    CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CLIENTCERT:
    .untrusted
  default: .broken
  }
}

/// The parts of a URL, as libcurl takes it apart.
struct URLParts {
  let scheme: String
  let host: String
  let port: String?
  let path: String
  let query: String?
  let fragment: String?
  /// Whether a user or a password stands before the host.
  let namesUser: Bool

  /// Nil for what libcurl would not call: no URL, a scheme it does not know, no host.
  init?(_ url: String) {
    // To libcurl a NUL would be the end.
    guard !url.utf8.contains(0), let handle = curl_url() else { return nil }
    defer { curl_url_cleanup(handle) }
    guard curl_url_set(handle, CURLUPART_URL, url, UInt32(CURLU_PATH_AS_IS)) == CURLUE_OK,
      let scheme = URLParts.part(CURLUPART_SCHEME, of: handle),
      let host = URLParts.part(CURLUPART_HOST, of: handle), !host.isEmpty
    else { return nil }
    self.scheme = scheme
    self.host = host
    port = URLParts.part(CURLUPART_PORT, of: handle)
    path = URLParts.part(CURLUPART_PATH, of: handle) ?? ""
    query = URLParts.part(CURLUPART_QUERY, of: handle)
    fragment = URLParts.part(CURLUPART_FRAGMENT, of: handle)
    namesUser = [CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS].contains { part in
      URLParts.part(part, of: handle) != nil
    }
  }

  private static func part(_ part: CURLUPart, of handle: OpaquePointer) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(handle, part, &text, 0) == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
  }
}

/// The bytes with everything but the unreserved characters of RFC 3986 percent-encoded: as they may stand in
/// a path, a query or a form.
func percentEncoded(_ bytes: [UInt8]) -> [UInt8] {
  // A length of zero asks libcurl to look for a NUL.
  guard !bytes.isEmpty else { return [] }
  let text = bytes.withUnsafeBytes { bytes in
    curl_easy_escape(nil, bytes.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count))
  }
  guard let text else { return [] }
  defer { curl_free(text) }
  return UnsafeBufferPointer(start: text, count: strlen(text)).map { UInt8(bitPattern: $0) }
}

/// The bytes with every `%41` in them decoded.
func percentDecoded(_ bytes: [UInt8]) -> [UInt8] {
  guard !bytes.isEmpty else { return [] }
  var count: Int32 = 0
  let text = bytes.withUnsafeBytes { bytes in
    curl_easy_unescape(nil, bytes.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count), &count)
  }
  guard let text else { return [] }
  defer { curl_free(text) }
  return UnsafeBufferPointer(start: text, count: Int(count)).map { UInt8(bitPattern: $0) }
}

/// Reads a date as HTTP writes them (RFC 9110, section 5.6.7), in all the forms there ever were.
func secondsSince1970(_ date: String) -> Int? {
  let seconds = curl_getdate(date, nil)
  return seconds < 0 ? nil : seconds
}
